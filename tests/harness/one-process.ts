// Tests that can be of one process alone. Over several nodes they are left out, and why is said at the end.

import { test } from "bun:test";
import { node_count } from "./processes.ts";

const left_out = new Set<string>();

/** `test`, where the server of the tests is one process; `why` it can't be more. */
export function ofOneProcess(why: string) {
  if (node_count > 1) left_out.add(why);
  return test.skipIf(node_count > 1);
}

export function sayLeftOut(): void {
  if (left_out.size > 0) process.stdout.write(["left out over nodes:", ...left_out, ""].join("\n  "));
}
