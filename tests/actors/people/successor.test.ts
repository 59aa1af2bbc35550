// A registry that goes on where another one ended: what was stored and told to nobody, or to some, it finds out and tells.

import { beforeEach, expect, test } from "bun:test";
import { type Frame, textOf } from "../../../src/actors/delivery/late-frame.ts";
import type { Actor, Reply } from "../../../src/actors/kernel/actor.ts";
import type { PresenceCalls, RelatedPerson, Standing } from "../../../src/actors/people/calls.ts";
import { type PresenceServices, presenceKind } from "../../../src/actors/people/presence.ts";
import type { ChangedHiding, Departure, Hiding } from "../../../src/db/queries/many-people.ts";
import type { StoredProfile } from "../../../src/db/queries/profiles.ts";
import { firstIdAt, idsWithin } from "../../../src/domain/ids.ts";
import { limits } from "../../../src/domain/limits.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const [ALICE, BOB, CAROL] = [1_000, 2_000, 3_000];
/** Alice's, Bob's, and one of Bob's that is opening. */
const [HERS, HIS, NEW] = [10, 20, 21];
const RECENT = firstIdAt(NOW_MS - 1_000);
const LAST_ONLINE = Date.UTC(2025, 6, 1);

type Receive = Actor<PresenceCalls>["receive"];

let registry: Receive;
let actor: Actor<PresenceCalls>;
/** What is subscribed to what: `session topic`. */
let subscribed: Set<string>;
let sent: Record<string, unknown>[];
let closed: number[];
let stored: {
  reached: [number, number][];
  hiding: Hiding[];
  profiles: StoredProfile[];
  hiding_lately: ChangedHiding[];
  left: Departure[];
  is_away: boolean;
};
/** Of how much of `seq` what changed last was read, each time. */
let asked_within: number[];
let read_profile: StoredProfile | null;
/** What was asked of rooms. */
let asked: string[];
/** Of whom it was looked up whom they may still watch. */
let looked_up: number[];

beforeEach(async () => {
  [sent, closed, asked_within, read_profile, looked_up] = [[], [], [], null, []];
  subscribed = new Set();
  asked = [];
  stored = { reached: [], hiding: [], profiles: [], hiding_lately: [], left: [], is_away: false };
  const to = (topic: string) =>
    [...subscribed].filter((one) => one.endsWith(` ${topic}`)).map((one) => Number.parseInt(one, 10));
  const whileThere = async <Value>(value: Value) => {
    if (stored.is_away) throw new Error("the database is away");
    return value;
  };
  const services = {
    gateway: {
      subscribe: (session: number, topic: string) => void subscribed.add(`${session} ${topic}`),
      unsubscribe: (session: number, topic: string) => void subscribed.delete(`${session} ${topic}`),
      isSubscribed: (session: number, topic: string) => subscribed.has(`${session} ${topic}`),
      subscribers: to,
      people: () => [],
      subscriptions: () => 0,
      send: (session: number, frame: string) => void sent.push({ session, ...JSON.parse(frame) }),
      publish(topic: string, frame: Frame) {
        for (const session of to(topic)) sent.push({ session, ...JSON.parse(textOf(frame)) });
      },
      close: (session: number) => void closed.push(session),
    },
    ids: { next: () => firstIdAt(NOW_MS) + sent.length },
    ...{ grace_ms: 60_000, bounds: limits, onCount: () => {}, onStanding: null, clock: () => NOW_MS },
    actors: {
      requestIfThere: async (address: string, call: string) => void asked.push(`${address} ${call}`),
      tellHere: (_: string, call: keyof Receive, request: never) => void registry[call](request, (() => {}) as never),
    },
    slices: { run: (work: () => void) => work() },
    store: {
      users: {
        setLastOnline: () => null,
        storedProfile: async () => read_profile,
        selfSince: () => new Promise(() => {}),
        sightBetween(user_id: number) {
          looked_up.push(user_id);
          return new Promise(() => {});
        },
      },
      manyPeople: {
        reached: () => whileThere(new Map(stored.reached)),
        ownersOf: () => whileThere(new Map()),
        hidingFrom: () => whileThere(stored.hiding),
        profilesLately: (within: number) => {
          asked_within.push(within);
          return whileThere(stored.profiles);
        },
        hidingLately: () => whileThere(stored.hiding_lately),
        leftLately: () => whileThere(stored.left),
      },
      writer: { perform: async () => null },
    },
  };
  actor = (await presenceKind(services as unknown as PresenceServices).start?.("")) as Actor<PresenceCalls>;
  registry = actor.receive;
});

