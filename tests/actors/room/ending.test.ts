// The end of a server, and the telling of its members, which goes on after the answer.

import { expect, test } from "bun:test";
import { createCommit } from "../../../src/actors/commit/commit.ts";
import { asOwner, endServer } from "../../../src/actors/room/end.ts";
import { Room, type RoomDependencies } from "../../../src/actors/room/room.ts";
import { performOver } from "../../../src/db/engine/write.ts";
import { limits } from "../../../src/domain/limits.ts";
import { OWNER, storedServer } from "./fake-room.ts";

const COUNT = limits.announced_at_once + 1;

/** A server of more members than are told at once; `tell` is what the registry does with each hint. */
function crowdedRoom(tell: (told: number) => void) {
  const faults: unknown[] = [];
  const self = Array.from({ length: COUNT }, (_, index) => ({ user_id: index + 1, seq: 50, after: null }));
  let told = 0;
  const on = {
    actors: {
      tell() {
        told += 1;
        tell(told);
      },
    },
    ids: { next: () => 50, pass() {} },
    clock: () => 0,
    commit: createCommit(performOver(async () => [])),
    onFault(error: unknown) {
      faults.push(error);
      return { code: "internal" as const, message: "a bug" };
    },
    store: {
      rooms: {
        member: async () => ({
          user_id: OWNER,
          nickname: null,
          role_ids: [],
          joined_at: 0,
          joined_seq: 0,
          timed_out_until: null,
          seq: 1,
        }),
        memberIds: async () => self.map(({ user_id }) => user_id),
        remove: () => ({ job: [], stored: () => ({ self }), find: async () => null }),
      },
    },
  };
  return { room: new Room(on as unknown as RoomDependencies, storedServer), faults, told: () => told };
}

const end = (room: Room) =>
  new Promise<unknown>((resolve) => void endServer(room, () => asOwner(room, OWNER), resolve));

test("a room is not gone before all members of the ended server are told", async () => {
  const { room, told } = crowdedRoom(() => {});
  expect(await end(room)).toMatchObject({ ok: true });
  expect(told()).toBe(limits.announced_at_once);
  await room.abandon();
  expect(told()).toBe(COUNT);
});

test("a fault in telling them is known of", async () => {
  const { room, faults } = crowdedRoom((told) => {
    if (told === COUNT) throw new Error("the last one");
  });
  expect(await end(room)).toMatchObject({ ok: true });
  await room.abandon();
  expect(faults).toMatchObject([{ message: "the last one" }]);
});
