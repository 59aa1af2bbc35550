// The operator's commands, by using what they make: a copy taken while people write, and that copy in the place of a
// database that went on. The real program throughout, as a process of its own.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ending, Program } from "../../scripts/program.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { type Present, serverAt } from "../harness/server.ts";
import { command } from "./process.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "orchard-backup-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A program in a folder of its own, with alice and bob in a server's channel. */
async function place() {
  const folder = await mkdtemp(join(root, "place-"));
  const start = async () => {
    const program = await Program.start(command, folder);
    return { program, server: serverAt(program.origin, join(folder, "data")) };
  };
  const run = (...args: string[]): Promise<Ending> => Program.run([...command, ...args], folder);
  return { folder, data: join(folder, "data"), start, run };
}

async function channelOf(alice: Present, bob: Present): Promise<number> {
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  return categories[0].channels[0].id;
}

const contents = async (who: Present, channel_id: number): Promise<string[]> => {
  const { messages } = await done(who, "get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true });
  return messages.map(({ content }: { content: string }) => content);
};

const say = (who: Present, channel_id: number, content: string) => done(who, "add_message", { channel_id, content });

const epochOf = async ({ client }: Present): Promise<string> =>
  client.seen.find(({ type }) => type === "ready")?.["data"].epoch;

describe("a backup", () => {
  test("taken while people write holds all that was acknowledged before it; restored, it goes on under a new epoch", async () => {
    const { folder, data, start, run } = await place();
    const before = await start();
    const [alice, bob] = await before.server.friends();
    const channel_id = await channelOf(alice, bob);
    await Promise.all(["one", "two", "three"].map((content) => say(alice, channel_id, content)));
    let copying = true;
    let said = 0;
    const writing = (async () => {
      for (; copying && said < 90; said += 1) await say(bob, channel_id, `meanwhile ${said + 1}`);
    })();
    expect(await run("backup", "copy.db")).toMatchObject({ exitCode: 0, stderr: "" });
    copying = false;
    await writing;
    expect((await stat(join(folder, "copy.db"))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(["copy.db", "data"]);
    await say(alice, channel_id, "forgotten");
    expect(await before.program.stop()).toBe(0);

    expect(await run("restore", "copy.db")).toMatchObject({ exitCode: 0, stderr: "" });
    const kept = (await readdir(data)).filter((name) => name.startsWith("orchard.db")).sort();
    expect(kept).toEqual(["orchard.db", expect.stringContaining("orchard.db-before-"), "orchard.db-lock"]);
    const after = await start();
    const client = await after.server.connect(alice);
    const again = { ...alice, client };
    expect(await epochOf(again)).not.toBe(await epochOf(alice));
    const held = await contents(again, channel_id);
    expect(held.slice(0, 3).sort()).toEqual(["one", "three", "two"]);
    expect(held.slice(3)).toEqual(held.slice(3).map((_, index) => `meanwhile ${index + 1}`));
    expect(held.length).toBeLessThanOrEqual(3 + said);
    const { server_id } = (await done(again, "get_server_channel", { channel_id })).channel;
    const found = await done(again, "search_messages", { server_id, query: "two", amount: 10, anchor: 0 });
    expect(found.messages.map(({ content }: { content: string }) => content)).toEqual(["two"]);
    await say(again, channel_id, "after");
    expect(await contents(again, channel_id)).toEqual([...held, "after"]);
    expect(await after.program.stop()).toBe(0);
  });

  test("is refused where there is no database, over a file without --force, over the database, of a remote one", async () => {
    const { folder, start, run } = await place();
    expect(await run("backup", "copy.db")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("no database"),
    });
    const { program } = await start();
    await Bun.write(join(folder, "copy.db"), "something else");
    const there = await run("backup", "copy.db");
    expect(there).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("--force") });
    expect(await Bun.file(join(folder, "copy.db")).text()).toBe("something else");
    const itself = await run("backup", "data/orchard.db", "--force");
    expect(itself).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the database itself") });
    expect(await run("backup", "copy.db", "--force")).toMatchObject({ exitCode: 0 });
    expect(await program.stop()).toBe(0);
    expect(await run("restore", "copy.db")).toMatchObject({ exitCode: 0 });
    for (const name of ["backup", "restore"]) {
      const env = ["env", "ORCHARD_DATABASE_URL=libsql://db.example.org"];
      const remote = await Program.run([...env, ...command.slice(1), name, "copy.db"], folder);
      expect(remote).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("on a server") });
      expect(await run(name)).toMatchObject({ exitCode: 2 });
      expect(await run(name, "one", "two")).toMatchObject({ exitCode: 2 });
    }
  });
});

