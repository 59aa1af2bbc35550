// How a node becomes people's owner, and how it answers whoever does: what its own sessions were told otherwise, which
// sessions others have, and what of that was lost on the way.

import { beforeEach, expect, test } from "bun:test";
import type { Gateway } from "../../src/actors/delivery/gateway.ts";
import type { Standing } from "../../src/actors/people/calls.ts";
import { Holdings } from "../../src/cluster/node/holdings.ts";
import type { Head } from "../../src/cluster/node/items.ts";
import { NodePeople } from "../../src/cluster/node/node-people.ts";
import type { Peers } from "../../src/cluster/node/peers.ts";
import { type Listing, PeopleView } from "../../src/cluster/node/people-view.ts";
import { RemoteListeners } from "../../src/cluster/node/remote-listeners.ts";
import { SlotView } from "../../src/cluster/node/slot-view.ts";
import { people_slot } from "../../src/cluster/slots.ts";
import { limits } from "../../src/domain/limits.ts";
import type { ChosenStatus, Person } from "../../src/domain/presence.ts";

const [ME, OTHER, THIRD] = [1, 2, 3];
const [ALICE, BOB] = [1_000, 2_000];
/** At this node, and at the other. */
const OWN = 31 + ME;
const [THEIRS, OPENING] = [31 + OTHER, 62 + OTHER];

type Inherited = { standings: readonly Standing[]; sessions: unknown[]; opening: readonly unknown[] };

let slots: SlotView;
let holdings: Holdings;
let view: PeopleView;
let people: NodePeople;
let said: { node: number; head: Head }[];
let inherited: Inherited[];
let retold: Person[][];
let kept: [node: number, sessions: readonly number[]][];
let closed: unknown[];
/** How often it was looked for accounts that ended. */
let looks: number;

beforeEach(() => {
  people?.close();
  [said, inherited, retold, kept, closed] = [[], [], [], [], []];
  looks = 0;
  slots = new SlotView();
  holdings = new Holdings({ me: ME, view: slots, isGood: () => true });
  view = new PeopleView({ people: () => [], isSubscribed: () => false } as unknown as Gateway);
  const peers = {
    numbers: [OTHER, THIRD],
    isAtWork: (node: number) => node === OTHER,
    isSilent: () => false,
    say: (node: number, { head }: { head: unknown }) => said.push({ node, head: head as Head }) > 0,
    sayToAll: () => {},
  } as unknown as Peers;
  people = new NodePeople({
    ...{ me: ME, slots, view, holdings, peers, listeners: new RemoteListeners() },
    inherit: async (known) => void inherited.push(known as Inherited),
    close: (sessions) => void closed.push(sessions),
    inLine: (task) => task(),
    goOn() {},
    retell: (who) => void retold.push([...who]),
    keep: (node, sessions) => void kept.push([node, sessions]),
    hintAtDepartures: () => {
      looks += 1;
    },
  });
});

const standing = (id: number, version: number, status: ChosenStatus = "online", is_here = true): Standing => {
  return { person: { id, name: `user ${id}`, status, last_online: version }, game: null, is_here, version };
};
const listing = (known: Partial<Listing> = {}): Listing => ({ sessions: [], opening: [], standings: [], ...known });
const session = (id: number, user_id: number) => {
  return { session: id, user_id, told: 5, is_active: true, friends: [], users: [] };
};
const asked = (node: number) => {
  const wanted = said.findLast((one) => one.node === node && one.head.kind === "who")?.head;
  return wanted?.kind === "who" ? wanted.request : 0;
};
const answers = (node: number) => said.filter((one) => one.node === node && one.head.kind === "here").length;
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function become(epoch = 1): void {
  slots.learn(people_slot, { epoch, node: ME });
  people.follow();
}

function list(known: Partial<Listing>, request = asked(OTHER)): void {
  people.take(OTHER, { kind: "here", request, listing: listing(known) });
}

test.each<[string, Standing, Standing, boolean]>([
  ["has another status", standing(BOB, 1), standing(BOB, 2, "dnd"), true],
  ["has gone", standing(BOB, 1), standing(BOB, 2, "online", false), true],
  ["looks as they did", standing(BOB, 1), standing(BOB, 2), false],
  ["was told of later here", standing(BOB, 2, "idle"), standing(BOB, 1), false],
])(
  "its own sessions are told of who, as another node heard of the owner before, %s",
  async (_, here, there, is_told) => {
    view.note(standing(ALICE, 1));
    view.note(here);
    become();
    list({ standings: [standing(ALICE, 1), there] });
    expect(retold).toEqual([]);
    await settled();
    expect(inherited).toHaveLength(1);
    expect(retold.map((who) => who.map(({ id }) => id))).toEqual(is_told ? [[BOB]] : []);
  },
);

