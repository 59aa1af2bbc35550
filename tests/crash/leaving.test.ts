// A program that is killed while somebody leaves: a deletion that has begun is done by those that follow, whole and
// nothing besides; an export that was under way is no file.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { Program } from "../../scripts/program.ts";
import { post, postMany } from "../community/messages/place.ts";
import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { PASSWORD, type Present, type RunningServer, serverAt } from "../harness/server.ts";
import { pngOf } from "../uploads/samples.ts";
import { command } from "./process.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "orchard-leaving-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface House {
  folder: string;
  data: string;
  program: Program;
  server: RunningServer;
}

async function start(folder: string): Promise<House> {
  const program = await Program.start(command, folder);
  const data = join(folder, "data");
  return { folder, data, program, server: serverAt(program.origin, data) };
}

const SAID = 350;

/** Alice owns two servers: in one bob may do all, in the other nobody may. She has said much, and he a little. */
async function town() {
  const house = await start(await mkdtemp(join(root, "house-")));
  const { server } = house;
  const [alice, bob] = [await server.join("alice"), await server.join("bob")];
  const [left_to_bob, left_to_nobody] = [await foundServer(alice, "Hall"), await foundServer(alice, "Yard")];
  for (const id of [left_to_bob, left_to_nobody]) await inviteInto(id, alice, bob);
  const { role } = await done(alice, "add_role", { server_id: left_to_bob, name: "heirs", rules: ["admin"] });
  await done(alice, "update_member", { server_id: left_to_bob, user_id: bob.id, changes: { roles: [role.id] } });
  const { categories } = await done(alice, "get_server_channels", { server_id: left_to_bob });
  const channel_id: number = categories[0].channels[0].id;
  await postMany(alice, channel_id, SAID, " of alice's");
  const kept = await post(bob, channel_id, "bob's");
  await done(bob, "subscribe", { topics: [`channel:${channel_id}`] });
  return { house, alice, bob, left_to_bob, left_to_nobody, channel_id, kept };
}

type Town = Awaited<ReturnType<typeof town>>;

/** How it begins; settles when whoever asked for it knows, or never will. */
const beginnings: Record<string, (of: Town) => Promise<unknown>> = {
  "at the machine": ({ house }) =>
    Program.run([...command, "user", "delete", "alice", "--messages", "--yes"], house.folder),
  "over HTTP": async ({ house, bob }) => {
    writeRows(house.data, "update users set admin_since = 1 where id = ?", [[bob.id]]);
    const body = { password: PASSWORD, messages: true };
    const [{ id }] = readRows(house.data, "select id from users where name = 'alice'") as [Json];
    return house.server.call("DELETE", `/admin/users/${id}`, body, bob.token).catch(() => null);
  },
};

/** When the program is killed. */
const moments: Record<string, (of: Town, begun: Promise<unknown>) => Promise<unknown>> = {
  "as soon as it is noted": async ({ house }) => {
    while (readRows(house.data, "select 1 from account_removals").length === 0);
  },
  "when it is answered": (_, begun) => begun,
  "when the first message has gone": ({ bob }) => bob.client.take("message_deleted"),
};

const cases = Object.keys(beginnings).flatMap((how) => Object.keys(moments).map((when) => [how, when] as const));

test.each(cases)("a deletion that was begun %s, and the program killed %s", async (how, when) => {
  const of = await town();
  const begun = beginnings[how]?.(of) ?? Promise.resolve();
  await moments[when]?.(of, begun);
  await of.house.program.kill();
  await begun;
  const { program, server, data } = await start(of.house.folder);
  const back: Present = { ...of.bob, client: await server.connect(of.bob) };
  while (readRows(data, "select 1 from account_removals").length > 0) await back.client.rest();
  const page = { channel_id: of.channel_id, amount: 100, anchor: 0, direction: true };
  expect((await done(back, "get_message_chunk", page)).messages).toMatchObject([
    { id: of.kept["id"], content: "bob's" },
  ]);
  const hall = (await done(back, "get_server", { server_id: of.left_to_bob })).server;
  expect(hall).toMatchObject({ owner_id: of.bob.id, locked: false, num_members: 1 });
  expect((await done(back, "get_server", { server_id: of.left_to_nobody })).server).toMatchObject({ locked: true });
  expect((await server.call("POST", "/user/login", { username: "alice", password: PASSWORD })).status).toBe(401);
  expect(readRows(data, "select 1 from messages where content like '%of alice%'")).toEqual([]);
  const noted = readRows(data, "select type from operation_entries where type = 'user.delete'");
  expect(noted).toHaveLength(1);
  expect(await program.stop()).toBe(0);
});

const IMAGE_BYTES = 32 * 1024 * 1024;
const IMAGES = 16;

test("an export while the program is killed is no file", async () => {
  const { folder, data, program, server } = await start(await mkdtemp(join(root, "house-")));
  const alice = await server.user("alice");
  const headers = { authorization: `Bearer ${alice.token}` };
  await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: await pngOf(2, 2) });
  const [path = ""] = await Array.fromAsync(new Glob("**/*").scan(join(data, "uploads")));
  await Bun.write(join(data, "uploads", path), new Uint8Array(IMAGE_BYTES));
  const again = `insert into uploads (id, user_id, hash, type, width, height, bytes, created_at)
    select id + ?, user_id, hash, type, width, height, bytes, created_at from uploads order by id limit 1`;
  const more = Array.from({ length: IMAGES - 1 }, (_, at) => [at + 1]);
  writeRows(data, again, more);
  const exporting = Program.run([...command, "user", "export", "alice", "alice.zip"], folder);
  for (let size = 0; size < IMAGE_BYTES / 4; ) {
    const found = (await readdir(folder)).find((name) => name.startsWith(".alice.zip-"));
    if (found) size = (await stat(join(folder, found))).size;
  }
  await program.kill();
  const { exitCode, stderr } = await exporting;
  expect(exitCode).toBe(1);
  expect(stderr).toContain("ended before it had answered");
  expect(await readdir(folder)).toEqual(["data"]);
});
