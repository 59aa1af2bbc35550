import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { type Present, serverAt } from "../harness/server.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-interrupt-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("an interrupt that comes twice, as a script runner's does, stops the server as one does", async () => {
  const program = await Program.start([process.execPath, join(import.meta.dir, "../../src/main.ts")], folder);
  const alice: Present = await serverAt(program.origin, folder).join();
  program.interrupt();
  program.interrupt();
  expect(await alice.client.closed).toMatchObject({ code: 1012 });
  expect(await program.exited()).toBe(0);
});
