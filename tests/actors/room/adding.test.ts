// Messages of mere text are handed to the writer in the turn in which the room takes them: of nothing that is in memory
// a promise is made. What has something to look up holds up those behind it, and no more.

import { beforeEach, expect, test } from "bun:test";
import { CHANNEL, type FakeRoom, fakeRoom, OWNER, settled } from "./fake-room.ts";

const [WRITER, STRANGER] = [21, 22];
let room: FakeRoom;

const add = (content: string, session = WRITER) => room.ask(session, "add_message", { channel_id: CHANNEL, content });

beforeEach(async () => {
  const standing = { nickname: null, role_ids: [], timed_out_until: null, bot: null };
  const member = (user_id: number) => ({ ...standing, user_id, joined_at: 0, joined_seq: 0, seq: 1 });
  room = fakeRoom({ [WRITER]: OWNER, [STRANGER]: 7 }, { member: async (_, user_id) => member(user_id) });
  // The room and its member are in memory from then on.
  add("first");
  await settled();
  await room.messages.drain();
});

test("in one turn, however many", async () => {
  for (const content of ["one", "two", "three"]) add(content);
  expect(room.messages.writes).toHaveLength(0);
  await null;
  expect(room.messages.writes).toHaveLength(3);
});

test("in the order in which they were asked for, behind one whose author is looked up", async () => {
  add("of somebody whom memory doesn't know", STRANGER);
  add("behind it");
  await null;
  expect(room.messages.writes).toHaveLength(0);
  await settled();
  expect(room.messages.writes).toHaveLength(2);
  await room.messages.drain();
  const texts = room.messages.rows.map(({ content }) => content);
  expect(texts).toEqual(["first", "of somebody whom memory doesn't know", "behind it"]);
});
