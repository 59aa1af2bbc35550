// How much is done at once while messages go that are too old: by the steps taken, whatever there is. The rooms are made
// up, and bury in the database as many as they are told to take.

import { afterAll, beforeEach, expect, test } from "bun:test";
import type { Actors } from "../../src/actors/calls.ts";
import { startRetention } from "../../src/actors/retention.ts";
import type { RoomCalls } from "../../src/actors/room/calls.ts";
import { performed } from "../../src/db/engine/write.ts";
import { alone } from "../../src/db/upkeep/duty.ts";
import { firstIdAt } from "../../src/domain/ids.ts";
import { limits } from "../../src/domain/limits.ts";
import { failure, success } from "../../src/protocol/outcome.ts";
import { alice, PeopledStore } from "../db/describe-store.ts";
import { addMessages, addOrchard, messageOf, orchard, orchard_den } from "../db/queries/community.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../db/temporary.ts";

const NOW_MS = 1_900_000_000_000;
const KEPT_MS = 7 * limits.day_ms;
const bound = firstIdAt(NOW_MS - KEPT_MS);
const general = orchard + 3;
const OLD = 5 * limits.burial_slice + 7;

type Bury = RoomCalls["bury"]["request"];

let db: PeopledStore;
/** What was done, in its order: `look`, `bury 100`, `pause`. */
let steps: string[];
beforeEach(async () => {
  steps = [];
  db = new PeopledStore();
  await db.open(await temporaryDatabaseUrl());
  await db.addUser(alice, "Alice");
  for (const [id, name] of [
    [2, "Bob"],
    [3, "Carol"],
  ] as const)
    await db.addUser(id, name);
  await addOrchard(db);
  const said = (first: number, count: number, channel_id: number) =>
    addMessages(
      db,
      Array.from({ length: count }, (_, at) => messageOf(first + at, { channel_id })),
    );
  await said(bound - OLD, OLD, general);
  await said(bound, 20, general);
  await said(bound - 100_000, 3, orchard_den);
});
afterAll(removeTemporaryDirectories);

interface Rooms {
  /** The most that a room takes on at once. */
  takes?: number;
  /** In place of burying. */
  answer?: (request: Bury) => unknown;
  /** The server stops in that pause. */
  stops_in?: number;
}

/** One round. */
async function round({ takes = Number.POSITIVE_INFINITY, answer, stops_in }: Rooms): Promise<void> {
  let seq = firstIdAt(NOW_MS);
  const actors = {
    async request(_address: string, _call: "bury", request: Bury) {
      const ids = request.message_ids.slice(0, takes);
      steps.push(`bury ${ids.length}`);
      if (answer) return answer(request);
      const rows = ids.map((id) => ({ id, seq: ++seq }));
      await performed(db.plain.writer.perform, db.plain.messages.bury(rows, NOW_MS));
      return success({ taken: ids.length });
    },
  } as unknown as Actors;
  const { messages } = db.plain;
  const looking: typeof messages.agedIn = (of) => {
    steps.push("look");
    expect(of.limit).toBeLessThanOrEqual(limits.burial_slice);
    return messages.agedIn(of);
  };
  const retention = startRetention({
    store: { messages: { ...messages, agedIn: looking } },
    actors,
    duty: alone,
    keptFor: () => KEPT_MS,
    clock: () => NOW_MS,
    onFault: (error) => expect(error).toBeUndefined(),
    async pause() {
      steps.push("pause");
      if (buried().length === stops_in) void retention.stop();
    },
  });
  await retention.run();
  await retention.stop();
  await db.plain.close();
}

const buried = () => steps.flatMap((step) => (step.startsWith("bury") ? Number(step.slice("bury ".length)) : []));

/** Between any two slices somebody else has a turn. */
function expectPauses(): void {
  for (const [at, step] of steps.entries()) if (step.startsWith("bury")) expect(steps[at + 1]).toBe("pause");
}

const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);

test("a slice at a time goes, with a pause after each, and nothing that is young enough", async () => {
  await round({});
  expect(buried()).toEqual([3, ...Array(5).fill(limits.burial_slice), 7]);
  expect(steps.filter((step) => step === "look")).toHaveLength(buried().length + 2);
  expectPauses();
});

test("a room that has many to tell takes fewer on at once", async () => {
  await round({ takes: 40 });
  expect(Math.max(...buried())).toBe(40);
  expect(sum(buried())).toBe(OLD + 3);
  expectPauses();
});

test("what a room can't do now is left, and others go on", async () => {
  await round({
    answer: ({ channel_id, message_ids }) =>
      channel_id === orchard_den ? failure("unavailable", "not now") : success({ taken: message_ids.length }),
  });
  expect(buried()[0]).toBe(3);
  expect(sum(buried())).toBe(OLD + 3);
});

test("it comes to an end where a channel has ended meanwhile, whose messages go another way", async () => {
  await round({ answer: ({ message_ids }) => success({ taken: message_ids.length }) });
  expect(sum(buried())).toBe(OLD + 3);
});

test("it ends with the slice that is under way when the server stops, and the next start goes on", async () => {
  await round({ stops_in: 3 });
  expect(buried()).toEqual([3, limits.burial_slice, limits.burial_slice]);
  steps = [];
  await db.open(db.url);
  await round({});
  expect(sum(buried())).toBe(OLD - 2 * limits.burial_slice);
});
