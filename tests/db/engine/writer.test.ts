// The writer: groups, order, bounds, hooks and draining, over a driver whose commits the test lets through one by one.
// Nothing here waits for time: a group is in flight until the test finishes it.

import { afterAll, describe, expect, test } from "bun:test";
import { DatabaseError, type Job, type JobOutcome } from "../../../src/db/engine/driver.ts";
import { openEmbedded } from "../../../src/db/engine/embedded.ts";
import { type Commit, createWriter, type WriterOptions } from "../../../src/db/engine/writer.ts";
import { limits } from "../../../src/domain/limits.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../temporary.ts";
import { statement } from "./driver-contract.ts";

afterAll(removeTemporaryDirectories);

interface HeldGroup {
  jobs: Job[];
  finish: (outcomes?: JobOutcome[]) => void;
  fail: (error: Error) => void;
}

const ok: JobOutcome = { ok: true, results: [] };

function job(name: string): Job {
  return [statement(name)];
}

function names(group: HeldGroup | undefined): string[] {
  return (group?.jobs ?? []).map(([first]) => first?.sql ?? "");
}

function heldWriter(options: Partial<WriterOptions> = {}) {
  const groups: HeldGroup[] = [];
  let arrived = Promise.withResolvers<void>();
  const writer = createWriter({
    ...options,
    transact(jobs) {
      return new Promise((resolve, reject) => {
        groups.push({ jobs, finish: (outcomes = jobs.map(() => ok)) => resolve(outcomes), fail: reject });
        arrived.resolve();
        arrived = Promise.withResolvers();
      });
    },
  });
  const group = async (index: number): Promise<HeldGroup> => {
    for (;;) {
      const found = groups[index];
      if (found) return found;
      await arrived.promise;
    }
  };
  return { writer, groups, group };
}

async function faultKind(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((caught: unknown) => caught);
  return error instanceof DatabaseError ? error.fault.kind : "settled well";
}

