// The program as tests start it as a process: from its source, or where ORCHARD_TEST_PROGRAM names the binary, that, which
// starts in a fifth of the time. `bun run test` builds it first.

import { join } from "node:path";

const built = process.env["ORCHARD_TEST_PROGRAM"];

export const source: readonly string[] = [
  process.execPath,
  "--no-env-file",
  join(import.meta.dir, "../../src/main.ts"),
];

export const program: readonly string[] = built ? [built] : source;
