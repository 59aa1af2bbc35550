// The topics about people, held to the plainest thing that keeps them: a set of pairs.

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { PersonTopic } from "../../src/actors/delivery/gateway.ts";
import { SmallSet } from "../../src/domain/small.ts";
import { PersonTopics, type Subscriber } from "../../src/routes/person-topics.ts";

const PEOPLE = 50;
const SESSIONS = 40;
const topicOf = fc
  .tuple(fc.constantFrom("self", "friends", "user"), fc.integer({ min: 1, max: PEOPLE }))
  .map(([kind, person]) => `${kind}:${person}` as PersonTopic);
const session = fc.integer({ min: 1, max: SESSIONS });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ act: fc.constant("add" as const), session, topic: topicOf }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("delete" as const), session, topic: topicOf }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("drop" as const), session, topic: topicOf }) },
);

test("whatever is added, deleted and dropped, each topic has the subscribers that a set of pairs has", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: "max" }), (steps) => {
      const topics = new PersonTopics();
      const sessions = new Map<number, Subscriber>();
      const pairs = new Set<string>();
      for (const { act, session, topic } of steps) {
        const subscriber = sessions.get(session) ?? { session, people: new SmallSet() };
        sessions.set(session, subscriber);
        if (act === "add") {
          topics.add(subscriber, topic);
          pairs.add(`${topic} ${session}`);
        } else if (act === "delete") {
          topics.delete(subscriber, topic);
          pairs.delete(`${topic} ${session}`);
        } else {
          topics.drop(subscriber);
          sessions.delete(session);
          for (const pair of pairs) if (pair.endsWith(` ${session}`)) pairs.delete(pair);
        }
        expect(topics.has(session, topic)).toBe(pairs.has(`${topic} ${session}`));
      }
      for (const { topic } of steps) {
        const expected = [...sessions.keys()].filter((one) => pairs.has(`${topic} ${one}`));
        expect(topics.subscribers(topic).toSorted(ascending)).toEqual(expected.toSorted(ascending));
      }
      for (const { session, people } of sessions.values()) {
        const about = [...pairs].filter((pair) => pair.endsWith(` ${session}`)).map((pair) => /:(\d+)/.exec(pair)?.[1]);
        expect([...people].toSorted(ascending)).toEqual([...new Set(about.map(Number))].toSorted(ascending));
      }
    }),
    { numRuns: 100 },
  );
});

const ascending = (one: number, other: number) => one - other;
