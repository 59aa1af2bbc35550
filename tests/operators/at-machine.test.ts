// The program as whoever sits at the machine uses it: commands in processes of their own, with a server and without.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";

const program = [process.execPath, join(import.meta.dir, "../../src/main.ts")];
let folder: string;
let running: Program | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-machine-"));
});
afterEach(async () => {
  await running?.kill();
  running = null;
  await rm(folder, { recursive: true, force: true });
});

const orchard = (args: string[], more: Record<string, string> = {}) => Program.run([...program, ...args], folder, more);
const start = async (more: Record<string, string> = {}) => {
  running = await Program.start(program, folder, more);
  return running;
};
/** Adds somebody with a link, which needs no terminal. */
const add = (name: string, more: Record<string, string> = {}) => orchard(["user", "add", name, "--link"], more);

describe("without a server", () => {
  test("a command opens the database itself, and a server finds what it did", async () => {
    const added = await orchard(["user", "add", "alice", "--admin", "--link", "--json"]);
    expect(added).toMatchObject({ exitCode: 0, stderr: "" });
    const { user, link } = JSON.parse(added.stdout);
    expect(link).toMatch(/^\/reset#[\w-]{43}$/);
    const shown = await orchard(["user", "show", `id:${user.id}`, "--json"]);
    expect(JSON.parse(shown.stdout).user).toMatchObject({ name: "alice", admin: true });
    await start();
    expect(existsSync(join(folder, "data/first-admin"))).toBe(false);
    const listed = await orchard(["user", "list", "--json"]);
    expect(JSON.parse(listed.stdout).users).toMatchObject([{ name: "alice", admin: true }]);
  });

  test("it is refused with a sentence where the database is on a server", async () => {
    const ran = await orchard(["user", "list"], { ORCHARD_DATABASE_URL: "http://127.0.0.1:9" });
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain("start the server first");
  });
});

describe("with a server", () => {
  test("a command asks it by the socket, which is for nobody else", async () => {
    await start();
    const socket = await stat(join(folder, "data/orchard.sock"));
    expect(socket.mode & 0o777).toBe(0o600);
    expect((await add("alice")).exitCode).toBe(0);
    const refused = await add("alice");
    expect(refused).toMatchObject({ exitCode: 1, stdout: "", stderr: "orchard: This name is taken.\n" });
  });

  test("a command says where it looked, when the server has its socket elsewhere", async () => {
    await start({ ORCHARD_SOCKET: join(folder, "other.sock") });
    const ran = await add("alice");
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("data/orchard.sock");
    expect((await add("alice", { ORCHARD_SOCKET: join(folder, "other.sock") })).exitCode).toBe(0);
  });

  test("all lies in the folder that ORCHARD_DATA names", async () => {
    const data = join(folder, "elsewhere");
    await start({ ORCHARD_DATA: data });
    expect((await add("alice", { ORCHARD_DATA: data })).exitCode).toBe(0);
    expect((await readdir(data)).sort()).toEqual(
      expect.arrayContaining(["first-admin", "orchard.db", "orchard.sock", "uploads"]),
    );
    expect(await readdir(folder)).toEqual(["elsewhere"]);
  });
});

describe("the socket", () => {
  test("of a server that was killed is replaced", async () => {
    await (await start()).kill();
    expect(existsSync(join(folder, "data/orchard.sock"))).toBe(true);
    await start();
    expect((await add("alice")).exitCode).toBe(0);
  });

  test("of a server that runs is left to it", async () => {
    const socket = join(folder, "shared.sock");
    const live = createServer(() => {});
    await new Promise<void>((resolve) => live.listen(socket, resolve));
    const server = await start({ ORCHARD_SOCKET: socket });
    expect(live.listening).toBe(true);
    await server.stop();
    expect(await server.stderr).toContain("another server listens there");
    expect(existsSync(socket)).toBe(true);
    live.close();
  });

  test.each([
    ["whose path is too long", () => join(folder, "a".repeat(120)), "bytes"],
    ["in whose place a file lies", () => join(folder, "file"), "no socket"],
    ["whose folder can't be made", () => join(folder, "file/orchard.sock"), "no socket for the command line"],
  ])("%s is done without", async (_, path, words) => {
    await mkdir(join(folder, "data"));
    await writeFile(join(folder, "file"), "kept");
    const server = await start({ ORCHARD_SOCKET: path() });
    await server.stop();
    expect(await server.stderr).toContain(words);
    expect(await Bun.file(join(folder, "file")).text()).toBe("kept");
  });
});

describe("the first administrator's file", () => {
  test.each(["info", "fatal", "silent"])("is named at the level %s, and what is in it never", async (level) => {
    const server = await start({ ORCHARD_LOG: level });
    const path = join(folder, "data/first-admin");
    const [, token = ""] = (await Bun.file(path).text()).split("#");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await server.stop();
    const said = await server.stderr;
    expect(said).toContain(path);
    expect(said).not.toContain(token.trim());
  });
});

test("what isn't understood ends with 2", async () => {
  for (const args of [["user"], ["user", "frobnicate"], ["user", "show"], ["user", "list", "--amount"], ["usr"]]) {
    const ran = await orchard(args);
    expect({ args, exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ args, exitCode: 2, stdout: "" });
  }
});
