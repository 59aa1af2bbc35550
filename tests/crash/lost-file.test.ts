// A database that is taken away under the real server: it says so, ends, and what it had acknowledged can be restored.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { command } from "./process.ts";
import { start } from "./rounds.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-lost-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a server whose data is removed ends with 1 and leaves what it held to be restored", async () => {
  const { program, server } = await start(folder);
  const alice = await server.join();
  await rm(join(folder, "data"), { recursive: true });
  expect(await alice.client.closed).toMatchObject({ code: 1012 });
  expect(await program.exited()).toBe(1);
  const rescued = (await readdir(join(folder, "data"))).find((name) => name.includes("-rescued-")) ?? "";
  expect(await program.stderr).toContain(rescued);
  const restored = await Program.run([...command, "restore", join("data", rescued)], folder);
  expect(restored).toMatchObject({ exitCode: 0, stderr: "" });
  const again = await start(folder);
  expect(await again.server.login(alice.name)).toMatchObject({ id: alice.id });
  expect(await again.program.stop()).toBe(0);
});
