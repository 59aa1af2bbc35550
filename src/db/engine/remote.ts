// The driver for a database server. A group is one batch behind the fence's guard. Where a job is refused, nothing of it
// is done, and the rest is sent once more with each job undone alone if it fails: two round trips, however many fail.
// What is known not to be done is tried again for a moment.
// Reads that take long have some of the connections, and never all.
// Must not guess after a broken connection: the group may be done, its jobs are `unavailable`, and nothing is read or
// written before the fence has made sure that it can't be done any more.

import { monotonic } from "../../clock.ts";
import { limits } from "../../domain/limits.ts";
import { type Answer, type DatabaseServer, reachServer, type ServerAddress } from "./database-server.ts";
import {
  DatabaseError,
  type DatabaseFault,
  type Driver,
  failAll,
  type Job,
  type JobOutcome,
  type SqlValue,
  type Statement,
  unavailable,
  undone,
} from "./driver.ts";
import { Fence, type GroupFence } from "./fence.ts";
import { RequestsAtOnce } from "./requests-at-once.ts";
import { workedJobs } from "./worked-params.ts";

export interface RemoteOptions extends ServerAddress {
  /** A server that doesn't sync its commits will do. */
  allowUnsafe?: boolean | undefined;
  /** Told once that another process has the database, with a sentence for a person. */
  onFatal?: ((reason: string) => void) | undefined;
  /** The fence, where it isn't that of the one process that has the database. */
  takeFence?: ((server: DatabaseServer) => Promise<GroupFence>) | undefined;
  /** What bounds its requests, where others share the server. */
  atOnce?: RequestsAtOnce | undefined;
  /** How long an answer is waited for. */
  deadlineMs?: number | undefined;
  /** How long what is known not to be done is tried again. */
  patienceMs?: number | undefined;
}

/** Rejects with DatabaseError, or UnsafeDatabaseError for a server that doesn't sync its commits. */
export async function openRemote(options: RemoteOptions): Promise<Driver> {
  const { deadlineMs = limits.remote_database_deadline_ms, atOnce = new RequestsAtOnce() } = options;
  return openRemoteAt(await reachServer(options, deadlineMs, atOnce), { ...options, atOnce });
}

/** The same of a server that is reached already. */
export async function openRemoteAt(
  server: DatabaseServer,
  options: Omit<RemoteOptions, keyof ServerAddress>,
): Promise<Driver> {
  const { allowUnsafe = false, onFatal = () => undefined, patienceMs = limits.remote_database_patience_ms } = options;
  const { takeFence = (server) => Fence.take(server, { allowUnsafe, onFatal }), atOnce = new RequestsAtOnce() } =
    options;
  try {
    const fence = await takeFence(server);
    return remoteDriver({ server, fence, atOnce, insist: insistingFor(patienceMs) });
  } catch (error) {
    server.close();
    throw error;
  }
}

interface Remote {
  server: DatabaseServer;
  fence: GroupFence;
  atOnce: RequestsAtOnce;
  insist: Insist;
}

function remoteDriver(remote: Remote): Driver {
  const { server, fence, atOnce } = remote;
  return {
    query: (statement) => atOnce.read(statement.lane ?? "quick", () => query(remote, statement)),
    transact: async (jobs) => transact(remote, await workedJobs(jobs)),
    async look() {
      await pass(fence);
      const fault = await fence.look();
      if (fault) throw new DatabaseError(fault);
    },
    giveUp: () => server.giveUp(),
    async close() {
      server.close();
    },
  };
}

async function query({ server, fence, insist }: Remote, statement: Statement): Promise<SqlValue[][]> {
  await pass(fence);
  const answer = await insist(() => server.read(statement));
  if (answer.state !== "done") throw new DatabaseError(answer.fault);
  return answer.results[0]?.rows ?? [];
}

async function pass(fence: GroupFence): Promise<void> {
  if (fence.isHeld) return;
  const fault = await fence.settled();
  if (fault) throw new DatabaseError(fault);
}

/** Sends again what the server had no room for, or what found no server. */
type Insist = <Results>(send: () => Promise<Answer<Results>>) => Promise<Answer<Results>>;

/** For `patienceMs` since an outage began, not for each call: only the first calls in an outage wait for its end. */
function insistingFor(patienceMs: number): Insist {
  let lateMs: number | null = null;
  return async (send) => {
    const ownLateMs = monotonic() + patienceMs;
    for (;;) {
      const answer = await send();
      if (answer.state !== "undone" || !answer.again) {
        // No answer is no sign of the outage's end.
        if (answer.state !== "unknown") lateMs = null;
        return answer;
      }
      lateMs ??= monotonic() + patienceMs;
      if (monotonic() >= Math.min(lateMs, ownLateMs)) return answer;
      await Bun.sleep(limits.remote_database_pause_ms);
    }
  };
}

/** One round trip, or two where a job is refused: only then is each job kept apart from the others, which costs more. */
async function transact(remote: Remote, jobs: Job[]): Promise<JobOutcome[]> {
  const { server } = remote;
  const together = await sendGroup(remote, (guard) => server.commit([guard, ...jobs.flat()]));
  if (together.state === "done") {
    const results = together.results.slice(1);
    return jobs.map((job) => ({ ok: true, results: results.splice(0, job.length) }));
  }
  if (together.state === "given_up") return failAll(jobs, together.fault);
  const refused = jobOfStatement(jobs, together.index - 1);
  // It is known not to be done, whatever becomes of the rest.
  const [before, after] = [jobs.slice(0, refused), jobs.slice(refused + 1)];
  const outcomes = await transactApart(remote, [...before, ...after]);
  return outcomes.toSpliced(refused, 0, { ok: false, error: together.fault });
}

async function transactApart(remote: Remote, jobs: Job[]): Promise<JobOutcome[]> {
  if (jobs.length === 0) return [];
  const apart = await sendGroup(remote, (guard) => remote.server.group(guard, jobs));
  return apart.state === "done" ? apart.results : failAll(jobs, apart.fault);
}

type Attempt<Results> =
  | { state: "done"; results: Results }
  /** SQL refused the statement at `index`, which is not the guard. */
  | { state: "refused"; index: number; fault: DatabaseFault }
  | { state: "given_up"; fault: DatabaseFault };

/** `send` gets the guard of the present term; it is called again where the group was of an earlier one. */
async function sendGroup<Results>(
  { fence, insist }: Remote,
  send: (guard: Statement) => Promise<Answer<Results>>,
): Promise<Attempt<Results>> {
  for (;;) {
    const barred = fence.isHeld ? null : await fence.settled();
    if (barred) return { state: "given_up", fault: undone(barred) };
    const guard = fence.guard();
    const answer = await insist(() => send(guard));
    switch (answer.state) {
      case "done":
        return answer;
      case "refused": {
        if (answer.index > 0) return answer;
        const fault = await fence.refused(answer.fault);
        if (fault) return { state: "given_up", fault: undone(fault) };
        continue;
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
}

function jobOfStatement(jobs: readonly Job[], index: number): number {
  let after = 0;
  return jobs.findIndex((job) => {
    after += job.length;
    return index < after;
  });
}
