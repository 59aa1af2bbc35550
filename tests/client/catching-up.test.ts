// What a client asks when it is back, and what it makes of the answers, against a server that says what the test wants.

import { describe, expect, test } from "bun:test";
import { comeBack, connectedFake, type Fake, fakeClient, ME, turn } from "./fake-server.ts";

const SERVER = 1;
const CHANNEL = 5;
const BOB = 9;

const channels = (seq: number, ...names: string[]) => ({
  categories: [{ id: null, name: null, position: 0, channels: names.map((name, at) => ({ id: CHANNEL + at, name })) }],
  seq,
});
const message = (id: number, content: string) => ({
  ...{ id, channel_id: CHANNEL, server_id: SERVER, author_id: BOB, content, created_date: "", edited_date: null },
  ...{ reply_to: null, attachments: [], mentions: [], reactions: [] },
});
const server = (name: string) => ({
  ...{ id: SERVER, name, image: null, description: null, num_members: 2, created_date: "", owner_id: ME },
});
const role = (name: string) => ({ id: 3, name, color: null, rules: [], position: 0 });
const newest = { channel_id: CHANNEL, amount: 50, anchor: 0, direction: true };
const contents = ({ client }: Fake) =>
  [...(client.cache.windows.get(CHANNEL)?.messages.values() ?? [])].map(({ content }) => content);
const channelNames = ({ client }: Fake) =>
  [...(client.cache.servers.get(SERVER)?.channels?.values() ?? [])].map(({ name }) => name);

/** A client with a server of one channel, and a message in it. */
async function loadedFake(): Promise<Fake> {
  const fake = await connectedFake();
  const { client, socket } = fake;
  const loads = [
    client.ask("get_server", { server_id: SERVER }),
    client.ask("get_server_channels", { server_id: SERVER }),
    client.ask("get_message_chunk", newest),
  ];
  await socket().answer("get_server", { server: server("Orchard") });
  await socket().answer("get_server_channels", channels(100, "general"));
  await socket().answer("get_message_chunk", { messages: [message(20, "one")], has_more: false, seq: 20 });
  // A server comes without its number.
  await socket().answer("subscribe", { topics: { "server:1": { seq: 100 } } });
  await Promise.all(loads);
  return fake;
}

