// What a node asks of another one for its sessions, and what comes of the answer.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Gateway } from "../../src/actors/delivery/gateway.ts";
import { Line } from "../../src/actors/delivery/line.ts";
import type { Reply } from "../../src/actors/kernel/actor.ts";
import { Holdings } from "../../src/cluster/node/holdings.ts";
import { Holds } from "../../src/cluster/node/holds.ts";
import { answering, type Head } from "../../src/cluster/node/items.ts";
import { NodeActors } from "../../src/cluster/node/node-actors.ts";
import { SlotView } from "../../src/cluster/node/slot-view.ts";
import { people_slot, slotOf } from "../../src/cluster/slots.ts";
import { failure, type Outcome, success } from "../../src/protocol/outcome.ts";

const [ME, OTHER] = [1, 2];
/** The other's, and this node's own. */
const [SERVER, OWN_SERVER] = [7, 8];
const from = { id: 1, name: "somebody", session: 31 + ME, address: "" };

let actors: NodeActors;
/** What the other was asked, under which id. */
let asked: { id: number; type: string }[];
let is_resuming: boolean;
let answers: unknown[];
/** Which sessions said whether somebody sits before them. */
let active: [session: number, is_active: boolean][];

/** What this node's own room was asked. */
let performed: { type: string; reply: Reply<unknown> }[];

beforeEach(() => {
  performed = [];
  [asked, is_resuming, answers, active] = [[], false, [], []];
  const view = new SlotView();
  for (const slot of [slotOf(SERVER), people_slot]) view.learn(slot, { epoch: 1, node: OTHER });
  view.learn(slotOf(OWN_SERVER), { epoch: 1, node: ME });
  const line = new Line((error) => {
    throw error;
  });
  const system = { line, ask_deadline_ms: 60_000, sweep_ms: 60_000 };
  actors = new NodeActors(
    { ...system, onFault: () => ({ code: "internal", message: "a bug" }) },
    {
      ...{ me: ME, first_ask: 1, view, holds: new Holds({} as Gateway) },
      holdings: new Holdings({ me: ME, view, isGood: () => true }),
      say(_node, { head }) {
        const { kind, id, request } = head as unknown as Extract<Head, { kind: "ask" }>;
        if (kind === "ask") asked.push({ id, type: (request as { type: string }).type });
        return true;
      },
      peers: () => [OTHER],
      lookAgain() {},
      isResuming: () => is_resuming,
      answered() {},
      isToList: () => false,
      claimed() {},
      active: (session, is_active) => void active.push([session, is_active]),
      resumed() {},
    },
  );
  const perform = ({ type }: { type: string }, reply: Reply<unknown>) => void performed.push({ type, reply });
  actors.define("room", { mailbox_limit: 100, start: () => ({ receive: { perform } as never }) });
});
afterEach(() => actors.close());

const ask = (type: string, server_id = SERVER, parameters: { nonce: string } | null = null) =>
  actors.ask(`room:${server_id}`, "perform", { type, parameters, from } as never, (outcome) => {
    answers.push(outcome.ok ? success(outcome.value) : outcome);
  });

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const answer = (value: string) => conclude(success(value));

async function conclude(outcome: Outcome<unknown>): Promise<void> {
  const { head, text = "" } = answering(asked.at(-1)?.id ?? 0, outcome);
  actors.take(OTHER, head as unknown as Extract<Head, { kind: "answer" }>, text);
  await null;
}

test("what subscribes a session that is resuming is asked once more, behind that; all else is answered", async () => {
  ask("get_message_chunk");
  is_resuming = true;
  await answer("of before");
  expect(answers).toEqual([]);
  is_resuming = false;
  actors.goOn();
  expect(asked.map(({ type }) => type)).toEqual(["get_message_chunk", "get_message_chunk"]);
  await answer("of now");
  expect(answers).toEqual([success("of now")]);

  ask("add_message");
  is_resuming = true;
  await answer("added");
  expect(answers).toEqual([success("of now"), success("added")]);
});

