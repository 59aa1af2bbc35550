// Where things are, and for whom: what is there and not theirs takes the same reads as what isn't there.

import { expect, test } from "bun:test";
import type { Requester } from "../../../src/actors/session/calls.ts";
import { createRoomDirectory } from "../../../src/actors/session/room-directory.ts";
import type { Store } from "../../../src/db/store.ts";
import type { RoomKey } from "../../../src/protocol/message.ts";

const [THEIRS, FOREIGN, NONE, TALK] = [7, 8, 9, 10];
const keys = ["server_id", "channel_id", "category_id", "role_id", "message_id"] as const;

/** Two servers, whose things have their number; the asker is in one of them. Notes what is read. */
function aStore() {
  const reads: string[] = [];
  const reading =
    <Args extends unknown[], Value>(name: string, answer: (...args: Args) => Value) =>
    async (...args: Args) => {
      reads.push(name);
      return answer(...args);
    };
  const serverOf = (id: number) => ([THEIRS, FOREIGN].includes(id) ? id : null);
  const store = {
    rooms: {
      serverOf: reading("serverOf", (_kind: string, id: number) => serverOf(id)),
      member: reading("member", (server_id: number) => (server_id === THEIRS ? {} : null)),
      serversOf: reading("serversOf", (_kind: string, ids: readonly number[]) =>
        ids.flatMap((id) => serverOf(id) ?? []).map((id) => ({ id, server_id: id })),
      ),
      listOf: reading("listOf", () => [{ id: THEIRS }]),
    },
    messages: {
      placeOf: reading("placeOf", (id: number) => (serverOf(id) ? { server_id: id, channel_id: 1 } : null)),
      byId: reading("byId", () => null),
    },
    webhooks: { find: reading("find", (id: number) => (serverOf(id) ? { server_id: id } : null)) },
    conversations: {
      ofChannel: reading("ofChannel", () => null),
      member: reading("memberOfConversation", (id: number) => (id === TALK ? {} : null)),
      ofChannels: reading("ofChannels", () => []),
    },
  };
  const directory = createRoomDirectory(
    store as unknown as Pick<Store, "rooms" | "messages" | "invites" | "conversations" | "webhooks">,
  );
  return { directory, taken: () => reads.splice(0) };
}

const from: Requester = { id: 1, session: 2, address: "" };

test.each(keys)("%s: of another's server the same is read as of none, the first time and again", async (key) => {
  const { directory, taken } = aStore();
  const found = async (key: RoomKey, id: number) => [await directory.find(key, id, from), taken()] as const;
  const [, of_none] = await found(key, NONE);
  expect(of_none).not.toBeEmpty();
  for (let again = 0; again < 3; again += 1) {
    expect(await found(key, NONE)).toEqual([null, of_none]);
    expect(await found(key, FOREIGN)).toEqual([null, of_none]);
  }
});

test.each(keys)("%s: of one's own server it is found at once, after the first time", async (key) => {
  const { directory, taken } = aStore();
  expect(await directory.find(key, THEIRS, from)).toBe(THEIRS);
  taken();
  expect(directory.find(key, THEIRS, from)).toBe(THEIRS);
  expect(taken()).toEqual([]);
  // Another session has to be a member's, too.
  expect(directory.find(key, THEIRS, { ...from, session: 3 })).toBeInstanceOf(Promise);
});

test.each(keys)("%s: what the room hides takes the reads of what isn't there, with its own", async (key) => {
  const { directory, taken } = aStore();
  await directory.find(key, NONE, from);
  const of_none = taken();
  await directory.lookInVain(key, THEIRS, from);
  // A message is looked for by the room as well.
  expect([...taken(), ...(key === "message_id" ? ["byId"] : [])]).toEqual(of_none);
});

test("many at once: only what is theirs is found, by the same reads", async () => {
  const { directory, taken } = aStore();
  const channels = [THEIRS, FOREIGN, NONE];
  const found = await directory.findAll({ servers: channels, channels }, from);
  expect([[...found.servers], [...found.channels]]).toEqual([[THEIRS], [[THEIRS, THEIRS]]]);
  const read = taken();
  for (const channels of [[NONE], [FOREIGN], [THEIRS, FOREIGN]]) {
    await directory.findAll({ servers: [], channels }, from);
    expect(taken()).toEqual(read);
  }
});

test("many at once: what is theirs takes one read, after the first time", async () => {
  const { directory, taken } = aStore();
  const asked = { servers: [THEIRS], channels: [THEIRS] };
  await directory.findAll(asked, from);
  taken();
  const { channels } = await directory.findAll(asked, { ...from, session: 3 });
  expect([...channels]).toEqual([[THEIRS, THEIRS]]);
  expect(taken()).toEqual(["listOf"]);
});

test("a conversation is found by its own id, and no server is", async () => {
  const { directory, taken } = aStore();
  const found = async (id: number) => [await directory.find("conversation_id", id, from), taken()] as const;
  const [, reads] = await found(NONE);
  expect(await found(THEIRS)).toEqual([null, reads]);
  expect(await found(TALK)).toEqual([TALK, reads]);
  expect(directory.find("conversation_id", TALK, from)).toBe(TALK);
});
