// Temporary directories and database URLs for tests; each call gives a new place, so no test sees another's data.
// A test file that asks for one removes them in its own `afterAll`: modules are shared by all files of a run.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

export async function removeTemporaryDirectories(): Promise<void> {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "orchard-db-"));
  made.push(directory);
  return directory;
}

/** A `file:` URL whose file and parent directory do not exist yet. */
export async function temporaryDatabaseUrl(): Promise<string> {
  return `file:${join(await temporaryDirectory(), "data", "test.db")}`;
}