describe("the writer", () => {
  test("commits the jobs that wait while a group is in flight as one group", async () => {
    const commits: Commit[] = [];
    const { writer, group } = heldWriter({ onCommit: (commit) => commits.push(commit) });
    const first = writer.enqueue(job("a"));
    const one = await group(0);
    const rest = ["b", "c", "d"].map((name) => writer.enqueue(job(name)));
    expect(writer.stats()).toEqual({ queuedJobs: 3, inFlightJobs: 1 });
    one.finish();
    await first;
    const two = await group(1);
    expect(names(two)).toEqual(["b", "c", "d"]);
    two.finish();
    await Promise.all(rest);
    expect(commits.map((commit) => commit.jobs)).toEqual([1, 3]);
    expect(writer.stats()).toEqual({ queuedJobs: 0, inFlightJobs: 0 });
  });

  test("sends a large group on its way before it settles the last one, and settles in order", async () => {
    const { writer, group } = heldWriter();
    const settled: string[] = [];
    const enqueue = (name: string) => writer.enqueue(job(name)).then(() => settled.push(name));
    const first = enqueue("a");
    const one = await group(0);
    const rest = Array.from({ length: limits.writer_large_group }, (_, index) => enqueue(`${index}`));
    one.finish();
    const two = await group(1);
    expect(settled).toEqual([]);
    two.finish();
    await Promise.all([first, ...rest]);
    expect(settled).toEqual(["a", ...rest.keys().map(String)]);
  });

  test("keeps a group to its bound", async () => {
    const { writer, groups, group } = heldWriter({ maxJobsPerGroup: 2 });
    const all = ["a", "b", "c", "d", "e"].map((name) => writer.enqueue(job(name)));
    for (const index of [0, 1, 2]) (await group(index)).finish();
    await Promise.all(all);
    expect(groups.map(names)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  test("lets others pass long texts, and commits few of these at once", async () => {
    const { writer, groups, group } = heldWriter();
    const long = (name: string): Job => [
      statement(name),
      { sql: "index", params: ["x".repeat(limits.writer_group_text_length / 2)], makes_terms: true },
    ];
    const order: string[] = [];
    const all = [job("a"), ...["b", "c", "d", "e", "f"].map(long), job("g"), job("h")].map((one) =>
      writer.enqueue(one).then(() => order.push(one[0]?.sql ?? "")),
    );
    for (const index of [0, 1, 2]) (await group(index)).finish();
    await Promise.all(all);
    expect(groups.map(names)).toEqual([["a", "g", "h", "b", "c"], ["d", "e"], ["f"]]);
    expect(order).toEqual(["a", "g", "h", "b", "c", "d", "e", "f"]);
  });

  test("commits long texts though others come without end, and counts them as waiting", async () => {
    const { writer, group } = heldWriter({ maxJobsPerGroup: 2, maxQueuedJobs: 5 });
    const long: Job = [{ sql: "long", params: ["x".repeat(limits.writer_group_text_length)], makes_terms: true }];
    const first = writer.enqueue(job("a"));
    const one = await group(0);
    const rest = [...["b", "c", "d"].map(job), long, job("e")].map((waiting) => writer.enqueue(waiting));
    expect(writer.stats().queuedJobs).toBe(5);
    expect(await faultKind(writer.enqueue(job("f")))).toBe("unavailable");
    one.finish();
    const two = await group(1);
    expect(names(two)).toEqual(["b", "long"]);
    two.finish();
    for (const index of [2, 3]) (await group(index)).finish();
    await Promise.all([first, ...rest]);
  });

  test("settles in the order of acceptance, failures among successes", async () => {
    const { writer, group } = heldWriter({ maxJobsPerGroup: 3 });
    const order: string[] = [];
    const all = ["a", "b", "c", "d"].map((name) =>
      writer.enqueue(job(name)).then(
        () => order.push(name),
        () => order.push(`${name} failed`),
      ),
    );
    (await group(0)).finish([ok, { ok: false, error: { kind: "constraint", message: "no" } }, ok]);
    (await group(1)).finish();
    await Promise.all(all);
    expect(order).toEqual(["a", "b failed", "c", "d"]);
  });

  test("refuses jobs beyond its queue at once, and takes more when there is room", async () => {
    const { writer, group } = heldWriter({ maxQueuedJobs: 2 });
    const a = writer.enqueue(job("a"));
    const one = await group(0);
    const accepted = [writer.enqueue(job("b")), writer.enqueue(job("c"))];
    const error = await writer.enqueue(job("d")).catch((caught: unknown) => caught);
    // Nobody has to look for what was never sent.
    expect(error).toMatchObject({ fault: { kind: "unavailable", undone: true } });
    one.finish();
    const two = await group(1);
    const e = writer.enqueue(job("e"));
    two.finish();
    (await group(2)).finish();
    await Promise.all([a, ...accepted, e]);
  });

  test("drains: settles what it accepted and refuses the rest", async () => {
    const { writer, group } = heldWriter();
    const settled: string[] = [];
    const a = writer.enqueue(job("a")).then(() => settled.push("a"));
    const one = await group(0);
    const b = writer.enqueue(job("b")).then(() => settled.push("b"));
    const drained = writer.drain().then(() => settled.push("drained"));
    const error = await writer.enqueue(job("c")).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ fault: { kind: "unavailable", undone: true } });
    one.finish();
    (await group(1)).finish();
    await Promise.all([a, b, drained]);
    expect(settled).toEqual(["a", "b", "drained"]);
    await writer.drain();
  });

  test("flushes: waits for what it accepted, be it lost, and goes on", async () => {
    const { writer, group } = heldWriter({ maxQueuedJobs: 1 });
    const settled: string[] = [];
    const a = writer.enqueue(job("a")).catch(() => settled.push("a"));
    const one = await group(0);
    const b = writer.enqueue(job("b")).catch(() => settled.push("b"));
    const flushed = writer.flush().then(() => settled.push("flushed"));
    one.fail(new Error("no disk"));
    (await group(1)).fail(new Error("no disk"));
    await Promise.all([a, b, flushed]);
    expect(settled).toEqual(["a", "b", "flushed"]);
    const c = writer.enqueue(job("c"));
    (await group(2)).finish();
    await c;
  });

  test("drains at once when it has nothing to do", async () => {
    await heldWriter().writer.drain();
  });

  test("goes on after a group that was lost, and tells of the fault", async () => {
    const faults: string[] = [];
    const { writer, group } = heldWriter({ onFault: (fault) => faults.push(fault.message) });
    const lost = [writer.enqueue(job("a")), writer.enqueue(job("b"))];
    (await group(0)).fail(new Error("the disk is gone"));
    expect(await Promise.all(lost.map(faultKind))).toEqual(["unavailable", "unavailable"]);
    const next = writer.enqueue(job("c"));
    (await group(1)).finish();
    await next;
    expect(faults).toEqual(["the disk is gone"]);
  });

  test("tells neither of constraints nor of a commit where there was none", async () => {
    const told: unknown[] = [];
    const { writer, group } = heldWriter({ onCommit: (c) => told.push(c), onFault: (f) => told.push(f) });
    const refused = writer.enqueue(job("a"));
    (await group(0)).finish([{ ok: false, error: { kind: "constraint", message: "no", constraint: "t.id" } }]);
    const error = await refused.catch((caught: unknown) => caught);
    expect((error as DatabaseError).fault.constraint).toBe("t.id");
    expect(told).toEqual([]);
  });

  test("over a real database commits a burst in few transactions, one bad job apart", async () => {
    const driver = await openEmbedded({ url: await temporaryDatabaseUrl() });
    const commits: Commit[] = [];
    const writer = createWriter({ transact: driver.transact, onCommit: (commit) => commits.push(commit) });
    await writer.enqueue([statement("CREATE TABLE t (id integer primary key)")]);
    const ids = Array.from({ length: 1_500 }, (_, index) => (index === 700 ? 5 : index));
    const settled = await Promise.allSettled(
      ids.map((id) => writer.enqueue([statement("INSERT INTO t VALUES (?)", id)])),
    );
    expect(settled.flatMap((result, index) => (result.status === "rejected" ? [index] : []))).toEqual([700]);
    expect(commits.map((commit) => commit.jobs)).toEqual([1, 1_000, 500]);
    expect(await driver.query(statement("SELECT count(*) FROM t"))).toEqual([[1_499]]);
    await writer.drain();
    await driver.close();
  });
});