test("so it is where the room is this node's own", async () => {
  for (const waits_first of [false, true]) {
    is_resuming = waits_first;
    ask("get_message_chunk", OWN_SERVER);
    is_resuming = false;
    actors.goOn();
    await settled();
    is_resuming = true;
    performed[0]?.reply(success("of before"));
    await settled();
    expect(answers).toEqual([]);
    is_resuming = false;
    actors.goOn();
    await settled();
    expect(performed.map(({ type }) => type)).toEqual(["get_message_chunk", "get_message_chunk"]);
    performed[1]?.reply(success("of now"));
    await settled();
    expect(answers.splice(0)).toEqual([success("of now")]);
    performed.length = 0;
  }
});

test("what a session says of itself its node knows, and says again to the next owner of all people", () => {
  actors.ask("presence", "set_active", { user_id: 1, session: from.session, active: false }, () => {});
  expect(active).toEqual([[from.session, false]]);
  actors.broken(OTHER);
  actors.goOn();
  expect(asked).toHaveLength(2);
});

describe("what was with a node that is lost", () => {
  const refusals = ["not_found", "forbidden", "conflict", "rate_limited"] as const;
  const lose = () => {
    actors.broken(OTHER);
    actors.goOn();
  };

  test.each(refusals)("and may have been done, has no known end where the next refuses it: %s", async (code) => {
    ask("add_message", SERVER, { nonce: "the first" });
    lose();
    expect(asked).toHaveLength(2);
    await conclude(failure(code, "You may not."));
    expect(answers).toMatchObject([{ ok: false, error: { code: "unavailable" } }]);
    // Asked anew it is refused for what is the case now.
    ask("add_message", SERVER, { nonce: "the first" });
    await conclude(failure(code, "You may not."));
    expect(answers[1]).toMatchObject({ ok: false, error: { code } });
  });

  test("and is done by the next, is answered so; what only reads is, refused or not", async () => {
    ask("add_message", SERVER, { nonce: "the first" });
    lose();
    await answer("added");
    ask("get_pins");
    lose();
    await conclude(failure("not_found", "There is no such thing."));
    expect(answers).toMatchObject([success("added"), { ok: false, error: { code: "not_found" } }]);
  });

  test("and must not be done twice, has no known end, and isn't asked again", async () => {
    ask("add_message");
    lose();
    await settled();
    expect(asked).toHaveLength(1);
    expect(answers).toMatchObject([{ ok: false, error: { code: "unavailable" } }]);
  });
});

test("with a slot its owners end, whatever they own, and nobody's sessions", async () => {
  const idle = () => ({ receive: {} }) as never;
  for (const kind of ["presence", "profile", "friendship", "guesses", "upkeep"] as const) {
    actors.define(kind, { mailbox_limit: 100, start: idle } as never);
  }
  actors.define("session", { mailbox_limit: 100 } as never);
  actors.spawn(`session:${from.session}`, idle());
  const of_people = ["presence", "profile:1", "friendship:1-2", "guesses", "upkeep"] as const;
  for (const address of [...of_people, `room:${OWN_SERVER}`] as const)
    actors.tellHere(address, "any" as never, null as never);
  expect(actors.ownersIn(new Set([people_slot])).sort()).toEqual([...of_people].sort());
  expect(actors.ownersIn(new Set([slotOf(OWN_SERVER)]))).toEqual([`room:${OWN_SERVER}`]);
});

test("what an actor tells itself stays here, though its slot is another's by then", async () => {
  const told: unknown[] = [];
  actors.define("presence", {
    mailbox_limit: 100,
    start: () => ({ receive: { lapse: (request: unknown) => void told.push(request) } as never }),
  });
  actors.tellHere("presence", "lapse", { user_id: 1, left_ms: 2 });
  await settled();
  expect(told).toEqual([{ user_id: 1, left_ms: 2 }]);
  expect(asked).toEqual([]);
});
