// Where the temporary files of tests are: in memory, where Linux has a folder there with room enough, so that no commit
// of theirs waits for a disk. Loaded before all test files, by bunfig.toml. Must not set aside what TMPDIR says.

import { statfsSync } from "node:fs";

const MEMORY = "/dev/shm";
/** Much more than all that the tests of several processes have there at one moment. */
const ROOM_BYTES = 4 * 2 ** 30;

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

if (freeBytes(MEMORY) >= ROOM_BYTES) process.env["TMPDIR"] ??= MEMORY;
