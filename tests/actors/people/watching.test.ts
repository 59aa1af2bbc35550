// Who hears of whom, step by step: look-ups that end late must neither leave a stranger watching nor take from anybody
// what they have loaded since.

import { beforeEach, describe, expect, test } from "bun:test";
import type { Gateway, PersonTopic } from "../../../src/actors/delivery/gateway.ts";
import { Watching } from "../../../src/actors/people/watching.ts";
import type { Sight } from "../../../src/db/queries/profiles.ts";
import { limits } from "../../../src/domain/limits.ts";
import { SmallSet } from "../../../src/domain/small.ts";
import { PersonTopics } from "../../../src/routes/person-topics.ts";

interface LookUp {
  user_id: number;
  ids: readonly number[];
  /** Ends it: whom the user may watch, and who may watch them, the same where it isn't said; null when it fails. */
  end(sees: number[] | null, seen_by?: number[]): Promise<void>;
}

const [alice, bob, carol] = [1, 2, 3];
/** Each user's one session has ten times their id. */
const sessionOf = (user_id: number) => user_id * 10;

let watching: Watching;
let topics: PersonTopics;
let look_ups: LookUp[];
let now_ms: number;

beforeEach(() => {
  topics = new PersonTopics();
  look_ups = [];
  now_ms = 0;
  const gateway = fakeGateway();
  watching = new Watching({
    gateway,
    sightBetween: (user_id, ids) => {
      const { promise, resolve, reject } = Promise.withResolvers<Sight>();
      const end: LookUp["end"] = async (sees, seen_by = sees ?? undefined) => {
        if (sees && seen_by) resolve({ sees, seen_by });
        else reject(new Error("no database"));
        await new Promise(setImmediate);
      };
      look_ups.push({ user_id, ids, end });
      return promise;
    },
    onChecked: (sight) => watching.checked(sight),
    sessionsOf: (user_id) => [sessionOf(user_id)],
    topics_per_session: limits.topics_per_session,
    clock: () => now_ms,
  });
  for (const user_id of [alice, bob, carol]) watching.enter(sessionOf(user_id), user_id);
});

/** As the real one keeps them, without sockets. */
function fakeGateway(): Gateway {
  const people = new Map([alice, bob, carol].map((user_id) => [sessionOf(user_id), new SmallSet()]));
  const of = (session: number) => ({ session, people: people.get(session) ?? new SmallSet() });
  return {
    subscribe: (session: number, topic: PersonTopic) => topics.add(of(session), topic),
    unsubscribe: (session: number, topic: PersonTopic) => topics.delete(of(session), topic),
    isSubscribed: (session: number, topic: PersonTopic) => topics.has(session, topic),
    subscriptions: (session: number) => of(session).people.size,
    subscribers: (topic: PersonTopic) => topics.subscribers(topic),
    people: (session: number) => of(session).people,
  } as unknown as Gateway;
}

const watches = (user_id: number, watched: number) => topics.has(sessionOf(user_id), `user:${watched}`);
const lookUp = (number: number) => look_ups[number] as LookUp;

describe("people who part", () => {
  test("stop watching each other, and those they still know watch on", async () => {
    watching.watch(sessionOf(alice), [bob]);
    watching.watch(sessionOf(bob), [alice, carol]);
    watching.separated({ user_id: bob, from: null });
    expect(lookUp(0).ids.toSorted()).toEqual([alice, carol]);
    await lookUp(0).end([carol]);
    expect([watches(alice, bob), watches(bob, alice), watches(bob, carol)]).toEqual([false, false, true]);
  });

  test("from one person alone are looked up with that one alone", () => {
    watching.watch(sessionOf(bob), [alice, carol]);
    watching.separated({ user_id: bob, from: carol });
    expect(look_ups).toMatchObject([{ user_id: bob, ids: [carol] }]);
  });

  test("whom nobody watches cost no look-up", () => {
    watching.watch(sessionOf(alice), [alice]);
    watching.separated({ user_id: alice, from: null });
    watching.separated({ user_id: bob, from: null });
    expect(look_ups).toEqual([]);
  });

  test("are looked up one after another, and the same ones once", async () => {
    watching.watch(sessionOf(alice), [bob, carol]);
    watching.separated({ user_id: bob, from: null });
    for (let again = 0; again < 3; again += 1) watching.separated({ user_id: carol, from: null });
    expect(look_ups).toHaveLength(1);
    await lookUp(0).end([]);
    expect(look_ups).toMatchObject([{ user_id: bob }, { user_id: carol }]);
    await lookUp(1).end([alice]);
    expect([watches(alice, bob), watches(alice, carol)]).toEqual([false, true]);
    expect(look_ups).toHaveLength(2);
  });
});

