import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { program } from "../harness/program.ts";
import { type Present, serverAt } from "../harness/server.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-interrupt-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("an interrupt that comes twice, as a script runner's does, stops the server as one does", async () => {
  const running = await Program.start(program, folder);
  const alice: Present = await serverAt(running.origin, folder).join();
  running.interrupt();
  running.interrupt();
  expect(await alice.client.closed).toMatchObject({ code: 1012 });
  expect(await running.exited()).toBe(0);
});
