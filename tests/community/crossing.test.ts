// What changes while something is being read: what comes is that of the moment in which it comes, or the session is told
// what has changed since; never is the older told after the newer, or the same twice.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Frame, TestClient } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { friends, news, open, say, settled } from "./conversations/talkers.ts";
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

/** What a session is sent, in its order, when this happens while what it asks for is being read, by these words. */
async function sentWhile(
  phone: TestClient,
  request: Frame,
  words: string,
  happens: () => Promise<unknown>,
): Promise<Frame[]> {
  await phone.rest();
  const answer = database.holdNextAnswer(words);
  const asked = phone.ask(request);
  await answer.reached;
  await happens();
  answer.release();
  const reply = await asked;
  const others = await phone.rest();
  const at = phone.seen.indexOf(reply);
  const before = others.filter((frame) => phone.seen.indexOf(frame) < at);
  return [...before, reply, ...others.filter((frame) => !before.includes(frame))];
}

const listedWhile = (phone: TestClient, happens: () => Promise<unknown>) =>
  sentWhile(phone, { type: "get_servers" }, '\\"servers\\".\\"image\\"', happens);

/** Bob has a second session. */
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

/** A server of alice's with bob in it, whose phone has loaded it; its general channel. */
async function loadedServer() {
  const [alice, bob, phone] = await aliceAndBob();
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const { data } = await phone.ask({ type: "get_server_channels", data: { server_id } });
  const channel_id: number = data.categories[0].channels[0].id;
  return { alice, bob, phone, server_id, channel_id };
}

describe("while a page of members is being read", () => {
  const MEMBERS = '\\"users\\".\\"profile_pic\\"';
  const page = (server_id: number) => ({ type: "get_server_members", data: { server_id, amount: 10, anchor: 0 } });

  test("one gets a nickname: it is on the page", async () => {
    const { alice, bob, phone, server_id } = await loadedServer();
    const changes = { nickname: "Bobby" };
    const rename = () => done(alice, "update_member", { server_id, user_id: bob.id, changes });
    const [changed, members, ...others] = await sentWhile(phone, page(server_id), MEMBERS, rename);
    expect([changed?.["type"], members?.["type"], others]).toEqual(["member_changed", "get_server_members", []]);
    expect(members?.["data"].members).toContainEqual(expect.objectContaining({ user_id: bob.id, nickname: "Bobby" }));
    expect(members?.["data"].seq).toBe(changed?.["seq"]);
  });

  test("one comes and the asker goes: it isn't shown", async () => {
    const { alice, bob, phone, server_id } = await loadedServer();
    const carol = await server.join();
    await carol.client.rest();
    const frames = await sentWhile(phone, page(server_id), MEMBERS, async () => {
      await inviteInto(server_id, alice, carol);
      await done(alice, "remove_member", { server_id, user_id: bob.id });
    });
    expect(types(frames)).toEqual(["member_added", "server_deleted", "error"]);
    expect(frames[2]).toMatchObject({ code: "not_found" });
  });
});

describe("while a message is being deleted", () => {
  test("it is marked as read: that is refused as what it is, and not taken for done", async () => {
    const { alice, phone, server_id, channel_id } = await loadedServer();
    const { message } = await done(alice, "add_message", { channel_id, content: "a slip" });
    await phone.ask({ type: "get_message_chunk", data: { channel_id, amount: 10, anchor: 0, direction: true } });
    const answer = database.holdNextAnswer('update \\"messages\\"');
    const deleted = done(alice, "delete_message", { message_id: message.id });
    await answer.reached;
    const marked = phone.ask({ type: "mark_read", data: { channel_id, message_id: message.id } });
    const other = await server.connect(alice);
    await other.ask({ type: "ping" });
    answer.release();
    await deleted;
    expect(await marked).toMatchObject({ type: "error", code: "bad_request", details: { path: "data.message_id" } });
    const { data } = await phone.ask({ type: "get_read_state", data: { server_id } });
    expect(data.channels[0].last_read_id).toBeNull();
  });
});

describe("while the newest messages are being read", () => {
  const MESSAGES = 'from \\"messages\\"';
  const chunk = (channel_id: number) => {
    return { type: "get_message_chunk", data: { channel_id, amount: 10, anchor: 0, direction: true } };
  };
  const idsIn = (frames: Frame[]) =>
    frames.flatMap(({ type, data }) =>
      type === "get_message_chunk" ? data.messages : type === "message_added" ? [data] : [],
    );

  test("another is added: it comes once", async () => {
    const { alice, phone, channel_id } = await loadedServer();
    const add = () => done(alice, "add_message", { channel_id, content: "late" });
    const frames = await sentWhile(phone, chunk(channel_id), MESSAGES, add);
    expect(idsIn(frames).map(({ content }) => content)).toEqual(["late"]);
    await done(alice, "add_message", { channel_id, content: "later" });
    expect((await phone.rest()).map(({ data }) => data.content)).toEqual(["later"]);
  });

  test("the channel is hidden: nothing is shown, and nothing told of it afterwards", async () => {
    const { alice, phone, server_id, channel_id } = await loadedServer();
    await done(alice, "add_message", { channel_id, content: "between us" });
    const { roles } = await done(alice, "get_server_roles", { server_id });
    const overwrites = [{ role_id: roles.at(-1).id, allow: [], deny: ["view_channel"] }];
    const hide = () => done(alice, "update_channel", { channel_id, changes: { overwrites } });
    await phone.ask({ type: "unsubscribe", data: { topics: [`server:${server_id}`] } });
    const frames = await sentWhile(phone, chunk(channel_id), MESSAGES, hide);
    expect(frames).toMatchObject([{ type: "error", code: "not_found" }]);
    await done(alice, "add_message", { channel_id, content: "still between us" });
    expect(JSON.stringify(await phone.rest())).not.toContain("between us");
  });
});

describe("while what changed of one's own is being read", () => {
  test("what has just come into one's list changes again: it is told as having come first", async () => {
    const people = await friends(server, 3);
    await settled(...people);
    const [alice] = people as [Present, Present, Present];
    const answer = database.holdNextAnswer("select seq from (select max(");
    const group = await open(alice, ...people.slice(1));
    await answer.reached;
    await say(alice, group, "hello");
    await say(alice, group, "all");
    answer.release();
    for (const person of people) {
      const told = await news(person);
      expect(types(told)[0]).toBe("conversation_added");
      expect(told.at(-1)?.["data"].conversation.last_message_id).toBeGreaterThan(group.id);
    }
  });
});
