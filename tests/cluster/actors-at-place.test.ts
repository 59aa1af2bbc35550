// Who has a place in a pool and asks another node something: others have the place meanwhile, and no node is asked more
// than it may be.

import { beforeEach, expect, test } from "bun:test";
import type { Asking } from "../../src/actors/calls.ts";
import type { Reply } from "../../src/actors/kernel/actor.ts";
import { ActorsAtPlace, PoolsOfNodes } from "../../src/cluster/node/actors-at-place.ts";
import { FairShare } from "../../src/domain/fair-share.ts";
import { limits } from "../../src/domain/limits.ts";
import { type Outcome, success } from "../../src/protocol/outcome.ts";

const [OWN, FAR, FARTHER] = ["room:1", "room:2", "room:3"] as const;
const NODES = { [OWN]: null, [FAR]: 2, [FARTHER]: 3 };

let places: FairShare;
/** What was asked and isn't answered yet, of this node and of others. */
let asked: { address: string; answer: Reply<unknown> }[];
let actors: ConstructorParameters<typeof ActorsAtPlace>[0];

beforeEach(() => {
  [places, asked] = [poolOf(1), []];
  const pools = new PoolsOfNodes();
  actors = {
    tell: () => true,
    ask: (address: string, _call: unknown, _request: unknown, reply: Reply<never>) =>
      void asked.push({ address, answer: reply as Reply<unknown> }),
    request: (address: string) =>
      new Promise<Outcome<unknown>>((resolve) => void asked.push({ address, answer: resolve })),
    atPlace: (place: never) => new ActorsAtPlace(actors, place),
    poolOf: (address: keyof typeof NODES) => (NODES[address] === null ? null : pools.of(NODES[address])),
  } as unknown as typeof actors;
});

const poolOf = (of: number) => new FairShare({ places: of, per_party: 100, waiting: 1_000, per_group: 1 });
const settled = () => new Promise(setImmediate);

const working = (work: (at: Asking) => Promise<unknown>, party = "somebody") =>
  places.run(
    { party, group: party },
    (place) => work(actors.atPlace(place)),
    () => expect().fail("it was refused"),
  );
const request = (at: Asking, address: string) => at.request(address as "room:1", "holds", { changes: 0 });

async function answer(address: string): Promise<void> {
  const at = asked.findIndex((one) => one.address === address);
  asked.splice(at, 1)[0]?.answer(success(null));
  await settled();
}

test("the place is kept for what this node answers, and left for what another one does", async () => {
  const ended = working(async (at) => {
    await request(at, OWN);
    await request(at, FAR);
    await request(at, OWN);
  });
  for (const [address, in_use] of [
    [OWN, 1],
    [FAR, 0],
    [OWN, 1],
  ] as const) {
    await settled();
    expect([asked.map((one) => one.address), places.stats.in_use]).toEqual([[address], in_use]);
    await answer(address);
  }
  await ended;
  expect(places.stats.in_use).toBe(0);
});

test("while something is read here, it is held, whatever else is waited for", async () => {
  const ended = working((at) => Promise.all([FAR, OWN, OWN].map((address) => request(at, address))));
  await settled();
  expect(places.stats.in_use).toBe(1);
  await answer(OWN);
  expect(places.stats.in_use).toBe(1);
  await answer(OWN);
  expect(places.stats.in_use).toBe(0);
  await answer(FAR);
  await ended;
  expect(places.stats.in_use).toBe(0);
});

test("it is held again when the last of several answers is there, and by then others may have begun", async () => {
  let is_answered = false;
  const first = working(async (at) => {
    await Promise.all([FAR, FARTHER].map((address) => request(at, address)));
    is_answered = true;
  });
  await settled();
  const { promise, resolve } = Promise.withResolvers<void>();
  const second = working(() => promise, "another");
  await settled();
  expect(places.stats.in_use).toBe(1);
  await answer(FAR);
  await answer(FARTHER);
  expect(is_answered).toBe(false);
  resolve();
  await Promise.all([first, second]);
});

test("what is answered in its own turn is handed on at once, and what is read after that waits for the place", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const heard: string[] = [];
  const first = working(async (at) => {
    const { promise: told, resolve: go } = Promise.withResolvers<void>();
    at.ask(FAR, "holds", { changes: 0 }, () => {
      heard.push("told");
      go();
    });
    await told;
    await request(at, OWN);
    heard.push("read");
  });
  await settled();
  const second = working(() => promise, "another");
  await settled();
  await answer(FAR);
  expect([heard, asked]).toEqual([["told"], []]);
  resolve();
  await settled();
  await answer(OWN);
  await Promise.all([first, second]);
  expect(heard).toEqual(["told", "read"]);
});

test("a node is asked no more at a time than it may be, of one user and of all, and other nodes go on", async () => {
  const { asked_of_a_node: all, asked_of_a_node_per_user: of_one } = limits;
  const users = all / of_one + 1;
  places = poolOf(all);
  for (let user = 0; user < users; user += 1) {
    for (let sent = 0; sent <= of_one; sent += 1) void working((at) => request(at, FAR), `user ${user}`);
    await settled();
    expect(asked).toHaveLength(Math.min((user + 1) * of_one, all));
  }
  void working((at) => request(at, FARTHER), "user 0");
  await settled();
  expect(asked.at(-1)?.address).toBe(FARTHER);
  let answered = 0;
  for (; asked.length > 0; answered += 1) await answer(asked[0]?.address ?? "");
  expect(answered).toBe(users * (of_one + 1) + 1);
  expect(places.stats).toEqual({ in_use: 0, waiting: 0, refused: 0 });
});
