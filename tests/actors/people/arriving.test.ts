// A session comes to the registry with its user's friend list as it was read: it follows those friends, unless the list
// may lack what was told since.

import { beforeEach, expect, test } from "bun:test";
import type { Actor } from "../../../src/actors/kernel/actor.ts";
import type { PresenceCalls, RelatedPerson } from "../../../src/actors/people/calls.ts";
import { type PresenceServices, presenceKind } from "../../../src/actors/people/presence.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Person } from "../../../src/domain/presence.ts";

const alice: Person = { id: 1_000, name: "alice", status: "online", last_online: 5_000 };
const bob: RelatedPerson = {
  peer: { id: 2_000, name: "bob", status: "online", last_online: 6_000 },
  relation: "friend",
};
const eve: RelatedPerson = { peer: { id: 3_000, name: "eve", status: "online", last_online: 0 }, relation: "incoming" };
/** How far alice's own topic was stored when she and her list were read. */
const READ = 50;

type Opened = { friends: { id: number; type: string }[] | null; revision: number };

let subscribed: string[];
let registry: Actor<PresenceCalls>["receive"];

beforeEach(async () => {
  subscribed = [];
  const services = {
    gateway: {
      subscribe: (session: number, topic: string) => void subscribed.push(`${session} ${topic}`),
      publish: () => {},
    },
    ids: { next: () => 1 },
    ...{ grace_ms: 1_000, bounds: limits, onCount: () => {}, clock: () => 10_000 },
    store: { users: { setLastOnline: () => null }, writer: { perform: async () => null } },
  };
  const actor = await presenceKind(services as unknown as PresenceServices).start?.("");
  registry = (actor as Actor<PresenceCalls>).receive;
});

function open(session: number, relations?: RelatedPerson[]): Opened {
  let opened: Opened | null = null;
  void registry.admit({ user_id: alice.id, session }, () => {});
  void registry.open(
    { user: alice, seq: 0, self_seq: READ, owner_id: null, session, ...(relations && { relations }) },
    (outcome) => {
      if (outcome.ok) opened = outcome.value;
    },
  );
  if (!opened) throw new Error("it was not opened");
  return opened;
}

/** Something of alice's own topic was stored after all that was there before, and is told. */
function tell(seq: number, after = READ): void {
  void registry.read_state_changed(
    { user_id: alice.id, seq, after, channel_id: 1, last_read_id: 1, but_not: null },
    () => {},
  );
}

test("what was read with her is described, and her friends are followed", () => {
  expect(open(10, [bob, eve]).friends).toMatchObject([
    { id: 2_000, type: "friend" },
    { id: 3_000, type: "incoming" },
  ]);
  expect(subscribed).toEqual(["10 self:1000", "10 friends:2000"]);
});

test("the list of somebody who wasn't here isn't used where more was stored since it was read", () => {
  tell(READ + 1);
  expect(open(10, [bob]).friends).toBeNull();
  expect(subscribed).toEqual(["10 self:1000"]);
});

test("nor is that of somebody whose other session was told more", () => {
  expect(open(10, [bob]).friends).not.toBeNull();
  tell(READ + 1);
  expect(open(11, [bob]).friends).toBeNull();
  expect(subscribed.slice(2)).toEqual(["11 self:1000"]);
});

test("where no list comes, as from a node of an earlier version, none is made up", () => {
  expect(open(10).friends).toBeNull();
  expect(subscribed).toEqual(["10 self:1000"]);
});

test("what was stored before it was read changes nothing", () => {
  tell(READ, READ - 1);
  expect(open(10, [bob]).friends).toHaveLength(1);
});

test("who has as many sessions as may be is let in no more, and asks once more for the last whose answer was lost", () => {
  const sessions = Array.from({ length: limits.sessions_per_user }, (_, at) => 10 + at);
  for (const session of sessions) open(session, [bob]);
  for (const session of sessions) expect(open(session, [bob]).friends).toHaveLength(1);
  expect(() => open(9, [bob])).toThrow("it was not opened");
});
