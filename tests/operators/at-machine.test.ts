// The program as whoever sits at the machine uses it: commands in processes of their own, with a server and without.

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, lchown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { program } from "../harness/program.ts";

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

const SOMEBODY = 65_534;

/** The folder, with what lies in it, is somebody's who isn't root. */
async function giveAway(path: string): Promise<void> {
  for (const name of await readdir(path, { recursive: true })) await lchown(join(path, name), SOMEBODY, SOMEBODY);
  await lchown(path, SOMEBODY, SOMEBODY);
  await chmod(folder, 0o755);
}

/** Whoever isn't root has nothing to be kept from. */
function asRoot(name: string, body: () => Promise<void>): void {
  if (process.getuid?.() === 0) test(name, body);
  else process.stderr.write(`left out, since it wants root: ${name}\n`);
}

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

  test("nor with a place where its socket couldn't be", async () => {
    await writeFile(join(folder, "file"), "");
    for (const path of ["nowhere/orchard.sock", "file", "file/orchard.sock"]) {
      const added = await add(`user-${path.length}`, { ORCHARD_SOCKET: join(folder, path) });
      expect(added).toMatchObject({ exitCode: 0, stderr: "" });
    }
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

describe("a server whose data folder can't be made", () => {
  test("says so, and runs", async () => {
    await writeFile(join(folder, "file"), "kept");
    const data = join(folder, "file/data");
    const elsewhere = {
      ORCHARD_DATABASE_URL: `file:${folder}/orchard.db`,
      ORCHARD_UPLOADS_DIR: join(folder, "uploads"),
    };
    const server = await start({ ORCHARD_DATA: data, ...elsewhere });
    await server.stop();
    const said = await server.stderr;
    expect(said).toContain("there is no socket for the command line");
    expect(said).toContain("there is no file for the first administrator");
    // By none there could be a link that nobody has.
    const database = new Database(join(folder, "orchard.db"), { readonly: true });
    expect(database.query("select * from links").all()).toEqual([]);
    database.close();
  });
});

describe("an export", () => {
  test("is a file once it is whole, takes no other's place, and says where it couldn't be", async () => {
    await add("alice");
    const to = (path: string) => orchard(["user", "export", "alice", path]);
    expect(await to("alice.zip")).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await stat(join(folder, "alice.zip"))).mode & 0o777).toBe(0o600);
    expect((await to("alice.zip")).stderr).toContain("is there already");
    const nowhere = await to("nowhere/alice.zip");
    expect(nowhere).toMatchObject({ exitCode: 1, stdout: "" });
    expect(nowhere.stderr).toEndWith("/nowhere/alice.zip can't be written: no such file or directory\n");
    expect((await readdir(folder)).sort()).toEqual(["alice.zip", "data"]);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("that is ended by %s leaves no half of it", async (signal) => {
    const path = join(folder, "slow.sock");
    const slow = createServer((socket) => {
      const piece = Buffer.from([0, 0, 0, 4, 1, 2, 3, 4]);
      socket.once("data", () =>
        socket.write(Buffer.concat([Buffer.from('{"ok":true,"value":{},"file":true}\n'), piece])),
      );
    });
    await new Promise<void>((resolve) => slow.listen(path, resolve));
    const env = { ...process.env, ORCHARD_SOCKET: path };
    const half = (name: string) => name.startsWith(".alice.zip-");
    const child = Bun.spawn([...program, "user", "export", "alice", "alice.zip"], {
      cwd: folder,
      env,
      stdin: "ignore",
    });
    for (let size = 0; size < 4; ) {
      const found = (await readdir(folder)).find(half);
      if (found) size = (await stat(join(folder, found))).size;
    }
    child.kill(signal);
    expect(await child.exited).toBe(1);
    expect(await readdir(folder)).toEqual(["slow.sock"]);
    slow.close();
  });

  asRoot("of somebody's server is root's own file, whether it runs or not", async () => {
    await add("alice");
    const own = await mkdtemp(join(tmpdir(), "orchard-own-"));
    await giveAway(join(folder, "data"));
    const ran = await orchard(["user", "export", "alice", join(own, "alice.zip")]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await stat(join(own, "alice.zip"))).toMatchObject({ uid: 0 });
    expect(await readdir(own)).toEqual(["alice.zip"]);
    await rm(own, { recursive: true });
  });
});

describe("a socket that somebody else has put there", () => {
  /** Says what it is told, as somebody who wants passwords. */
  async function trap(path: string): Promise<{ heard: string[]; close(): void }> {
    const heard: string[] = [];
    const live = createServer((socket) => {
      socket.setEncoding("utf8");
      socket.on("data", (text: string) => {
        heard.push(text);
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => live.listen(path, resolve));
    return { heard, close: () => live.close() };
  }

  asRoot("is told nothing", async () => {
    await add("alice");
    const path = join(folder, "shared.sock");
    const { heard, close } = await trap(path);
    await lchown(path, SOMEBODY, SOMEBODY);
    const ran = await add("bob", { ORCHARD_SOCKET: path });
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain("it is asked nothing");
    expect(heard).toEqual([]);
    close();
  });

  test("is told nothing where anybody could have put it there", async () => {
    await add("alice");
    const open = join(folder, "open");
    await mkdir(join(open, "inner"), { recursive: true });
    await chmod(open, 0o777);
    const path = join(open, "inner/shared.sock");
    const { heard, close } = await trap(path);
    const refused = await add("bob", { ORCHARD_SOCKET: path });
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toContain(`since ${open} is open to all`);
    expect(heard).toEqual([]);
    // In a folder such as /tmp nobody takes away what isn't theirs.
    await chmod(open, 0o1777);
    expect((await orchard(["user", "list"], { ORCHARD_SOCKET: path })).exitCode).toBe(1);
    expect(heard).toHaveLength(1);
    close();
  });

  test("is asked in the folder of the data, whoever may write there", async () => {
    await mkdir(join(folder, "data"));
    await chmod(join(folder, "data"), 0o777);
    await start();
    expect(await add("alice")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  asRoot("is told nothing, nor what a link of theirs leads to", async () => {
    await add("alice");
    const path = join(folder, "another-programs.sock");
    const { heard, close } = await trap(path);
    await symlink(path, join(folder, "data/orchard.sock"));
    await giveAway(join(folder, "data"));
    const ran = await add("bob");
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain("link that somebody else has made");
    expect(heard).toEqual([]);
    close();
  });
});

test.each(["backup", "restore", "completions", "environment"])("%s has a help", async (name) => {
  const ran = await orchard([name, "--help"]);
  expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ran.stdout).toContain(`Usage: orchard ${name}`);
});

test("what isn't understood ends with 2", async () => {
  for (const args of [["user"], ["user", "frobnicate"], ["user", "show"], ["user", "list", "--amount"], ["usr"]]) {
    const ran = await orchard(args);
    expect({ args, exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ args, exitCode: 2, stdout: "" });
  }
});
