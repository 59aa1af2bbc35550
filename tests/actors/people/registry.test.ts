// The presence registry, step by step. When somebody was last online: nobody is shown a time that those who follow them
// weren't told. Which of a user's connections hear what.

import { beforeEach, expect, test } from "bun:test";
import type { Gateway } from "../../../src/actors/delivery/gateway.ts";
import { type Frame, textOf } from "../../../src/actors/delivery/late-frame.ts";
import { type PresenceDependencies, PresenceRegistry } from "../../../src/actors/people/registry.ts";
import { Relations } from "../../../src/actors/people/relations.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { LastSeen, Person } from "../../../src/domain/presence.ts";

const alice: Person = { id: 1_000, name: "alice", status: "online", last_online: 5_000 };
const session = 10;

let registry: PresenceRegistry;
/** Statements that store when people were last online. */
let saves: { times: number[]; end(): Promise<void> }[];
let told: { lastOnline: string }[];
let counts: number[];
let closings: [session: number, why: string][];
let now_ms: number;

beforeEach(() => {
  [saves, told, counts, closings, now_ms] = [[], [], [], [], 10_000];
  const dependencies = {
    gateway: {
      subscribe: () => {},
      close: (closed: number, why: string) => void closings.push([closed, why]),
      publish: (_topic: string, frame: Frame) => {
        const { type, data } = JSON.parse(textOf(frame));
        if (type === "friend-list-update") told.push(data);
      },
    },
    ids: { next: () => 1 },
    actors: {
      tellHere: (_address: string, call: "gone", { user_id, left_ms }: { user_id: number; left_ms: number }) =>
        registry[call](user_id, left_ms),
    },
    grace_ms: 3_600_000,
    bounds: limits,
    onCount: (online: number) => counts.push(online),
    saveLastOnline: (seen: readonly LastSeen[]) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = async () => {
        resolve();
        await new Promise(setImmediate);
      };
      saves.push({ times: seen.map(({ last_online }) => last_online), end });
      return promise;
    },
    relatedTo: async () => [],
    slices: { run: (work: () => void) => work(), turn: async () => {} },
    clock: () => now_ms,
  } as unknown as PresenceDependencies;
  registry = new PresenceRegistry(dependencies);
});

const open = () => registry.open(registry.entryFor(alice, 0), session, 0, null);
const seen = () => new Relations(registry, {} as Gateway).describe(alice, "friend").lastOnline;
const iso = (at_ms: number) => new Date(at_ms).toISOString();

/** Leaves at `at_ms`, and the grace time ends; it isn't stored yet. */
async function leave(at_ms: number): Promise<void> {
  now_ms = at_ms;
  registry.close(alice.id, session);
  registry.lapse(alice.id, at_ms);
  await new Promise(setImmediate);
}

test("who comes back while their leaving is being stored looks as they did", async () => {
  open();
  await leave(20_000);
  expect(saves.map(({ times }) => times)).toEqual([[10_000, 20_000]]);
  expect(seen()).toBe(iso(10_000));
  open();
  await saves[0]?.end();
  expect(seen()).toBe(iso(10_000));
  expect(told.map(({ lastOnline }) => lastOnline)).toEqual([iso(10_000)]);
});

test("who is gone is shown with the time that was told, even by what was read before it was stored", async () => {
  open();
  await leave(20_000);
  await saves[0]?.end();
  expect(told.map(({ lastOnline }) => lastOnline)).toEqual([iso(10_000), iso(20_000)]);
  expect(seen()).toBe(iso(20_000));
});

test("how many are online is told whenever it changes", async () => {
  open();
  open();
  await leave(20_000);
  await saves[0]?.end();
  expect(counts).toEqual([1, 0]);
});

test("where a login may have died, those who are opening come again as well", () => {
  open();
  registry.connections.admit(alice.id, 11);
  registry.connections.admit(2_000, 12);
  registry.connections.comeAgain(alice.id);
  expect(closings.sort()).toEqual([
    [10, "server_fault"],
    [11, "server_fault"],
  ]);
});

test("of the sessions at a node go those that it doesn't have, opening or open, and no others", () => {
  const [there, also_there, elsewhere] = [31 * 7 + 3, 31 * 8 + 3, 31 * 7 + 4];
  for (const one of [there, also_there, elsewhere]) registry.open(registry.entryFor(alice, 0), one, 0, null);
  const opening = [there, also_there, elsewhere].map((one) => one + 31 * 10);
  for (const one of opening) registry.connections.admit(alice.id, one);
  registry.keepAt(3, new Set([also_there, ...opening.slice(1, 2)]));
  expect([...registry.roll.sessionsOf(alice.id)]).toEqual([also_there, elsewhere]);
  expect(opening.map((one) => registry.connections.isAdmitted(one))).toEqual([false, true, true]);
  registry.keepAt(3, new Set());
  expect([...registry.roll.sessionsOf(alice.id)]).toEqual([elsewhere]);
});

test("who is no registry any more counts nobody", async () => {
  open();
  const stopped = registry.stop();
  await new Promise(setImmediate);
  for (const { end } of saves) await end();
  await stopped;
  expect(counts).toEqual([1, 0]);
});

test("who goes on in another registry sits where they sat: not before what said that nobody does", () => {
  const heard = { user_id: alice.id, told: 0 };
  const standing = { person: alice, game: null, is_here: true, version: 1 };
  const read = { stored: 0, owner_id: null };
  registry.inherit(standing, [{ ...heard, session, is_active: false }], read);
  expect(registry.roll.isActive(alice.id)).toBe(false);
  registry.setActive(alice.id, session, true);
  expect(registry.roll.isActive(alice.id)).toBe(true);
  const sessions = [session, session + 31].map((one) => ({ ...heard, session: one, is_active: one > session }));
  registry.inherit(standing, sessions, read);
  expect(registry.roll.isActive(alice.id)).toBe(true);
  registry.close(alice.id, session + 31);
  expect(registry.roll.isActive(alice.id)).toBe(false);
});
