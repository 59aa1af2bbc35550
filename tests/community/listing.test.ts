// What changes while one's servers are being read: the list that comes is that of the moment in which it comes, or the
// session is told what has changed since.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Frame, TestClient } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { type FarDatabase, startFarDatabase } from "./far-database.ts";

let database: FarDatabase;
let server: TestServer;
beforeAll(async () => {
  database = await startFarDatabase();
  server = await startServer({ database_url: database.url });
});
afterAll(async () => {
  await server.stop();
  await database.stop();
});

/** What bob's second session is sent when this happens while his servers are being read for it. */
async function listedWhile(phone: TestClient, happens: () => Promise<unknown>): Promise<Frame[]> {
  await phone.rest();
  const answer = database.holdNextAnswer();
  const listed = phone.ask({ type: "get_servers" });
  await answer.reached;
  await happens();
  answer.release();
  const reply = await listed;
  const others = await phone.rest();
  const at = phone.seen.indexOf(reply);
  const before = others.filter((frame) => phone.seen.indexOf(frame) < at);
  return [...before, reply, ...others.filter((frame) => !before.includes(frame))];
}

async function aliceAndBob(): Promise<[Present, Present, TestClient]> {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  return [alice, bob, await server.connect(bob)];
}

const namesIn = ({ data }: Frame) => data.servers.map(({ name }: { name: string }) => name);
const types = (frames: Frame[]) => frames.map(({ type }) => type);

describe("while one's servers are being read", () => {
  test("one is renamed: the older name is listed, and the newer one told after it", async () => {
    const [alice, bob, phone] = await aliceAndBob();
    const server_id = await foundServer(alice);
    await inviteInto(server_id, alice, bob);
    const frames = await listedWhile(phone, () =>
      done(alice, "update_server", { server_id, changes: { name: "Grove" } }),
    );
    expect(types(frames)).toEqual(["get_servers", "server_updated"]);
    expect(namesIn(frames[0] as Frame)).toEqual(["Orchard"]);
    expect(frames[1]?.["data"]).toEqual({ server_id, name: "Grove" });
  });

  test("the same for a session that hears of it anyway", async () => {
    const [alice, bob, phone] = await aliceAndBob();
    const server_id = await foundServer(alice);
    await inviteInto(server_id, alice, bob);
    await phone.ask({ type: "get_server", data: { server_id } });
    const frames = await listedWhile(phone, () =>
      done(alice, "update_server", { server_id, changes: { name: "Grove" } }),
    );
    expect(types(frames)).toEqual(["server_updated", "get_servers", "server_updated"]);
    expect(namesIn(frames[1] as Frame)).toEqual(["Orchard"]);
    expect(frames[2]?.["data"]).toEqual({ server_id, name: "Grove" });
    expect(frames[2]?.["seq"]).toBeGreaterThan(frames[0]?.["seq"]);
  });

  test("one is joined: it is listed", async () => {
    const [alice, bob, phone] = await aliceAndBob();
    const server_id = await foundServer(alice);
    const frames = await listedWhile(phone, () => inviteInto(server_id, alice, bob));
    expect(types(frames)).toEqual(["server_added", "get_servers"]);
    expect(namesIn(frames[1] as Frame)).toEqual(["Orchard"]);
  });

  test("one is left: it isn't listed", async () => {
    const [alice, bob, phone] = await aliceAndBob();
    const server_id = await foundServer(alice);
    await inviteInto(server_id, alice, bob);
    const frames = await listedWhile(phone, () => done(alice, "remove_member", { server_id, user_id: bob.id }));
    expect(types(frames)).toEqual(["server_deleted", "get_servers"]);
    expect(namesIn(frames[1] as Frame)).toEqual([]);
  });

  test("nothing happens: what happens then is told", async () => {
    const [alice, bob, phone] = await aliceAndBob();
    const server_id = await foundServer(alice);
    await inviteInto(server_id, alice, bob);
    expect(types(await listedWhile(phone, async () => {}))).toEqual(["get_servers"]);
    await done(alice, "add_category", { server_id, name: "rows" });
    expect(types(await phone.rest())).toEqual(["category_added"]);
  });
});
