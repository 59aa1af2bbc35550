// The one writer: collects jobs and commits all that are waiting as one group, one group at a time.
// Jobs are committed and settled in the order they were accepted, but for those with long texts, which let others pass;
// none settles before it is durable. Must not retry: a job whose end is unknown is its owner's to decide.

import { monotonic } from "../../clock.ts";
import { Fifo } from "../../domain/fifo.ts";
import { limits } from "../../domain/limits.ts";
import {
  DatabaseError,
  type DatabaseFault,
  failAll,
  type Job,
  type JobOutcome,
  type StatementResult,
  unavailable,
  undone,
} from "./driver.ts";
import { messageOf } from "./faults.ts";

export interface Commit {
  jobs: number;
  durationMs: number;
}

export interface WriterOptions {
  transact: (jobs: Job[]) => Promise<JobOutcome[]>;
  maxJobsPerGroup?: number | undefined;
  maxQueuedJobs?: number | undefined;
  /** Once a group of which at least one job was committed, before its jobs settle. */
  onCommit?: ((commit: Commit) => void) | undefined;
  /** The first fault of a group that is no constraint. */
  onFault?: ((fault: DatabaseFault) => void) | undefined;
}

export interface WriterStats {
  queuedJobs: number;
  inFlightJobs: number;
}

export interface Writer {
  /** Results in the order of the job's statements; rejects with DatabaseError. */
  enqueue(job: Job): Promise<StatementResult[]>;
  /** Resolves when all accepted jobs have settled, however they did. */
  flush(): Promise<void>;
  /** Refuses new jobs from now on and resolves when all accepted ones have settled. */
  drain(): Promise<void>;
  stats(): WriterStats;
}

interface Entry {
  job: Job;
  resolve(results: StatementResult[]): void;
  reject(error: DatabaseError): void;
}

interface LongEntry extends Entry {
  length: number;
}

export function createWriter(options: WriterOptions): Writer {
  const { maxJobsPerGroup = limits.writer_group, maxQueuedJobs = limits.writer_queue } = options;
  let queue: Entry[] = [];
  /** A text takes so long to index that a hundred of them would hold up whoever is in their group or behind it. */
  const long_texts = new Fifo<LongEntry>();
  let inFlightJobs = 0;
  let lastGroupJobs = 0;
  let running: Promise<void> | null = null;
  let draining = false;

  const queued = () => queue.length + long_texts.length;

  /** What is committed next: of the long texts a few, each behind all that it let pass, and of the others what has room. */
  function takeGroup(): Entry[] {
    const long: Entry[] = [];
    for (let length = 0; length < limits.writer_group_text_length && long.length < maxJobsPerGroup; ) {
      const next = long_texts.shift();
      if (!next) break;
      length += next.length;
      long.push(next);
    }
    const room = maxJobsPerGroup - long.length;
    const group = queue.slice(0, room);
    queue = queue.slice(room);
    return long.length > 0 ? [...group, ...long] : group;
  }

  async function run(): Promise<void> {
    let settled = Promise.resolve();
    // A round of the event loop later: what has arrived together is committed together.
    await nextTurn();
    for (;;) {
      if (queued() === 0) await settled;
      if (queued() === 0) break;
      // Clients that were answered are likely to ask again: a smaller group than the last waits a moment for them.
      if (queued() < lastGroupJobs && !isLarge(queued())) await Bun.sleep(limits.writer_gather_ms);
      const group = takeGroup();
      inFlightJobs = group.length;
      lastGroupJobs = group.length;
      const outcomes = await commitGroup(options, group);
      inFlightJobs = 0;
      // While the next group is on the disk, where a large one goes first; yet none of it settles before all of this one.
      await settled;
      settled = isLarge(queued()) ? nextTurn().then(() => settleAll(group, outcomes)) : settleAll(group, outcomes);
    }
    running = null;
  }

  return {
    enqueue(job) {
      if (draining) return Promise.reject(new DatabaseError(undone(unavailable("the writer is shutting down"))));
      if (queued() >= maxQueuedJobs) {
        return Promise.reject(new DatabaseError(undone(unavailable("the writer has too many jobs waiting"))));
      }
      return new Promise((resolve, reject) => {
        const length = textLengthOf(job);
        if (length > limits.writer_long_text_length) long_texts.push({ job, resolve, reject, length });
        else queue.push({ job, resolve, reject });
        running ??= run();
      });
    },
    async flush() {
      await running;
    },
    async drain() {
      draining = true;
      await running;
    },
    stats: () => ({ queuedJobs: queued(), inFlightJobs }),
  };
}

/** Of what is to be taken apart into search terms, as JSON. */
function textLengthOf(job: Job): number {
  let length = 0;
  for (const { makes_terms, params } of job) {
    if (makes_terms) length += String(params[0]).length;
  }
  return length;
}

async function commitGroup(options: WriterOptions, group: Entry[]): Promise<JobOutcome[]> {
  const jobs = group.map((entry) => entry.job);
  const startedMs = monotonic();
  let outcomes: JobOutcome[];
  try {
    outcomes = await options.transact(jobs);
  } catch (error) {
    outcomes = failAll(jobs, error instanceof DatabaseError ? error.fault : unavailable(messageOf(error)));
  }
  const durationMs = monotonic() - startedMs;
  // Apart from this call: a hook that throws must not keep the group from settling.
  queueMicrotask(() => report(options, outcomes, durationMs));
  return outcomes;
}

function report(options: WriterOptions, outcomes: JobOutcome[], durationMs: number): void {
  if (outcomes.some((outcome) => outcome.ok)) options.onCommit?.({ jobs: outcomes.length, durationMs });
  const failed = outcomes.find((outcome) => !outcome.ok && outcome.error.kind !== "constraint");
  if (failed && !failed.ok) options.onFault?.(failed.error);
}

/** In slices, with other work in between: much is done when a job settles. */
async function settleAll(group: Entry[], outcomes: JobOutcome[]): Promise<void> {
  let settled = 0;
  for (const entry of group) {
    if (settled > 0 && settled % limits.writer_settled_at_once === 0) await nextTurn();
    settle(entry, outcomes[settled]);
    settled += 1;
  }
}

/** Whether so many jobs are worth a commit of their own, with those that may come in a moment left for the next. */
const isLarge = (jobs: number) => jobs >= limits.writer_large_group;

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

function settle({ resolve, reject }: Entry, outcome: JobOutcome | undefined): void {
  if (outcome?.ok) resolve(outcome.results);
  else reject(new DatabaseError(outcome?.error ?? unavailable("the driver gave no outcome")));
}
