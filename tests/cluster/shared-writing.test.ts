// Groups of writes of several nodes that one of them commits for all, over a real database server: what is put together is
// stored as if each had been alone, one that is refused harms no other, and what isn't answered has no known end.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { firstAskOf } from "../../src/cluster/membership/decisions.ts";
import { guardingTerm, making } from "../../src/cluster/membership/tables.ts";
import type { Head } from "../../src/cluster/node/items.ts";
import { decodeItems, type Item, payloadsOf, wordItems } from "../../src/cluster/streams/envelope.ts";
import { combined, type Group, rowsLengthOf } from "../../src/cluster/writing/combined.ts";
import { SharedWriting } from "../../src/cluster/writing/shared-writing.ts";
import { type Answer, type DatabaseServer, reachServer } from "../../src/db/engine/database-server.ts";
import { type SqlValue, type Statement, unavailable, undone } from "../../src/db/engine/driver.ts";
import { mergeable } from "../../src/db/engine/mergeable.ts";
import { hasSqld, sharedSqld } from "../harness/sqld.ts";

const NODES = 3;
const WRITER = 0;

const statement = (sql: string, ...params: (string | number)[]): Statement => ({ sql, params });
const rowsOf = (numbers: readonly number[]) => JSON.stringify(numbers);

const adds = mergeable("INSERT INTO written SELECT value FROM json_each(?)");
const misses = mergeable("SELECT value FROM json_each(?) WHERE value NOT IN (SELECT n FROM written)");
const adding = (...numbers: number[]) => adds(rowsOf(numbers));
const missing = (...numbers: number[]) => misses(rowsOf(numbers));
/** What a group of `many` has. */
const LEAST_LENGTH = rowsLengthOf([statement(""), adding(0, 1, 2, 3, 4)]);
const guard = (node: number, term = 1) => guardingTerm(node, term, true);
const many = (from: number) => Array.from({ length: 5 }, (_, index) => from + index);

const tables = [
  ...making,
  statement("CREATE TABLE written (n INTEGER NOT NULL UNIQUE CHECK (n >= 0))"),
  statement("UPDATE cluster_nodes SET term = 1"),
];
const first_id = firstAskOf({ incarnation: 1 });

let url: string;
let server: DatabaseServer;
let nodes: SharedWriting[];
/** The transactions that were sent, each by how many statements it has. */
let sent: { node: number; statements: number }[];
/** Each is asked what becomes of what one node says to another: whether it is heard. */
let isHeard: (head: Head) => boolean;
/** The database server answers what is sent from then on only once this is over. */
let pause: Promise<void>;
/** By node: what it is told instead of asking the server. */
let answers: Map<number, Answer>;
let now_ms: number;

beforeEach(async () => {
  if (!hasSqld) return;
  url = await (await sharedSqld()).newDatabase();
  server = await reachServer({ url }, 5_000);
  expect((await server.batch(tables)).state).toBe("done");
  [nodes, sent, isHeard, pause, answers, now_ms] = [[], [], () => true, Promise.resolve(), new Map(), 0];
  for (let node = 0; node < NODES; node += 1) nodes.push(start(node));
});
afterEach(async () => {
  if (!hasSqld) return;
  server.close();
  await (await sharedSqld()).removeDatabase(url);
});

function start(me: number, incarnation = 1): SharedWriting {
  const writing = new SharedWriting({
    async commit(statements) {
      sent.push({ node: me, statements: statements.length });
      await pause;
      return answers.get(me) ?? server.commit(statements);
    },
    clock: () => now_ms,
    least_length: LEAST_LENGTH,
    patience_ms: 60_000,
  });
  const first_id = firstAskOf({ incarnation });
  writing.through({ me, first_id, writer: () => WRITER, say: (node, said) => hand(me, node, said) });
  return writing;
}

/** As it goes over the wire. */
function hand(from: number, to: number, said: Item): boolean {
  const [payload = ""] = payloadsOf(wordItems([said]), 2 ** 20);
  const [heard] = decodeItems(Buffer.from(payload)) ?? [];
  const head = heard?.head as unknown as Extract<Head, { kind: "commit" | "committed" }>;
  if (isHeard(head)) setImmediate(() => nodes[to]?.take(from, head, heard?.text ?? ""));
  return true;
}

const commit = (node: number, ...statements: Statement[]) =>
  (nodes[node] as SharedWriting).commit([guard(node), ...statements]);

async function written(): Promise<unknown[]> {
  const answer = await server.run(statement("SELECT n FROM written ORDER BY n"));
  return answer.state === "done" ? (answer.results[0]?.rows ?? []).flat() : [answer];
}

