// The program run from its source, in an empty folder, passes the same steps as the binary must.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { smoke } from "../../scripts/smoke.ts";

test("the source serves, stops, starts again and remembers", async () => {
  const steps = await smoke([process.execPath, join(import.meta.dir, "../../src/main.ts")]);
  expect(steps.filter((step) => step.failure !== undefined)).toEqual([]);
}, 60_000);