const person = (id: number) => ({ id, name: `user ${id}`, status: "online" as const, last_online: LAST_ONLINE });
const standing = (id: number): Standing => ({ person: person(id), game: null, is_here: true, version: 1 });
const heard = (session: number, user_id: number) => ({ session, user_id, told: 5, is_active: true });
const profileOf = (id: number, changes: Partial<StoredProfile> = {}): StoredProfile => ({
  ...{ ...person(id), profile_pic: null, bio: null, custom_status: null, created_at: 0, seq: RECENT },
  ...{ bot: false, deleted: false, ...changes },
});
const nobody: Reply<never> = () => {};

async function inherit(known: Partial<PresenceCalls["inherit"]["request"]> = {}): Promise<void> {
  const both = { standings: [standing(ALICE), standing(BOB)], sessions: [heard(HERS, ALICE), heard(HIS, BOB)] };
  await registry.inherit({ ...both, opening: [], ...known }, nobody as never);
}

const ask = <Name extends "open" | "admit" | "look">(call: Name, request: PresenceCalls[Name]["request"]) =>
  new Promise<Record<string, unknown>>((resolve) => {
    void registry[call](
      request as never,
      ((outcome: { ok: boolean; value: object; error: object }) =>
        resolve(outcome.ok ? { ...outcome.value } : { ...outcome.error })) as never,
    );
  });

const open = (session: number, self_seq: number, relations: RelatedPerson[] = []) =>
  ask("open", { user: person(BOB), seq: 0, self_seq, owner_id: null, session, relations });

/** What was told of how somebody looks to this session. */
const looks = (session: number, id: number) =>
  sent.flatMap((frame) =>
    frame["session"] === session && frame["topic"] === `user:${id}` ? (frame["data"] as { status?: string }) : [],
  );

test.each([
  ["blocks somebody and is here", true, true],
  ["blocks somebody and has no session any more", false, true],
  ["unblocks somebody and is here", true, false],
  ["unblocks somebody and has no session any more", false, false],
])("who %s when the owner dies looks to them as they should", async (_, has_session, hides) => {
  subscribed.add(`${HIS} user:${ALICE}`);
  stored.hiding_lately = [{ one: ALICE, from: BOB, hides }];
  if (hides) stored.hiding = [{ one: ALICE, from: BOB }];
  await inherit({ sessions: [heard(HIS, BOB), ...(has_session ? [heard(HERS, ALICE)] : [])] });
  expect(looks(HIS, ALICE)).toEqual([{ id: ALICE, status: hides ? "offline" : "online", playing: null } as never]);
});

test.each([true, false])(
  "what was read before somebody blocked another (or no more) isn't believed: %p",
  async (hides) => {
    stored.hiding_lately = [{ one: ALICE, from: BOB, hides }];
    if (hides) stored.hiding = [{ one: ALICE, from: BOB }];
    await inherit();
    const viewer = { user_id: BOB, blockers: hides ? [] : [ALICE], owner_blockers: [] };
    const seen = hides ? [] : [{ user_id: ALICE }];
    expect(await ask("look", { user_ids: [ALICE], viewer, watch_with: HIS })).toMatchObject({ seen });
    expect(await ask("look", { user_ids: [ALICE], viewer, watch_with: null })).toMatchObject({ seen });
    // It isn't remembered either.
    subscribed.add(`${HIS} user:${ALICE}`);
    void registry.play({ user_id: ALICE, session: HERS, app: "chess" }, nobody as never);
    expect(looks(HIS, ALICE)).toMatchObject(hides ? [] : [{ playing: "chess" }]);
  },
);

test("who has parted from somebody a moment ago is looked up by whoever had read of both before", async () => {
  stored.reached = [[BOB, RECENT]];
  await inherit();
  subscribed.add(`${HERS} user:${BOB}`);
  expect(looked_up).toEqual([]);
  await ask("look", { user_ids: [BOB], viewer: null, watch_with: HERS });
  expect(looked_up).toEqual([BOB]);
});

test("what changed within half a minute of the last change is looked for", async () => {
  await inherit();
  expect(asked_within).toEqual([idsWithin(limits.people_lately_ms)]);
  expect(sent).toEqual([]);
});

test("friends hear the new name of who isn't here, and when they were last online", async () => {
  subscribed.add(`${HERS} friends:${CAROL}`);
  stored.profiles = [profileOf(CAROL, { name: "carola" })];
  await inherit();
  const [told] = sent;
  expect(sent).toHaveLength(1);
  expect(told).toMatchObject({
    ...{ session: HERS, type: "friend-list-update" },
    data: { id: CAROL, name: "carola", status: 0, lastOnline: new Date(LAST_ONLINE).toISOString() },
  });
});

