// The members that a room knows: with each bot goes its owner as they are now, whatever was read when.

import { expect, test } from "bun:test";
import { Members } from "../../../src/actors/room/members/members.ts";
import type { Member } from "../../../src/domain/community.ts";
import { limits } from "../../../src/domain/limits.ts";

const [OWNER, BOT, OTHER] = [11, 21, 31];
const person = (user_id: number, role_ids: number[] = [], seq = 1): Member => {
  return { user_id, nickname: null, role_ids, joined_at: 0, joined_seq: 0, timed_out_until: null, bot: null, seq };
};
const bot: Member = { ...person(BOT), bot: { owner_id: OWNER, rules: null, owner: null } };

/** A room's members over these rows; reads can be held up. */
function membersOf(rows: Member[], held: () => Promise<void> = async () => {}) {
  let reads = 0;
  const found = (id: number) => rows.find(({ user_id }) => user_id === id) ?? null;
  const rooms = {
    async member(_: number, user_id: number) {
      reads += 1;
      const read = found(user_id);
      await held();
      return read;
    },
    async members({ user_ids }: { user_ids: number[] }) {
      reads += 1;
      return user_ids.flatMap((id) => found(id) ?? []);
    },
  };
  const members = new Members({ rooms } as never, 1, () => [BOT]);
  return { members, reads: () => reads };
}

test("a bot is found with its owner, and each is read once", async () => {
  const { members, reads } = membersOf([person(OWNER, [5]), bot]);
  expect((await members.find(BOT))?.bot?.owner?.role_ids).toEqual([5]);
  expect((await members.among([BOT, OWNER])).map(({ user_id }) => user_id)).toEqual([BOT, OWNER]);
  expect(reads()).toBe(2);
});

test("among many, bots come with their owners by one more read", async () => {
  const { members, reads } = membersOf([person(OWNER, [5]), bot, person(OTHER)]);
  const [found] = await members.among([BOT, OTHER]);
  expect(found?.bot?.owner?.role_ids).toEqual([5]);
  expect(reads()).toBe(2);
});

test("what becomes of the owner is known of the bot at once", async () => {
  const { members } = membersOf([person(OWNER, [5, 6]), bot]);
  const before = await members.find(BOT);
  members.put(OWNER, person(OWNER, [6], 2));
  expect(members.known(BOT)?.bot?.owner?.role_ids).toEqual([6]);
  expect(before?.bot?.owner?.role_ids).toEqual([5, 6]);
  members.takeRole(6);
  expect(members.known(BOT)?.bot?.owner?.role_ids).toEqual([]);
  members.put(BOT, { ...bot, bot: { owner_id: OWNER, rules: 1, owner: person(OWNER, [9]) } });
  expect(members.known(BOT)?.bot).toMatchObject({ rules: 1, owner: { role_ids: [] } });
  members.put(OWNER, null);
  expect(members.known(BOT)?.bot?.owner).toBeNull();
});

test("what was read before the owner changed is not what the bot gets", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { members } = membersOf([person(OWNER, [5]), bot], () => promise);
  const finding = members.find(BOT);
  members.put(OWNER, person(OWNER, [], 2));
  resolve();
  expect((await finding)?.bot?.owner?.role_ids).toEqual([]);
});

test("a bot whose owner isn't there may be nobody's, and is known as such", async () => {
  const { members } = membersOf([bot]);
  expect((await members.find(BOT))?.bot?.owner).toBeNull();
});

test("the owner of a bot that is held stays known, however many come", async () => {
  const many = Array.from({ length: limits.members_cached + 2 }, (_, at) => person(1_000 + at));
  const { members } = membersOf([person(OWNER, [5]), bot, ...many]);
  await members.find(BOT);
  for (const { user_id } of many) await members.find(user_id);
  expect(members.known(BOT)?.bot?.owner?.role_ids).toEqual([5]);
  members.put(OWNER, person(OWNER, [], 2));
  expect(members.known(BOT)?.bot?.owner?.role_ids).toEqual([]);
});
