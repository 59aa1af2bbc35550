// Merged jobs: what goes to the driver as one, what each job is told, and that a bad one spoils only itself.

import { afterAll, expect, test } from "bun:test";
import type { Job, JobOutcome, Statement } from "../../../src/db/engine/driver.ts";
import { openEmbedded } from "../../../src/db/engine/embedded.ts";
import { merging } from "../../../src/db/engine/merged-jobs.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../temporary.ts";
import { statement } from "./driver-contract.ts";

afterAll(removeTemporaryDirectories);

const INSERT = "INSERT INTO t SELECT value FROM json_each(?) RETURNING id";

function adding(...ids: (number | null)[]): Job {
  return [{ sql: INSERT, params: [JSON.stringify(ids)], mergeable: true }];
}

/** A driver that notes what reaches it and answers each job with its place. */
function noting(answer: (job: Job, place: number) => JobOutcome = done) {
  const sent: Statement[][][] = [];
  const transact = merging(async (jobs) => {
    sent.push(jobs);
    return jobs.map(answer);
  });
  return { sent, transact };
}

const done = (_: Job, changes: number): JobOutcome => ({ ok: true, results: [{ changes, rows: [] }] });
const places = (outcomes: JobOutcome[]) => outcomes.map((one) => (one.ok ? one.results[0]?.changes : one.error.kind));

test("neighbours of the same text become one, whose outcome each of them gets", async () => {
  const { sent, transact } = noting();
  const other: Job = [statement("DELETE FROM t")];
  const two: Job = [...adding(5), statement("SELECT 1")];
  const outcomes = await transact([adding(1), adding(2, 3), other, adding(4), two, adding(6), adding(7)]);
  expect(sent).toEqual([[adding(1, 2, 3), other, adding(4), two, adding(6, 7)]]);
  expect(places(outcomes)).toEqual([0, 0, 1, 2, 3, 4, 4]);
});

test("jobs of several statements become one where each of them may", async () => {
  const { sent, transact } = noting();
  const NOTE = "INSERT INTO notes SELECT value FROM json_each(?)";
  const noted = (id: number): Job => [
    ...adding(id),
    { sql: NOTE, params: [`["${id}"]`], mergeable: true, makes_terms: true },
  ];
  const outcomes = await transact([noted(1), noted(2), adding(3), noted(4)]);
  const together: Job = [...adding(1, 2), { ...statement(NOTE, '["1","2"]'), mergeable: true, makes_terms: true }];
  expect(sent).toEqual([[together, adding(3), noted(4)]]);
  expect(places(outcomes)).toEqual([0, 0, 1, 2]);
});

test("where all together are refused, each is tried alone; a lost group is not tried again", async () => {
  const constraint: JobOutcome = { ok: false, error: { kind: "constraint", message: "no" } };
  const refusing = noting((job, place) => (job[0]?.params[0] === "[1,2,3]" ? constraint : done(job, place)));
  expect(places(await refusing.transact([adding(1), adding(2), adding(3)]))).toEqual([0, 1, 2]);
  const losing = noting(() => ({ ok: false, error: { kind: "unavailable", message: "gone" } }));
  expect(places(await losing.transact([adding(1), adding(2)]))).toEqual(["unavailable", "unavailable"]);
  expect(losing.sent).toHaveLength(1);
});

test("what was refused together is tried again in one go, however many runs it was", async () => {
  const constraint: JobOutcome = { ok: false, error: { kind: "constraint", message: "no" } };
  const { sent, transact } = noting((job, place) =>
    /,/.test(String(job[0]?.params[0])) ? constraint : done(job, place),
  );
  const other: Job = [statement("DELETE FROM t")];
  const outcomes = await transact([adding(1), adding(2), other, adding(3), adding(4)]);
  expect(places(outcomes)).toEqual([0, 1, 1, 2, 3]);
  expect(sent.map((jobs) => jobs.length)).toEqual([3, 4]);
});

test("over a real database, a bad job among good ones is undone alone", async () => {
  const driver = await openEmbedded({ url: await temporaryDatabaseUrl() });
  const transact = merging(driver.transact);
  await transact([[statement("CREATE TABLE t (id integer primary key, check (id <> 3))")]]);
  const outcomes = await transact([adding(1), adding(2), adding(3), adding(4)]);
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, false, true]);
  expect(await driver.query(statement("SELECT id FROM t"))).toEqual([[1], [2], [4]]);
  const together = await transact([adding(5), adding(6)]);
  expect(together.map((one) => one.ok && one.results[0]?.rows)).toEqual([
    [[5], [6]],
    [[5], [6]],
  ]);
  await driver.close();
});
