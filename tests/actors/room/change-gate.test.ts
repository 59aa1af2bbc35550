// Reads at the gate of a room: what is thrown where they are used.

import { expect, test } from "bun:test";
import { ChangeGate } from "../../../src/actors/room/change-gate.ts";

test("a read whose use throws, wherever that is called, fails, and shuts the gate for nobody", async () => {
  const gate = new ChangeGate(0);
  const broken = gate.readThrough(
    async () => 1,
    (_value, settle) =>
      queueMicrotask(() =>
        settle(() => {
          throw new Error("a bug");
        }),
      ),
  );
  expect(await broken.catch((error: Error) => error.message)).toBe("a bug");
  expect(await gate.exclusively(async () => "through")).toBe("through");
});
