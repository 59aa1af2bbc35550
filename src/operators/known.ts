// What is answered holds at every node: whoever is answered may ask another one next.

import { limits } from "../domain/limits.ts";
import type { OperatorServices } from "./services.ts";

/** Waits until all nodes know what was stored, as long as one that can't be asked may live. */
export async function known({ nodes }: Pick<OperatorServices, "nodes">): Promise<void> {
  for (let asked = 0; asked < limits.knowing_asked; asked += 1) {
    if (await nodes.allKnow()) return;
  }
}
