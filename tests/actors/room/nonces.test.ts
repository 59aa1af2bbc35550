// A nonce is used by what was added, and by nothing that was refused.

import { beforeEach, expect, test } from "bun:test";
import { CHANNEL, type FakeRoom, fakeRoom, OWNER, settled } from "./fake-room.ts";

const WRITER = 21;
let room: FakeRoom;
let is_member: boolean;

beforeEach(() => {
  is_member = true;
  const member = {
    user_id: OWNER,
    nickname: null,
    role_ids: [],
    joined_at: 0,
    joined_seq: 0,
    timed_out_until: null,
    bot: null,
    seq: 1,
  };
  room = fakeRoom({ [WRITER]: OWNER }, { member: async () => (is_member ? member : null) });
});

/** What the writer is sent in answer to a message under the one nonce. */
async function write() {
  room.ask(WRITER, "add_message", { channel_id: CHANNEL, content: "hello", nonce: "n" });
  await settled();
  return answered();
}

async function answered() {
  await room.messages.drain();
  return room.frames.get(WRITER)?.splice(0);
}

test("a message refused because its author had just been removed is added once they are back", async () => {
  room.ask(WRITER, "add_message", { channel_id: CHANNEL, content: "hello", nonce: "n" });
  await settled();
  [room.messages.takes_none, is_member] = [true, false];
  expect(await answered()).toMatchObject([{ refusal: { code: "not_found" } }]);
  [room.messages.takes_none, is_member] = [false, true];
  expect(await write()).toMatchObject([{ reply: { message: { nonce: "n" } } }]);
  expect(room.messages.rows).toHaveLength(1);
});

test("a message refused for what no longer stands against it was not deleted, and can be sent again", async () => {
  room.messages.takes_none = true;
  expect(await write()).toMatchObject([{ refusal: { code: "unavailable" } }]);
  room.messages.takes_none = false;
  expect(await write()).toMatchObject([{ reply: { message: { nonce: "n" } } }]);
});

test("a message that the database failed to add is added when it is sent again", async () => {
  room.ask(WRITER, "add_message", { channel_id: CHANNEL, content: "hello", nonce: "n" });
  await settled();
  room.messages.lose();
  expect(await answered()).toMatchObject([{ refusal: { code: "unavailable" } }]);
  expect(await write()).toMatchObject([{ reply: { message: { nonce: "n" } } }]);
});

test("copies of one message that race are answered with the one that is added", async () => {
  for (const _ of ["first", "copy", "copy"]) {
    room.ask(WRITER, "add_message", { channel_id: CHANNEL, content: "hello", nonce: "n" });
  }
  await settled();
  const answers = await answered();
  expect(new Set(answers?.map(({ reply }) => reply?.message.id)).size).toBe(1);
  expect(answers).toHaveLength(3);
  expect(room.messages.rows).toHaveLength(1);
});