describe("a look-up", () => {
  test("takes nothing that was loaded since it began", async () => {
    watching.watch(sessionOf(alice), [bob]);
    watching.separated({ user_id: bob, from: null });
    watching.watch(sessionOf(alice), [bob]);
    await lookUp(0).end([]);
    expect(watches(alice, bob)).toBe(true);
    // It was loaded so soon after that it may have been read before.
    expect(look_ups).toMatchObject([{ user_id: bob }, { user_id: bob, ids: [alice] }]);
    await lookUp(1).end([]);
    expect(watches(alice, bob)).toBe(false);
  });

  test("is made for what is loaded soon after the watched, or the watching, parted", async () => {
    watching.separated({ user_id: bob, from: null });
    watching.watch(sessionOf(alice), [bob, carol]);
    expect(look_ups).toMatchObject([{ user_id: bob, ids: [alice] }]);
    await lookUp(0).end([]);
    expect([watches(alice, bob), watches(alice, carol)]).toEqual([false, true]);
    watching.watch(sessionOf(bob), [carol]);
    expect(look_ups).toMatchObject([{}, { user_id: bob, ids: [carol] }]);
    await lookUp(1).end([]);
    expect(watches(bob, carol)).toBe(false);
  });

  test("isn't made any more once every request of then has ended", () => {
    watching.separated({ user_id: bob, from: null });
    now_ms += limits.request_deadline_ms + 1;
    watching.watch(sessionOf(alice), [bob]);
    expect(look_ups).toEqual([]);
  });

  test("that fails is made again", async () => {
    watching.watch(sessionOf(alice), [bob]);
    watching.separated({ user_id: bob, from: null });
    await lookUp(0).end(null);
    expect(watches(alice, bob)).toBe(true);
    watching.separated({ user_id: carol, from: null });
    await lookUp(1).end([]);
    expect(watches(alice, bob)).toBe(false);
    watching.stop();
  });
});

describe("a session", () => {
  test("that is gone is no watcher", () => {
    watching.watch(sessionOf(alice), [bob]);
    watching.leave(sessionOf(alice));
    watching.separated({ user_id: bob, from: null });
    expect(look_ups).toEqual([]);
    expect(watching.watch(sessionOf(alice), [carol])).toEqual([]);
    expect(watches(alice, carol)).toBe(false);
  });

  test("has room for so many and then for no more; those it has, it keeps", () => {
    const many = Array.from({ length: limits.topics_per_session }, (_, index) => index + 100);
    expect(watching.watch(sessionOf(alice), many)).toEqual([]);
    expect(watching.watch(sessionOf(alice), [bob, 100, carol])).toEqual([bob, carol]);
    expect(watches(alice, bob)).toBe(false);
    watching.unwatch(sessionOf(alice), [100]);
    expect(watching.watch(sessionOf(alice), [bob, carol])).toEqual([]);
    expect(watching.watch(sessionOf(alice), [carol, 100])).toEqual([100]);
  });

  test("unsubscribed hears nothing more, nor anybody of who is hidden", () => {
    watching.watch(sessionOf(alice), [bob, carol]);
    watching.watch(sessionOf(bob), [carol]);
    watching.unwatch(sessionOf(alice), [bob]);
    watching.hide(carol);
    expect([watches(alice, bob), watches(alice, carol), watches(bob, carol)]).toEqual([false, false, false]);
  });
});
