// A server whose owner is gone and that nobody in it can take over: it is read as ever, nothing in it changes, and who
// may not know of a thing in it learns no more of that than before.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Message } from "../../src/protocol/catalogue.ts";
import { messages } from "../../src/protocol/catalogue.ts";
import { botOf } from "../bots/programs.ts";
import { done, foundServer, inviteInto, refusal } from "../harness/community.ts";
import { writeRows } from "../harness/database.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { post } from "./messages/place.ts";
import { type SampleIds, sampleRequest } from "./request-samples.ts";

type RoomType = Extract<Message, { room: readonly string[] }>["type"];

/** What may be done in one. A type that is new stands here, or is refused. */
const as_ever: readonly RoomType[] = [
  ...(["get_server", "get_server_channels", "get_server_channel", "get_server_roles", "get_server_members"] as const),
  ...([
    "get_bans",
    "get_invites",
    "get_audit_log",
    "get_reports",
    "get_message_chunk",
    "get_message",
    "search_messages",
    "get_pins",
    "get_webhooks",
  ] as const),
  ...(["mark_read", "leave_server"] as const),
];
/** Those that only the owner may, who is gone. */
const of_the_owner: readonly RoomType[] = ["transfer_server", "delete_server"];
/** Those that only a conversation has, which none is. */
const of_conversations = messages.flatMap((message) =>
  "room" in message && message.room.every((key: string) => key === "conversation_id") ? message.type : [],
);

let server: TestServer;
let bob: Present;
let ids: SampleIds;
beforeAll(async () => {
  server = await startServer();
  const alice = await server.join();
  bob = await server.join();
  const carol = await server.join();
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob, carol);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const { role } = await done(alice, "add_role", { server_id, name: "all", rules: ["admin"], position: 5 });
  await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id] } });
  const { role: low } = await done(alice, "add_role", { server_id, name: "low", position: 1 });
  const channel_id = categories[0].channels[0].id;
  const message = await post(bob, channel_id, "before");
  const { invite } = await done(bob, "add_invite", { server_id });
  const eve = await server.join();
  await inviteInto(server_id, alice, eve);
  await done(bob, "ban_member", { server_id, user_id: eve.id });
  await done(bob, "add_reaction", { message_id: message["id"], emoji: "🍎" });
  const pinned = await post(bob, channel_id, "before, and pinned");
  await done(bob, "pin_message", { message_id: pinned["id"] });
  changing.unpin_message = { message_id: pinned["id"] };
  const { webhook } = await done(bob, "add_webhook", { channel_id, name: "hook" });
  changing.move_channels = { channels: [{ id: channel_id, category_id: null, position: 0 }] };
  changing.delete_messages = { message_ids: [message["id"]] };
  for (const type of ["update_webhook", "delete_webhook"] as const) changing[type] = { webhook_id: webhook.id };
  changing.add_bot = { bot_id: (await botOf(server, bob)).id };
  changing.unban_member = { user_id: eve.id };
  writeRows(server.folder, "update servers set locked_at = 1, owner_id = ? where id = ?", [[1, server_id]]);
  server = await server.restart();
  bob = { ...bob, client: await server.connect(bob) };
  ids = {
    ...{ server_id, channel_id, category_id: categories[0].id, role_id: low.id, message_id: message["id"] },
    ...{ user_id: carol.id, invite_code: invite.code, code: invite.code, emoji: "🍎", content: "after" },
    ...{ name: "changed", rules: [], overwrites: [], reason: "none", amount: 10, anchor: 0, query: "before" },
    ...{ attachments: [], roles: [], image: null, color: "#00aa00", changes: { name: "changed" }, position: 3 },
  };
});
afterAll(() => server.stop());

const of_rooms = messages.filter((message) => "room" in message);

const asked = (type: RoomType, more: SampleIds = {}) => {
  const literal = of_rooms.find((message) => message.type === type) as (typeof of_rooms)[number];
  const request = sampleRequest(literal, { ...ids, ...more }, false);
  return { ...ids, ...request };
};

/** What makes a change of each kind of request whose sample would make none. */
const changing: Partial<Record<RoomType, SampleIds>> = {
  add_reaction: { emoji: "🍐" },
  update_server: { changes: { name: "Changed" } },
  update_role: { changes: { color: "#123456" } },
  update_member: { changes: { nickname: "changed" } },
};

describe("in a locked server", () => {
  const others = of_rooms.map(({ type }) => type).filter((type) => !of_conversations.includes(type));
  test.each(others.filter((type) => !as_ever.includes(type)))("%s", async (type) => {
    const expected = of_the_owner.includes(type) ? "forbidden" : "locked";
    if (type === "join_server") {
      const dave = await server.join();
      expect(await refusal(dave, type, { invite_code: ids["invite_code"] })).toMatchObject({ code: "locked" });
      return;
    }
    expect(await refusal(bob, type, asked(type, changing[type]))).toMatchObject({ type: "error", code: expected });
  });

  test("it says that it is locked, and is read as ever", async () => {
    const { server_id, channel_id, message_id } = ids as Record<string, number>;
    expect((await done(bob, "get_server", { server_id })).server).toMatchObject({ locked: true });
    const { messages: page } = await done(bob, "get_message_chunk", {
      channel_id,
      amount: 10,
      anchor: 0,
      direction: true,
    });
    expect(page).toMatchObject([{ id: message_id, content: "before" }, { pinned: true }]);
    await done(bob, "mark_read", { channel_id, message_id });
    const mallory = await server.join();
    for (const type of ["add_message", "update_channel", "typing"] as const) {
      expect(await refusal(mallory, type, asked(type))).toMatchObject({ code: "not_found" });
    }
  });

  test("a member may leave it", async () => {
    await done(bob, "leave_server", { server_id: ids["server_id"] });
    expect((await done(bob, "get_servers")).servers).toEqual([]);
  });
});