/** Has the server hold the first of what is sent, so that all else comes together behind it. */
async function together<Value>(begin: () => Promise<Value>[]): Promise<Value[]> {
  const held = Promise.withResolvers<void>();
  pause = held.promise;
  const first = commit(WRITER, adding(...many(1_000)));
  await arrived();
  const all = begin();
  await arrived();
  held.resolve();
  await first;
  return Promise.all(all);
}

/** What is said is heard a round later. */
async function arrived(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => void setImmediate(resolve));
}

describe.skipIf(!hasSqld)("groups of several nodes", () => {
  test("that come together are one transaction, and what they say alike is one statement", async () => {
    const answers = await together(() =>
      [0, 1, 2].map((node) => commit(node, adding(...many(node * 10)), missing(...many(node * 10), node + 500))),
    );
    expect(sent).toEqual([
      { node: WRITER, statements: 2 },
      { node: WRITER, statements: 3 + 2 },
    ]);
    for (const [node, answer] of answers.entries()) {
      const results = answer.state === "done" ? answer.results : [];
      expect(results.map(({ changes }) => changes)).toEqual([0, 15, 0]);
      expect(results[2]?.rows.flat()).toContain(node + 500);
    }
    expect(await written()).toEqual([0, 10, 20, 1_000].flatMap(many));
  });

  test("that say different things are one transaction all the same", async () => {
    const answers = await together(() => [
      commit(0, adding(...many(0))),
      commit(1, adding(...many(10)), adding(...many(20))),
      commit(2, missing(...many(3))),
    ]);
    expect(sent.map(({ statements }) => statements)).toEqual([2, 3 + 4]);
    expect(answers.map((answer) => answer.state === "done" && answer.results.length)).toEqual([2, 3, 2]);
    expect(await written()).toEqual([0, 10, 20, 1_000].flatMap(many));
  });

  test("stand or fall each by its own guard", async () => {
    await server.run(statement("UPDATE cluster_nodes SET term = 2 WHERE number <> 1"));
    const late = [0, 1, 2].map((node) => commit(node, adding(...many(node * 10))));
    const [one, two, three] = await Promise.all(late);
    for (const refused of [one, three]) {
      expect(refused).toMatchObject({ state: "refused", index: 0, fault: { constraint: "stale_term" } });
    }
    expect(two?.state).toBe("done");
    expect(await written()).toEqual(many(10));
  });

  test("are run behind the sender's own guard alone, and where their texts are known", async () => {
    const way = nodes[WRITER] as SharedWriting;
    const said: Item[] = [];
    way.through({ me: WRITER, first_id, writer: () => WRITER, say: (_node, item) => said.push(item) > 0 });
    const sends = (guard: readonly SqlValue[], sql = adding().sql, lengths = [3]) =>
      way.take(1, { kind: "commit", id: 7, guard, sqls: [sql], lengths }, "[1]");
    sends([1, 1, 2], "DELETE FROM written");
    sends([1, 1, 2], `${adding().sql}; DELETE FROM written`);
    for (const guard of [[2, 1, 2], [1, null, 2], ["1", 1, 2], [1, 1, null], [1, 1.5, 2], [1], []]) sends(guard);
    // As a node of another version may word it.
    sends({ sql: "DELETE FROM written", params: [] } as never);
    for (const lengths of [[], [2], [3, 0], [4]]) sends([1, 1, 2], adding().sql, lengths);
    expect(sent).toEqual([]);
    expect(said.map(({ head }) => head)).toEqual(
      Array(14).fill({ kind: "committed", id: 7, answer: expect.objectContaining({ state: "undone" }) }),
    );
  });

  test("that are long together are more than one transaction", async () => {
    const long = (from: number) => Array.from({ length: 60_000 }, (_, index) => from + index);
    const firsts = [100_000, 200_000, 300_000];
    const answers = await together(() => firsts.map((from, node) => commit(node, adding(...long(from)))));
    expect(answers.map(({ state }) => state)).toEqual(["done", "done", "done"]);
    expect(sent.map(({ statements }) => statements)).toEqual([2, 2 + 1, 2]);
    expect(await written()).toHaveLength(3 * 60_000 + 5);
  });

  test("of which the database refuses one are told apart: the rest is stored", async () => {
    const answers = await together(() => [
      commit(0, adding(...many(0))),
      commit(1, adding(...many(10)), adding(1, 2, 3, 4)),
      commit(2, adding(...many(20))),
    ]);
    expect(answers.map(({ state }) => state)).toEqual(["done", "refused", "done"]);
    expect(answers[1]).toMatchObject({ index: 2, fault: { constraint: "written.n" } });
    expect(await written()).toEqual([0, 20, 1_000].flatMap(many));
  });

  test("whatever they are, are stored as if each had been alone", async () => {
    const numbers = fc.array(fc.integer({ min: -1, max: 30 }), { maxLength: 4 });
    const one = fc.record({
      node: fc.integer({ min: 0, max: 2 }),
      lists: fc.array(numbers, { minLength: 1, maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), async (all) => {
        await server.run(statement("DELETE FROM written"));
        const answers = await together(() =>
          all.map(({ node, lists }) => commit(node, ...lists.map((list) => adding(...list)))),
        );
        const stored = answers.flatMap(({ state }, index) =>
          state === "done" ? (all[index]?.lists.flat() ?? []) : [],
        );
        expect(await written()).toEqual([...stored, ...many(1_000)].toSorted((one, other) => one - other));
        // None was refused that could have been stored beside the others.
        for (const [index, { state }] of answers.entries()) {
          const own = all[index]?.lists.flat() ?? [];
          const could_be = new Set(own).size === own.length && own.every((n) => n >= 0 && !stored.includes(n));
          if (could_be) expect(state).toBe("done");
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe.skipIf(!hasSqld)("a group that isn't answered", () => {
  test("has no known end: what comes of it later is nothing once the term was raised", async () => {
    const held = Promise.withResolvers<void>();
    pause = held.promise;
    const waiting = commit(1, adding(...many(0)));
    await arrived();
    nodes[1]?.lost(WRITER);
    expect(await waiting).toMatchObject({ state: "unknown" });
    await server.run(statement("UPDATE cluster_nodes SET term = 2 WHERE number = 1"));
    held.resolve();
    // Behind it.
    await commit(WRITER, adding(...many(10)));
    expect(await written()).toEqual(many(10));
  });

  test("is not answered by what a process before this one of the same number is answered", async () => {
    const held = Promise.withResolvers<void>();
    pause = held.promise;
    void commit(1, adding(...many(0)));
    await arrived();
    await server.run(statement("UPDATE cluster_nodes SET term = 2 WHERE number = 1"));
    nodes[1] = start(1, 2);
    isHeard = ({ kind }) => kind !== "commit";
    const waiting = nodes[1].commit([guard(1, 2), adding(...many(20))]);
    held.resolve();
    await commit(WRITER, adding(...many(10)));
    await arrived();
    nodes[1].lost(WRITER);
    expect(await waiting).toMatchObject({ state: "unknown" });
    expect(await written()).toEqual(many(10));
  });

  test("is counted", async () => {
    await commit(1, adding(...many(10)));
    const waiting = commit(1, adding(...many(0)));
    nodes[1]?.lost(WRITER);
    await waiting;
    expect(nodes[1]?.counts).toEqual({ sent: 2, doubted: 1 });
  });

  test("is the last that is sent there for a while", async () => {
    isHeard = ({ kind }) => kind !== "committed";
    const waiting = commit(1, adding(...many(0)));
    await arrived();
    nodes[1]?.lost(WRITER);
    expect(await waiting).toMatchObject({ state: "unknown" });
    expect(await commit(1, adding(...many(10)))).toMatchObject({ state: "done" });
    isHeard = () => true;
    now_ms += 4_999;
    await commit(1, adding(...many(20)));
    now_ms += 1;
    await commit(1, adding(...many(30)));
    expect(sent.map(({ node }) => node)).toEqual([WRITER, 1, 1, WRITER]);
  });

  test("since the way of the node that was sent it is bad, is one of these too", async () => {
    answers.set(WRITER, { state: "unknown", fault: unavailable("cut off") });
    expect(await commit(1, adding(...many(0)))).toMatchObject({ state: "unknown" });
    expect(await commit(1, adding(...many(10)))).toMatchObject({ state: "done" });
    expect(nodes[1]?.counts).toEqual({ sent: 1, doubted: 1 });
    expect(sent.map(({ node }) => node)).toEqual([WRITER, 1]);
  });

  test("keeps the next ones here for longer each time, up to a minute, until one is done there", async () => {
    const unknown: Answer = { state: "unknown", fault: unavailable("cut off") };
    for (const pause_ms of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      answers.set(WRITER, unknown);
      expect(await commit(1, adding(...many(0)))).toEqual(unknown);
      answers.clear();
      now_ms += pause_ms - 1;
      await commit(1, missing(...many(0)));
      now_ms += 1;
    }
    await commit(1, missing(...many(0)));
    answers.set(WRITER, unknown);
    await commit(1, adding(...many(0)));
    answers.clear();
    now_ms += 5_000;
    await commit(1, missing(...many(0)));
    const [W, one] = [WRITER, 1];
    expect(sent.map(({ node }) => node)).toEqual([...[W, one, W, one, W, one, W, one, W, one, W, one], W, W, W]);
  });

  test("that isn't done where it was sent, since the node ends, is done here", async () => {
    answers.set(WRITER, { state: "undone", again: false, fault: undone(unavailable("ending")) });
    expect(await commit(2, adding(...many(0)))).toMatchObject({ state: "done" });
    // Nor is it asked again at once.
    answers.clear();
    await commit(2, adding(...many(10)));
    now_ms += 5_000;
    await commit(2, adding(...many(20)));
    expect(sent.map(({ node }) => node)).toEqual([WRITER, 2, 2, WRITER]);
  });

  test("that isn't done there, since the database is busy, may be sent there again", async () => {
    const busy: Answer = { state: "undone", again: true, is_busy: true, fault: undone(unavailable("locked")) };
    answers.set(WRITER, busy);
    expect(await commit(2, adding(...many(0)))).toEqual(busy);
    answers.clear();
    expect(await commit(2, adding(...many(0)))).toMatchObject({ state: "done" });
    expect(sent.map(({ node }) => node)).toEqual([WRITER, WRITER]);
  });

  test("is given up when nodes are reached no more, and the next are committed here", async () => {
    isHeard = ({ kind }) => kind !== "committed";
    const waiting = commit(1, adding(...many(0)));
    nodes[1]?.through(null);
    expect(await waiting).toMatchObject({ state: "unknown" });
    expect(await commit(1, adding(...many(10)))).toMatchObject({ state: "done" });
  });
});

test("where the way to the database throws, whoever waits is answered, and the next are committed", async () => {
  const done: Answer = { state: "done", results: [] };
  const outcomes = [() => Promise.reject(new Error("broken")), async () => done];
  const writing = new SharedWriting({
    commit: () => outcomes.shift()?.() ?? Promise.reject(new Error("asked too often")),
    ...{ clock: () => 0, least_length: 0, patience_ms: 60_000 },
  });
  writing.through({ me: WRITER, first_id, writer: () => WRITER, say: () => false });
  const group = [guard(WRITER), adding(1)];
  expect(await writing.commit(group)).toMatchObject({ state: "unknown", fault: { message: "broken" } });
  expect(await writing.commit(group)).toEqual(done);
});

test.skipIf(!hasSqld)("what is small, or of another kind, a node commits itself", async () => {
  await commit(1, adding(7));
  await commit(2, adding(...many(10)), statement("DELETE FROM written WHERE n = 10"));
  await commit(2, adding(...many(20)));
  expect(sent.map(({ node }) => node)).toEqual([1, 2, WRITER]);
  expect(await written()).toEqual([7, ...many(10).slice(1), ...many(20)]);
});

test("rows that begin with an id are put together in the order of their ids", () => {
  const rows = (...ids: number[]) => JSON.stringify(ids.map((id) => [id, `of ${id}`]));
  const [byId, asTheyAre] = [mergeable("by id", { by_id: true }), mergeable("as they are")];
  const jobs = [rows(2, 900_000_000_000_001), rows(1, 30), rows(900_000_000_000_000)];
  const groups = jobs.map((own, node): Group => [guard(node), byId(own), asTheyAre(own)]);
  expect(
    combined(groups)
      .statements.slice(3)
      .map(({ params }) => params),
  ).toEqual([
    [rows(1, 2, 30, 900_000_000_000_000, 900_000_000_000_001)],
    [rows(2, 900_000_000_000_001, 1, 30, 900_000_000_000_000)],
  ]);
  const alone: Group = [guard(0), byId(rows(9, 8))];
  expect(combined([alone]).statements).toEqual([...alone]);
});

test("what is put together keeps the rows of each, in their order, and leaves out no guard", () => {
  const groups: Group[] = [
    [guard(0), adding(1, 2)],
    [guard(1), adding()],
    [guard(2), adding(3)],
  ];
  const { statements, answersOf } = combined(groups);
  expect(statements).toEqual([guard(0), guard(1), guard(2), adding(1, 2, 3)]);
  const results = [7, 8, 9, 10].map((changes) => ({ changes, rows: [] }));
  expect(
    answersOf(results).map((answer) => answer.state === "done" && answer.results.map(({ changes }) => changes)),
  ).toEqual([
    [7, 10],
    [8, 10],
    [9, 10],
  ]);
});