test("of who has just been deleted is told what is left, and nothing more", async () => {
  subscribed.add(`${HERS} user:${CAROL}`);
  stored.profiles = [profileOf(CAROL, { name: "deleted user", deleted: true })];
  await inherit();
  expect(looks(HERS, CAROL)).toMatchObject([{ name: "deleted user", status: "offline" }]);
  expect(subscribed.has(`${HERS} user:${CAROL}`)).toBe(false);
});

test("who went a moment ago is shown with the time that was told, even by what was read before", async () => {
  const gone = { ...standing(CAROL), is_here: false };
  await inherit({ standings: [standing(ALICE), standing(BOB), gone] });
  await ask("admit", { user_id: BOB, session: NEW });
  const read = { peer: { ...person(CAROL), last_online: 0 }, relation: "friend" as const };
  expect(await open(NEW, 5, [read])).toMatchObject({
    friends: [{ id: CAROL, lastOnline: new Date(LAST_ONLINE).toISOString() }],
  });
});

const carol: RelatedPerson = { peer: person(CAROL), relation: "friend" };

test("the friend list of a session that was opening isn't used where more was stored since it was read", async () => {
  stored.reached = [[BOB, 8]];
  const opening = [{ session: NEW, user_id: BOB }];
  await inherit({ standings: [standing(ALICE)], sessions: [heard(HERS, ALICE)], opening });
  expect(await open(NEW, 7, [carol])).toMatchObject({ friends: null });
  expect(subscribed.has(`${NEW} friends:${CAROL}`)).toBe(false);
});

test("it is used where nothing was", async () => {
  stored.reached = [[BOB, 8]];
  const opening = [{ session: NEW, user_id: BOB }];
  await inherit({ standings: [standing(ALICE)], sessions: [heard(HERS, ALICE)], opening });
  expect(await open(NEW, 8, [carol])).toMatchObject({ friends: [{ id: CAROL }] });
  expect(subscribed.has(`${NEW} friends:${CAROL}`)).toBe(true);
});

test("a session that was opening and that no node has listed comes again, one that was let in since doesn't", async () => {
  await inherit({ standings: [standing(ALICE)], sessions: [heard(HERS, ALICE)] });
  expect(await open(NEW, 7)).toMatchObject({ code: "unavailable" });
  await ask("admit", { user_id: BOB, session: NEW });
  expect(await open(NEW, 7)).toMatchObject({ friends: [] });
  // Asked once more, as its answer was lost.
  expect(await open(NEW, 7)).toMatchObject({ friends: [] });
});

test("a registry that has ended looks for nothing any more", async () => {
  stored.is_away = true;
  const inherited = inherit();
  await new Promise<void>((resolve) => setImmediate(resolve));
  await actor.stop?.();
  stored.is_away = false;
  await inherited;
  expect(asked_within).toHaveLength(1);
  expect(await ask("look", { user_ids: [ALICE], viewer: null, watch_with: null })).toMatchObject({ seen: [] });
});

test("a profile of which nobody said whether it was stored is told with when its user was last online", async () => {
  subscribed.add(`${HERS} friends:${CAROL}`);
  await inherit();
  const { seq } = await new Promise<{ seq: number }>((resolve) => {
    void registry.change_profile({ user_id: CAROL }, (outcome) => outcome.ok && resolve(outcome.value));
  });
  read_profile = profileOf(CAROL, { name: "carola", seq });
  void registry.profile_unsure({ user_id: CAROL, seq }, nobody as never);
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(sent).toMatchObject([{ data: { name: "carola", lastOnline: new Date(LAST_ONLINE).toISOString() } }]);
  await actor.stop?.();
});

test("rooms hear once of each account that has ended, when people are taken over and when it is looked for", async () => {
  const look = async () => {
    void registry.hint_at_departures(null, nobody as never);
    await new Promise(setImmediate);
    return asked.splice(0).toSorted();
  };
  stored.left = [7, 8].map((id) => ({ user_id: BOB, id }));
  await inherit();
  await new Promise(setImmediate);
  expect(await look()).toEqual(["room:7 departed", "room:8 departed"]);
  stored.left = [...stored.left, { user_id: CAROL, id: 8 }, { user_id: CAROL, id: 9 }];
  stored.is_away = true;
  expect(await look()).toEqual([]);
  stored.is_away = false;
  expect(await look()).toEqual(["room:8 departed", "room:9 departed"]);
  expect(await look()).toEqual([]);
});
