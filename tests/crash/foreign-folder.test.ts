// Root gives the operator's commands in the folder of a server that runs as another user. That user may have laid out
// anything there: root is led nowhere by it, and leaves behind what is the user's. Wants root, and is left out without.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmod,
  chown,
  copyFile,
  link as hardLink,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ending, Program } from "../../scripts/program.ts";
import { openStore } from "../../src/db/store.ts";
import { command } from "./process.ts";

const SOMEBODY = 65_534;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "orchard-foreign-"));
  await chmod(root, 0o755);
  await (await openStore({ url: `file:${join(root, "made.db")}` })).close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Somebody's folder with a database in `data`, and root's own folder with a copy and a file that nobody may touch. */
async function place() {
  const theirs = await mkdtemp(join(root, "theirs-"));
  const data = join(theirs, "data");
  await mkdir(data);
  await copyFile(join(root, "made.db"), join(data, "orchard.db"));
  await chmod(join(data, "orchard.db"), 0o600);
  for (const path of [theirs, data, join(data, "orchard.db")]) await chown(path, SOMEBODY, SOMEBODY);
  const own = await mkdtemp(join(root, "own-"));
  const copy = join(own, "copy.db");
  await Bun.write(join(own, "precious"), "precious");
  const run = (...args: string[]): Promise<Ending> => Program.run([...command, ...args], theirs);
  expect(await run("backup", copy)).toMatchObject({ exitCode: 0, stderr: "" });
  const link = async (target: string, name: string) => {
    await rm(join(theirs, name), { recursive: true, force: true });
    await symlink(target, join(theirs, name));
    await lchown(join(theirs, name), SOMEBODY, SOMEBODY);
  };
  const expectUntouched = async () => {
    expect((await readdir(own)).sort()).toEqual(["copy.db", "precious"]);
    expect(await Bun.file(join(own, "precious")).text()).toBe("precious");
    for (const name of ["copy.db", "precious"]) expect((await stat(join(own, name))).uid).toBe(0);
  };
  return { theirs, data, own, copy, run, link, expectUntouched };
}

/** The tests of what root may not be led to; whoever isn't root has nothing to be kept from. */
function asRoot(name: string, body: () => Promise<void>): void {
  if (process.getuid?.() === 0) test(name, body, 20_000);
  else process.stderr.write(`left out, since it wants root: ${name}\n`);
}

describe("root in somebody's folder", () => {
  asRoot("makes a copy that is root's alone, and restores it as what is theirs", async () => {
    const { theirs, data, copy, run, expectUntouched } = await place();
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect(await run("restore", copy)).toMatchObject({ exitCode: 0, stderr: "" });
    for (const name of await readdir(data)) {
      const { uid, gid, mode } = await stat(join(data, name));
      if (name !== "uploads") expect([name, uid, gid, mode & 0o777]).toEqual([name, SOMEBODY, SOMEBODY, 0o600]);
    }
    // In their folder the copy is root's, too, and can be restored.
    expect(await run("backup", "here.db")).toMatchObject({ exitCode: 0 });
    expect((await stat(join(theirs, "here.db"))).uid).toBe(0);
    await rm(data, { recursive: true });
    expect(await run("restore", "here.db")).toMatchObject({ exitCode: 0 });
    expect((await stat(data)).uid).toBe(SOMEBODY);
    await expectUntouched();
  });

  const laid = ["orchard.db-lock", "orchard.db", "orchard.db-wal", "orchard.db-journal"].map((name) => `data/${name}`);
  for (const name of [...laid, "data"]) {
    asRoot(`follows no link at ${name}`, async () => {
      const { own, copy, run, link, expectUntouched } = await place();
      await link(name === "data" ? own : join(own, name === "data/orchard.db" ? "copy.db" : "precious"), name);
      await run("restore", copy);
      await expectUntouched();
      await run("backup", "--force", "copy.db");
      await expectUntouched();
    });
  }

  asRoot("reads no file through a link of theirs, nor makes one", async () => {
    const { theirs, own, copy, run, link, expectUntouched } = await place();
    await link(copy, "given.db");
    const restored = await run("restore", "given.db");
    expect(restored).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("a link that somebody else has made"),
    });
    await link(own, "elsewhere");
    const made = await run("backup", "elsewhere/new.db");
    expect(made).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("a link that somebody else has made") });
    await expectUntouched();
    expect((await readdir(theirs)).sort()).toEqual(["data", "elsewhere", "given.db"]);
  });

  asRoot("a server that root starts there takes no link for its lock, and gives them the one it makes", async () => {
    const { theirs, data, run, link, own, expectUntouched } = await place();
    await rm(join(data, "orchard.db-lock"), { force: true });
    await link(join(own, "precious"), "data/orchard.db-lock");
    expect(await run()).toMatchObject({ exitCode: 1 });
    await link(join(own, "new"), "data/orchard.db-lock");
    expect(await run()).toMatchObject({ exitCode: 1 });
    await expectUntouched();
    await rm(join(data, "orchard.db-lock"));
    const program = await Program.start(command, theirs);
    expect((await stat(join(data, "orchard.db-lock"))).uid).toBe(SOMEBODY);
    expect(await program.stop()).toBe(0);
  });

  asRoot("locks no file that lies elsewhere, too", async () => {
    const { theirs, data, own, run, expectUntouched } = await place();
    await rm(join(data, "orchard.db-lock"), { force: true });
    await hardLink(join(own, "precious"), join(data, "orchard.db-lock"));
    const ending = await run();
    expect(ending).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("a second name") });
    await rm(join(data, "orchard.db-lock"));
    await expectUntouched();
    expect(await readdir(theirs)).toEqual(["data"]);
  });

  asRoot("works where the folder is of root's group", async () => {
    const { data, copy, run } = await place();
    await chown(data, SOMEBODY, 0);
    await rm(join(data, "orchard.db-lock"), { force: true });
    expect(await run("restore", copy)).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await stat(join(data, "orchard.db"))).uid).toBe(SOMEBODY);
  });

  asRoot("goes through a link that root has made", async () => {
    const { theirs, copy, data, run } = await place();
    const real = join(theirs, "real");
    await mkdir(real);
    await chown(real, SOMEBODY, SOMEBODY);
    await rm(data, { recursive: true });
    await symlink(real, data);
    expect(await run("restore", copy)).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await stat(join(real, "orchard.db"))).uid).toBe(SOMEBODY);
  });
});