test("who went lately is known to the next owner with when they were last online", async () => {
  become();
  list({ standings: [standing(BOB, 7, "online", false)] });
  await settled();
  expect(inherited[0]?.standings).toEqual([standing(BOB, 7, "online", false)]);
});

test("of sessions that a node doesn't have any more when it lists them anew, the registry lets go", async () => {
  become();
  list({ sessions: [session(THEIRS, ALICE)] });
  await settled();
  expect(kept).toEqual([]);
  people.broken(OTHER);
  expect(people.owner.isToList(OTHER)).toBe(true);
  list({ sessions: [], opening: [{ session: OPENING, user_id: BOB }] });
  expect(kept).toEqual([[OTHER, [OPENING]]]);
  expect(people.owner.isToList(OTHER)).toBe(false);
  people.gone(OTHER);
  expect(kept).toEqual([
    [OTHER, [OPENING]],
    [OTHER, []],
  ]);
});

test("what a node lists for an owner that isn't one any more changes nothing", async () => {
  become();
  list({});
  await settled();
  people.broken(OTHER);
  slots.learn(people_slot, { epoch: 2, node: OTHER });
  slots.letGo(people_slot, ME, 2);
  people.follow();
  said.length = 0;
  list({ sessions: [session(THEIRS, ALICE)] }, asked(OTHER));
  people.gone(OTHER);
  expect(kept).toEqual([]);
  expect(said.filter(({ head }) => head.kind === "strangers")).toEqual([]);
});

test("it doesn't begin while it gives people away, and begins once they stay", () => {
  become();
  holdings.close(people_slot);
  list({});
  expect(inherited).toEqual([]);
  holdings.reopen(people_slot);
  people.owner.goOn();
  expect(inherited).toHaveLength(1);
});

test("an answer is given again where it was lost, and not otherwise", () => {
  slots.learn(people_slot, { epoch: 1, node: OTHER });
  people.follow();
  people.take(OTHER, { kind: "who", request: 4 });
  expect(answers(OTHER)).toBe(1);
  people.follow();
  people.broken(THIRD);
  expect(answers(OTHER)).toBe(1);
  people.broken(OTHER);
  expect(answers(OTHER)).toBe(2);
  expect(said.at(-1)?.head).toMatchObject({ kind: "here", request: 4 });
  expect(closed).toEqual([null]);
});

test("who asks before it is followed is answered then, whoever has asked since", () => {
  slots.learn(people_slot, { epoch: 1, node: OTHER });
  people.follow();
  people.take(THIRD, { kind: "who", request: 9 });
  people.take(OTHER, { kind: "who", request: 4 });
  expect([answers(OTHER), answers(THIRD)]).toEqual([1, 0]);
  slots.learn(people_slot, { epoch: 2, node: THIRD });
  slots.letGo(people_slot, OTHER, 2);
  people.follow();
  expect([answers(OTHER), answers(THIRD)]).toEqual([1, 1]);
  expect(said.at(-1)).toMatchObject({ node: THIRD, head: { request: 9 } });
});

test("how its own sessions stand is listed, with whom it was told of", () => {
  view.claimed({ session: OWN, user_id: ALICE });
  view.note(standing(ALICE, 1));
  view.replace([standing(BOB, 3)]);
  slots.learn(people_slot, { epoch: 1, node: OTHER });
  people.take(OTHER, { kind: "who", request: 1 });
  const [answer] = said.flatMap(({ head }) => (head.kind === "here" ? head.listing : []));
  expect(answer).toMatchObject({ opening: [{ session: OWN, user_id: ALICE }], standings: [standing(BOB, 3)] });
});

test.each([
  ["for a moment", limits.people_lately_ms, []],
  ["for so long that much may have been told", limits.people_lately_ms + 1, [null]],
])(
  "where the owner couldn't be heard %s before it was gone, its sessions come again or go on",
  (_, silent_ms, closings) => {
    slots.learn(people_slot, { epoch: 1, node: OTHER });
    people.silent(THIRD, silent_ms);
    expect(closed).toEqual([]);
    people.silent(OTHER, silent_ms);
    expect(closed).toEqual(closings);
  },
);

test("it looks for accounts that ended when a node is gone and now and then, as long as people are its own", async () => {
  const moved: string[] = [];
  people.whenMoved(() => moved.push("log-ins"));
  const lookAll = () => {
    people.gone(THIRD);
    people.lookBack();
  };
  lookAll();
  expect(looks).toBe(0);
  become();
  moved.length = 0;
  lookAll();
  // Who takes them over finds it out by itself.
  expect(looks).toBe(0);
  list({});
  await settled();
  lookAll();
  expect([looks, moved]).toEqual([2, ["log-ins", "log-ins"]]);
});
