// A room in which something happens all the time never holds still: it is made to, and whoever is quiet beside it is
// answered all the same.

import { expect, test } from "bun:test";
import { createSlices } from "../../src/actors/kernel/slices.ts";
import { type SyncDependencies, syncHandlers } from "../../src/actors/session/handlers/sync.ts";
import { limits } from "../../src/domain/limits.ts";
import { createPools } from "../../src/domain/pools.ts";
import { type Outcome, success } from "../../src/protocol/outcome.ts";

const QUIET = 1;
const BUSY = 2;
const TIMES_BUSY = Number.POSITIVE_INFINITY;

/** Two rooms, of which one has had something new whenever it is asked, so many times. */
function rooms(): SyncDependencies["actors"] {
  let news = TIMES_BUSY;
  const isBusy = (address: string) => {
    if (address !== `room:${BUSY}` || news === 0) return false;
    news -= 1;
    return true;
  };
  const answers = (address: string) => ({ [address.replace("room:", "server:")]: { seq: 5, events: [] } });
  return {
    atPlace() {
      return this;
    },
    request: async () => success({ changes: 0, bytes: 0 }),
    ask: (address: string, call: string, _request: unknown, reply: (outcome: Outcome<unknown>) => void) => {
      if (call === "holds") return reply(success(!isBusy(address)));
      if (call === "catch_up_alone") return reply(success(answers(address)));
      reply(success(isBusy(address) ? null : answers(address)));
    },
  } as unknown as SyncDependencies["actors"];
}

function syncAmong(actors: SyncDependencies["actors"]) {
  const found = { servers: new Set([QUIET, BUSY]), channels: new Map() };
  const directory = { findAll: async () => found };
  const gateway = { isSubscribed: () => false, subscriptions: () => 0, isOpen: () => true };
  const bounds = { topics_per_session: 10 };
  const on = {
    actors,
    directory,
    gateway,
    bounds,
    pools: createPools(),
    slices: createSlices(limits.slice_ms),
    ids: { next: () => 10, reached: () => 10, readReached: async () => 10 },
    epoch: "now",
    compactedTo: () => 0,
  };
  return syncHandlers(on as unknown as SyncDependencies).sync;
}

test("nothing is said to be gone because something else is changing", async () => {
  const { promise, resolve } = Promise.withResolvers<Outcome<unknown>>();
  const asked = { epoch: "now", topics: { [`server:${QUIET}`]: 4, [`server:${BUSY}`]: 4 } };
  await syncAmong(rooms())(asked, { id: 1, session: 1, address: "" }, resolve);
  const answer = { seq: 5, events: [] };
  const answered = await promise;
  expect(answered.ok && answered.value).toEqual({
    topics: { [`server:${QUIET}`]: answer, [`server:${BUSY}`]: answer },
  });
});