describe("a restore", () => {
  test("is refused while a server runs, and a second server is, too", async () => {
    const { start, run } = await place();
    const { program, server } = await start();
    expect(await run("backup", "copy.db")).toMatchObject({ exitCode: 0 });
    const restoring = await run("restore", "copy.db");
    expect(restoring).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("stop it first") });
    const second = await run();
    expect(second).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("another process uses the database") });
    const { client } = await server.join();
    expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    expect(await program.stop()).toBe(0);
  });

  test("replaces nothing by what is damaged, of a later version, or no database of orchard's", async () => {
    const { folder, data, start, run } = await place();
    const { program, server } = await start();
    const alice = await server.user("alice");
    expect(await run("backup", "orchard.db")).toMatchObject({ exitCode: 0 });
    expect(await program.stop()).toBe(0);
    const whole = await Bun.file(join(folder, "orchard.db")).bytes();
    const spoilt = async (spoil: () => unknown) => {
      await Bun.write(join(folder, "orchard.db"), whole);
      await spoil();
      const ending = await run("restore", "orchard.db");
      expect(ending).toMatchObject({ exitCode: 1, stdout: "" });
      expect((await readdir(data)).sort()).toEqual([
        "first-admin",
        "orchard.db",
        "orchard.db-lock",
        "orchard.db-shm",
        "orchard.db-wal",
        "uploads",
      ]);
      return ending.stderr;
    };
    const sql = (text: string) => () => writeRows(folder, text, [[]]);
    expect(await spoilt(() => rm(join(folder, "orchard.db")))).toContain("no file");
    expect(await spoilt(() => Bun.write(join(folder, "orchard.db"), "a text"))).toContain("not a database");
    expect(await spoilt(() => Bun.write(join(folder, "orchard.db"), whole.slice(0, whole.length / 2)))).toMatch(
      /malformed|damaged/,
    );
    expect(await spoilt(sql("insert into migrations values (999, 'later', 0)"))).toContain('"later"');
    expect(await spoilt(sql("drop table settings"))).toContain("no database of orchard's");
    expect(await spoilt(sql("delete from messages_fts_data"))).toContain("messages_fts");
    const again = await start();
    expect((await again.server.login(alice.name)).id).toBe(alice.id);
    expect(await again.program.stop()).toBe(0);
  });

  test("takes the place of a broken database, keeps it with its journal, and makes one where there is none", async () => {
    const { data, start, run } = await place();
    const { program, server } = await start();
    const alice = await server.user("alice");
    expect(await run("backup", "copy.db")).toMatchObject({ exitCode: 0 });
    await program.kill();
    for (const part of ["", "-wal"])
      await Bun.write(join(data, `orchard.db${part}`), "no database any more. ".repeat(400));
    expect(await run("restore", "copy.db")).toMatchObject({ exitCode: 0 });
    const kept = (await readdir(data)).filter((name) => name.includes("-before-"));
    expect(kept.sort()).toEqual([expect.stringMatching(/Z$/), expect.stringMatching(/Z-wal$/)]);
    await rm(data, { recursive: true });
    expect(await run("restore", "copy.db")).toMatchObject({ exitCode: 0 });
    expect(await readdir(data)).toContain("orchard.db");
    const again = await start();
    expect((await again.server.login(alice.name)).id).toBe(alice.id);
    expect(readRows(data, "select count(*) as count from settings where key = 'epoch'")).toEqual([{ count: 1 }]);
    expect(await again.program.stop()).toBe(0);
  });
});