describe("catching up", () => {
  test("events of the answer, then those that came meanwhile", async () => {
    const fake = await loadedFake();
    const socket = await comeBack(fake);
    expect(fake.client.state).toBe("syncing");
    const { id, data } = await socket.next("sync");
    expect(data).toEqual({ epoch: "first", topics: { "server:1": 100, "channel:5": 20 } });
    socket.event("message_added", "channel:5", 22, message(22, "three"));
    await turn();
    expect(contents(fake)).toEqual(["one"]);
    const added = { type: "message_added", topic: "channel:5", seq: 21, data: message(21, "two") };
    const topics = { "server:1": { seq: 100, events: [] }, "channel:5": { seq: 21, events: [added] } };
    socket.push({ id, type: "sync", data: { topics } });
    await turn();
    expect({ contents: contents(fake), state: fake.client.state }).toEqual({
      contents: ["one", "two", "three"],
      state: "ready",
    });
    fake.client.close();
  });

  test("an event that the answer had already is passed over", async () => {
    const fake = await loadedFake();
    const socket = await comeBack(fake);
    const { id } = await socket.next("sync");
    socket.event("message_deleted", "channel:5", 21, { id: 20, channel_id: CHANNEL });
    const readded = { type: "message_added", topic: "channel:5", seq: 30, data: message(20, "again") };
    socket.push({ id, type: "sync", data: { topics: { "channel:5": { seq: 30, events: [readded] } } } });
    await turn();
    expect(contents(fake)).toEqual(["again"]);
    fake.client.close();
  });

  test("a change of which only a part came is undone, and asked for again; one that came whole is not", async () => {
    const fake = await loadedFake();
    const lost = (seq: number) =>
      fake.socket().event("channel_deleted", "server:1", seq, { server_id: SERVER, channel_id: CHANNEL });
    lost(130);
    expect(channelNames(fake)).toEqual([]);
    const socket = await comeBack(fake);
    const partly = await socket.answer("sync", { topics: {} });
    expect({ topics: partly["data"].topics, names: channelNames(fake) }).toEqual({
      ...{ topics: { "server:1": 100 }, names: ["general"] },
    });
    lost(130);
    fake.socket().event("server_updated", "server:1", 131, { server_id: SERVER, name: "Grove" });
    const again = await comeBack(fake);
    const wholly = await again.answer("sync", { topics: {} });
    expect({ topics: wholly["data"].topics, names: channelNames(fake) }).toEqual({
      ...{ topics: { "server:1": 131 }, names: [] },
    });
    fake.client.close();
  });

  test("members that came and went meanwhile are counted", async () => {
    const fake = await loadedFake();
    const socket = await comeBack(fake);
    const member = {
      user_id: BOB,
      name: "bob",
      nickname: null,
      profile_pic: null,
      roles: [],
      status: "online",
      joined_date: "",
    };
    const events = [{ type: "member_added", topic: "server:1", seq: 110, data: { server_id: SERVER, member } }];
    await socket.answer("sync", { topics: { "server:1": { seq: 110, events } } });
    expect(fake.client.cache.servers.get(SERVER)?.details?.num_members).toBe(3);
    socket.event("member_deleted", "server:1", 120, { server_id: SERVER, user_id: BOB });
    expect(fake.client.cache.servers.get(SERVER)?.details?.num_members).toBe(2);
    fake.client.close();
  });

  test("gone: a channel's messages, a server with all that is in it", async () => {
    const fake = await loadedFake();
    const socket = await comeBack(fake);
    await socket.answer("sync", { topics: { "server:1": { seq: 100, events: [] }, "channel:5": { gone: true } } });
    expect({ contents: contents(fake), names: channelNames(fake) }).toEqual({ contents: [], names: ["general"] });
    const again = await comeBack(fake);
    const { data } = await again.answer("sync", { topics: { "server:1": { gone: true } } });
    expect(data.topics).toEqual({ "server:1": 100 });
    expect(fake.client.cache.servers.size).toBe(0);
    const last = await comeBack(fake);
    expect(last.sent).toEqual([]);
    fake.client.close();
  });

  test("reset: what was loaded is loaded again, and the old stands until then", async () => {
    const fake = await loadedFake();
    const socket = await comeBack(fake);
    let synced = false;
    fake.client.on("synced", () => {
      synced = true;
    });
    await socket.answer("sync", { topics: { "server:1": { reset: true }, "channel:5": { reset: true } } });
    expect({ state: fake.client.state, contents: contents(fake) }).toEqual({ state: "ready", contents: ["one"] });
    await socket.answer("get_server", { server: server("Grove") });
    await socket.answer("get_server_channels", channels(900, "general", "attic"));
    expect(synced).toBe(false);
    const page = { messages: [message(80, "far later")], has_more: true, seq: 80 };
    const asked = await socket.answer("get_message_chunk", page);
    expect(asked["data"]).toEqual({ channel_id: CHANNEL, amount: 100, anchor: 0, direction: true });
    expect({ synced, contents: contents(fake), names: channelNames(fake) }).toEqual({
      ...{ synced: true, contents: ["far later"], names: ["general", "attic"] },
    });
    fake.client.close();
  });

  test("a loss while loading again doesn't leave the old for the new", async () => {
    const fake = await loadedFake();
    const loaded = fake.client.ask("get_server_roles", { server_id: SERVER });
    await fake.socket().answer("get_server_roles", { roles: [role("old")], seq: 100 });
    await loaded;
    const unchanged = { seq: 20, events: [] };
    const socket = await comeBack(fake);
    await socket.answer("sync", { topics: { "server:1": { reset: true }, "channel:5": unchanged } });
    await socket.answer("get_server", { server: server("Grove") });
    await socket.answer("get_server_channels", channels(900, "general", "attic"));
    const again = await comeBack(fake);
    const { data } = await again.answer("sync", {
      topics: { "server:1": { seq: 900, events: [] }, "channel:5": unchanged },
    });
    expect(data.topics).toEqual({ "server:1": 900, "channel:5": 20 });
    await again.answer("get_server_roles", { roles: [role("new")], seq: 900 });
    expect([...(fake.client.cache.servers.get(SERVER)?.roles?.values() ?? [])]).toEqual([role("new")]);
    fake.client.close();
  });

  test("another epoch: nothing of the old stays, what was loaded is loaded again", async () => {
    const fake = await loadedFake();
    const socket = await comeBack(fake, { epoch: "second" });
    expect({ servers: fake.client.cache.servers.size, contents: contents(fake) }).toEqual({ servers: 0, contents: [] });
    await socket.answer("get_server", { server: server("Restored") });
    await socket.answer("get_server_channels", channels(40, "general"));
    await socket.answer("get_message_chunk", { messages: [message(10, "of old")], has_more: false, seq: 10 });
    expect({ contents: contents(fake), names: channelNames(fake) }).toEqual({
      contents: ["of old"],
      names: ["general"],
    });
    const again = await comeBack(fake, { epoch: "second" });
    const { data } = await again.next("sync");
    expect(data).toEqual({ epoch: "second", topics: { "server:1": 40, "channel:5": 10 } });
    fake.client.close();
  });

  test("another epoch: a person who was asked for is, though they are in no list", async () => {
    const fake = await connectedFake();
    const asked = fake.client.ask("get_users", { user_ids: [BOB] });
    const bob = { id: BOB, name: "bob", status: "online" };
    await fake.socket().answer("get_users", { users: [bob], topics: { "user:9": { seq: 3 } } });
    await asked;
    const socket = await comeBack(fake, { epoch: "second" });
    const renamed = { ...bob, name: "robert" };
    const again = await socket.answer("get_users", { users: [renamed], topics: { "user:9": { seq: 1 } } });
    expect([again["data"], fake.client.cache.users.get(BOB)?.name]).toEqual([{ user_ids: [BOB] }, "robert"]);
    fake.client.close();
  });

  test("many topics are asked for in slices, and events wait for the last of them", async () => {
    const fake = fakeClient();
    const limits = { topics_per_request: 1 };
    const connected = fake.client.connect();
    await turn();
    fake.socket().ready({ limits });
    await connected;
    const loads = [
      fake.client.ask("get_server_channels", { server_id: SERVER }),
      fake.client.ask("get_message_chunk", newest),
    ];
    await fake.socket().answer("get_server_channels", channels(100, "general"));
    await fake.socket().answer("get_message_chunk", { messages: [], has_more: false, seq: 0 });
    await fake.socket().answer("get_server", { server: server("Orchard") });
    await Promise.all(loads);
    const socket = await comeBack(fake, { limits });
    const first = await socket.answer("sync", { topics: { "server:1": { seq: 100, events: [] } } });
    socket.event("message_added", "channel:5", 21, message(21, "live"));
    const second = await socket.answer("sync", { topics: { "channel:5": { seq: 0, events: [] } } });
    expect([first["data"].topics, second["data"].topics]).toEqual([{ "server:1": 100 }, { "channel:5": 0 }]);
    expect(contents(fake)).toEqual(["live"]);
    fake.client.close();
  });

  test("where it can't be answered now the next connection tries; where there is no sync all is loaded again", async () => {
    const fake = await loadedFake();
    const socket = await comeBack(fake);
    await socket.refuse("sync", "unavailable");
    expect({ state: fake.client.state, closed: socket.closed }).toEqual({ state: "connecting", closed: true });
    const again = await comeBack(fake);
    await again.refuse("sync", "unknown_type");
    await again.answer("get_server", { server: server("Grove") });
    await again.answer("get_server_channels", channels(900));
    await again.refuse("get_message_chunk", "not_found");
    expect({ windows: fake.client.cache.windows.size, names: channelNames(fake) }).toEqual({ windows: 0, names: [] });
    fake.client.close();
  });

  test("a program's asks wait until the cache is in step", async () => {
    const fake = await loadedFake();
    fake.socket().drop();
    const roles = fake.client.ask("get_server_roles", { server_id: SERVER });
    await fake.clock.pass(1_000);
    fake.socket().ready();
    const { id } = await fake.socket().next("sync");
    expect(fake.socket().sent).toEqual([]);
    fake.socket().push({ id, type: "sync", data: { topics: {} } });
    await fake.socket().answer("get_server_roles", { roles: [], seq: 100 });
    expect((await roles).roles).toEqual([]);
    fake.client.close();
  });
});

describe("a snapshot", () => {
  test("goes on where the program before it ended", async () => {
    const before = await loadedFake();
    const text = before.client.snapshot();
    before.client.close();
    const after = fakeClient({ snapshot: text });
    expect(contents(after)).toEqual(["one"]);
    void after.client.connect();
    await turn();
    after.socket().ready();
    const { data } = await after.socket().next("sync");
    expect(data).toEqual({ epoch: "first", topics: { "server:1": 100, "channel:5": 20 } });
    after.client.close();
  });

  test("of another user is none, and neither is one that can't be read", async () => {
    const before = await loadedFake();
    void before.client.send(CHANNEL, "never sent").catch(() => {});
    const text = before.client.snapshot();
    before.client.close();
    const after = fakeClient({ snapshot: text });
    expect(after.client.outbox.length).toBe(1);
    const connected = after.client.connect();
    await turn();
    after.socket().ready({ user_id: BOB });
    await connected;
    expect({ contents: contents(after), outbox: after.client.outbox, sent: after.socket().sent }).toEqual({
      ...{ contents: [], outbox: [], sent: [] },
    });
    expect(fakeClient({ snapshot: "{" }).client.cache.servers.size).toBe(0);
    after.client.close();
  });
});
