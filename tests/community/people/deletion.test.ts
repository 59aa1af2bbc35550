// The end of an account, as far as servers and those who knew the person go.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { done, foundServer, inviteInto, refusal } from "../../harness/community.ts";
import { PASSWORD, type Present, startServer, type TestServer } from "../../harness/server.ts";
import { ask, eventsOf } from "./acquaintances.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const remove = ({ token }: Present) => server.call("DELETE", "/user", { password: PASSWORD }, token);

test("who owns a server can't go, until it is another's or gone", async () => {
  const [alice, bob] = await server.friends();
  const [kept, ended] = [await foundServer(alice), await foundServer(alice)];
  await inviteInto(kept, alice, bob);
  expect(await remove(alice)).toMatchObject({ status: 409, body: { success: false, code: "conflict" } });
  expect(await alice.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  await done(alice, "transfer_server", { server_id: kept, user_id: bob.id });
  expect(await remove(alice)).toMatchObject({ status: 409 });
  await done(alice, "delete_server", { server_id: ended });
  expect(await remove(alice)).toEqual({ status: 200, body: { success: true } });
});

test("those left in its servers are told, and what it wrote stays, under no name", async () => {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const channel_id = categories.flatMap(({ channels }: { channels: { id: number }[] }) => channels)[0].id;
  const { message } = await done(bob, "add_message", { channel_id, content: "I was here." });
  await done(alice, "get_server_members", { server_id, amount: 10, anchor: 0 });
  await alice.client.rest();
  await remove(bob);
  // She had loaded him with the list of members. Between two topics there is no order.
  const events = await eventsOf(alice.client);
  const [changed, ...others] = events.filter(({ topic }) => topic === `user:${bob.id}`);
  const of_server = events.filter(({ topic }) => topic !== `user:${bob.id}`);
  expect(others).toEqual([]);
  expect(changed).toMatchObject({ type: "user_changed", data: { id: bob.id, name: "deleted user" } });
  expect(of_server).toEqual([
    {
      ...{ type: "member_deleted", topic: `server:${server_id}`, seq: expect.any(Number) },
      data: { server_id, user_id: bob.id },
    },
  ]);
  const { members } = await done(alice, "get_server_members", { server_id, amount: 10, anchor: 0 });
  expect(members).toMatchObject([{ user_id: alice.id }]);
  expect((await done(alice, "get_server", { server_id })).server.num_members).toBe(1);
  const { messages } = await done(alice, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
  expect(messages).toMatchObject([{ id: message.id, author_id: bob.id, content: "I was here." }]);
  const { users } = await done(alice, "get_users", { user_ids: [bob.id] });
  expect(users).toEqual([{ id: bob.id, name: "deleted user", profile_pic: null }]);
});

test("its invites end with it, in servers that it had left as well; those of others don't", async () => {
  const [alice, bob, carol] = await Promise.all([server.join(), server.join(), server.join()]);
  const [first, second] = [await foundServer(alice), await foundServer(alice)];
  await inviteInto(first, alice, bob);
  await inviteInto(second, alice, bob);
  const codes: string[] = [];
  for (const server_id of [first, second]) codes.push((await done(bob, "add_invite", { server_id })).invite.code);
  await done(bob, "leave_server", { server_id: second });
  await remove(bob);
  for (const invite_code of codes) {
    expect(await refusal(carol, "join_server", { invite_code })).toMatchObject({ code: "not_found" });
  }
  for (const server_id of [first, second]) {
    const { invites } = await done(alice, "get_invites", { server_id });
    expect(invites).toMatchObject([{ creator_id: alice.id }]);
  }
});

test("friends, those asked and those who asked are told once each, in both dialects", async () => {
  const [alice, bob] = await server.friends();
  const [carol, dave, eve] = await Promise.all([server.join(), server.join(), server.join()]);
  await ask(alice, "add_friend", { user_id: carol.id });
  await ask(dave, "add_friend", { user_id: alice.id });
  await ask(eve, "update_friend", { user_id: alice.id, action: "block" });
  const peers = [bob, carol, dave, eve];
  await ask(bob, "get_user", { user_id: alice.id });
  await Promise.all(peers.map(({ client }) => client.rest()));
  await remove(alice);
  const deleted = {
    ...{ type: "friend_deleted", topic: "self", seq: expect.any(Number) },
    data: { user_id: alice.id, name: alice.name, state: "none" },
  };
  const off = { type: "friend-list-update", data: expect.objectContaining({ id: alice.id, type: "none" }) };
  const nameless = { id: alice.id, name: "deleted user", profile_pic: null, bio: null, custom_status: null };
  const changed = {
    ...{ type: "user_changed", topic: `user:${alice.id}`, seq: expect.any(Number) },
    data: { ...nameless, status: "offline", playing: null },
  };
  expect(await bob.client.rest()).toEqual([changed, deleted, off]);
  for (const { client } of [carol, dave, eve]) expect(await client.rest()).toEqual([deleted, off]);
  for (const peer of peers) {
    const { friends, seq } = await done(peer, "get_friends");
    expect(friends).toEqual([]);
    const told = peer.client.seen.findLast(({ type }) => type === "friend_deleted");
    expect(seq).toBe(told?.["seq"]);
  }
});
