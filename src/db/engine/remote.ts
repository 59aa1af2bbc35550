// The driver for a database server. A group is one batch behind the fence's guard; a job that fails is left out and the
// rest sent again, so the jobs before it count once. What is known not to be done is tried again for a moment.
// Must not guess after a broken connection: the group may be done, its jobs are `unavailable`, and nothing is read or
// written before the fence has made sure that it can't be done any more.

import { limits } from "../../domain/limits.ts";
import { type Answer, type DatabaseServer, reachServer, type ServerAddress, undone } from "./database-server.ts";
import {
  DatabaseError,
  type DatabaseFault,
  type Driver,
  type Job,
  type JobOutcome,
  type StatementResult,
  unavailable,
} from "./driver.ts";
import { Fence } from "./fence.ts";

export interface RemoteOptions extends ServerAddress {
  /** A server that doesn't sync its commits will do. */
  allowUnsafe?: boolean | undefined;
  /** Told once that another process has the database, with a sentence for a person. */
  onFatal?: ((reason: string) => void) | undefined;
  /** How long an answer is waited for. */
  deadlineMs?: number | undefined;
  /** How long what is known not to be done is tried again. */
  patienceMs?: number | undefined;
}

/** Rejects with DatabaseError, or UnsafeDatabaseError for a server that doesn't sync its commits. */
export async function openRemote(options: RemoteOptions): Promise<Driver> {
  const { deadlineMs = limits.remote_database_deadline_ms, patienceMs = limits.remote_database_patience_ms } = options;
  const { allowUnsafe = false, onFatal = () => undefined } = options;
  const server = await reachServer(options, deadlineMs);
  try {
    const fence = await Fence.take(server, { allowUnsafe, onFatal });
    return remoteDriver({ server, fence, insist: insistingFor(patienceMs) });
  } catch (error) {
    server.close();
    throw error;
  }
}

interface Remote {
  server: DatabaseServer;
  fence: Fence;
  insist: Insist;
}

function remoteDriver(remote: Remote): Driver {
  const { server, fence, insist } = remote;
  return {
    async query(statement) {
      await pass(fence);
      const answer = await insist(() => server.run(statement));
      if (answer.state !== "done") throw new DatabaseError(answer.fault);
      return answer.results[0]?.rows ?? [];
    },
    transact: (jobs) => transact(remote, jobs),
    async look() {
      await pass(fence);
      const fault = await fence.look();
      if (fault) throw new DatabaseError(fault);
    },
    async close() {
      server.close();
    },
  };
}

async function pass(fence: Fence): Promise<void> {
  if (fence.isHeld) return;
  const fault = await fence.settled();
  if (fault) throw new DatabaseError(fault);
}

/** Sends again what the server had no room for, or what found no server. */
type Insist = (send: () => Promise<Answer>) => Promise<Answer>;

/** For `patienceMs` since an outage began, not for each call: only the first calls in an outage wait for its end. */
function insistingFor(patienceMs: number): Insist {
  let lateMs: number | null = null;
  return async (send) => {
    const ownLateMs = performance.now() + patienceMs;
    for (;;) {
      const answer = await send();
      if (answer.state !== "undone" || !answer.again) {
        lateMs = null;
        return answer;
      }
      lateMs ??= performance.now() + patienceMs;
      if (performance.now() >= Math.min(lateMs, ownLateMs)) return answer;
      await Bun.sleep(limits.remote_database_pause_ms);
    }
  };
}

async function transact(remote: Remote, jobs: Job[]): Promise<JobOutcome[]> {
  const outcomes = new Map<Job, JobOutcome>();
  let remaining = jobs;
  while (remaining.length > 0) {
    const attempt = await sendGroup(remote, remaining);
    if (attempt.state === "given_up") {
      // Jobs found at fault in an earlier round are known not to be done, whatever became of the rest.
      return jobs.map((job) => outcomes.get(job) ?? { ok: false, error: attempt.fault });
    }
    if (attempt.state === "done") {
      remaining.forEach((job, index) => {
        outcomes.set(job, { ok: true, results: attempt.results[index] ?? [] });
      });
      break;
    }
    if (attempt.state === "job_failed") {
      outcomes.set(attempt.job, { ok: false, error: attempt.fault });
      remaining = remaining.filter((job) => job !== attempt.job);
    }
  }
  return jobs.map((job) => outcomes.get(job) ?? { ok: false, error: unavailable("the server gave no outcome") });
}

type Attempt =
  | { state: "done"; results: StatementResult[][] }
  | { state: "job_failed"; job: Job; fault: DatabaseFault }
  /** The group was of an earlier term and was not done: it may be sent again. */
  | { state: "stale" }
  | { state: "given_up"; fault: DatabaseFault };

async function sendGroup({ server, fence, insist }: Remote, jobs: Job[]): Promise<Attempt> {
  const barred = fence.isHeld ? null : await fence.settled();
  if (barred) return { state: "given_up", fault: undone(barred) };
  const statements = [fence.guard(), ...jobs.flat()];
  const answer = await insist(() => server.batch(statements));
  switch (answer.state) {
    case "done": {
      const results = answer.results.slice(1);
      return { state: "done", results: jobs.map((job) => results.splice(0, job.length)) };
    }
    case "refused": {
      if (answer.index === 0) {
        const fault = await fence.refused(answer.fault);
        return fault ? { state: "given_up", fault: undone(fault) } : { state: "stale" };
      }
      const job = jobOfStatement(jobs, answer.index - 1);
      if (job) return { state: "job_failed", job, fault: answer.fault };
      return { state: "given_up", fault: unavailable(answer.fault.message) };
    }
    case "unknown":
      fence.doubt();
      // At once, so that a look at what came of it waits the less.
      void fence.settled();
      return { state: "given_up", fault: unavailable(answer.fault.message) };
    case "undone":
      return { state: "given_up", fault: answer.fault };
    case "failed":
      return { state: "given_up", fault: unavailable(answer.fault.message) };
  }
}

function jobOfStatement(jobs: Job[], index: number): Job | undefined {
  let after = 0;
  return jobs.find((job) => {
    after += job.length;
    return index < after;
  });
}
