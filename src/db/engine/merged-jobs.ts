// Puts jobs together that say the same of different rows, so that a group costs one statement and not one each.
// Every job gets the outcome of the whole; where the whole was refused, each is done again alone.
// Must not put together jobs between which there is another one: their order is that of their acceptance.

import type { Job, JobOutcome } from "./driver.ts";

type Transact = (jobs: Job[]) => Promise<JobOutcome[]>;

/** `transact` for jobs of which those whose statements are all `mergeable` are merged with their neighbours of like texts. */
export function merging(transact: Transact): Transact {
  return async (jobs) => {
    const runs = runsOf(jobs);
    const outcomes = await transact(runs.map(mergedJob));
    const isRefused = (run: Job[], outcome: JobOutcome | undefined) =>
      run.length > 1 && outcome?.ok === false && outcome.error.kind !== "unavailable";
    // All of them at once: each call may be a round trip.
    const refused = runs.filter((run, index) => isRefused(run, outcomes[index])).flat();
    const of_each = refused.length > 0 ? await transact(refused) : [];
    let next = 0;
    return runs.flatMap((run, index) => {
      const outcome = outcomes[index];
      if (!outcome) return [];
      if (!isRefused(run, outcome)) return run.map(() => outcome);
      next += run.length;
      return of_each.slice(next - run.length, next);
    });
  };
}

/** The jobs in their order, those that can be one together. */
function runsOf(jobs: readonly Job[]): Job[][] {
  const runs: Job[][] = [];
  let last: Job | null = null;
  for (const job of jobs) {
    const is_mergeable = job.length > 0 && job.every(({ mergeable }) => mergeable);
    if (is_mergeable && last && isLike(job, last)) runs.at(-1)?.push(job);
    else runs.push([job]);
    last = is_mergeable ? job : null;
  }
  return runs;
}

function isLike(job: Job, other: Job): boolean {
  return job.length === other.length && job.every(({ sql }, index) => sql === other[index]?.sql);
}

/** Jobs of like texts as one, which may be put together with others again. */
export function mergedJob(run: readonly Job[]): Job {
  const [first] = run as [Job];
  if (run.length === 1) return first;
  return first.map((statement, index) => {
    // Each parameter is an array as JSON: what stands between their brackets, in one pair.
    const rows = run.map((job) => String(job[index]?.params[0]).slice(1, -1)).filter((text) => text !== "");
    return { ...statement, params: [`[${rows.join(",")}]`] };
  });
}
