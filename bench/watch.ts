// What a run costs the two sides of it: CPU and memory of the server, and whether the load generator kept up. A
// generator that is busy all the time measures itself.

import type { EngineCpuMs, Readings, Subject } from "./process.ts";

/** Above this share of one core the generator is taken for the bottleneck. */
export const SATURATED_SHARE = 0.9;

export interface Watched {
  wall_ms: number;
  server_cpu_ms: number;
  /** Of one core; of the thread that runs the event loop, of all of them. */
  server_cpu_share: number;
  main_thread_share: number;
  generator_share: number;
  loop_lag_p99_ms: number;
  /** Of orchard only. */
  jobs_per_commit?: number;
  /** Of one core: what it runs on. */
  sqld_cpu_share?: number;
  nats_cpu_share?: number;
}

/** Begins to watch; what it returns ends it. */
export async function watch(subject: Subject): Promise<() => Promise<Watched>> {
  const before = await subject.readings();
  const started_ms = performance.now();
  const own = process.cpuUsage();
  const server_ms = subject.cpuMs();
  const engines_ms = subject.engineCpuMs?.();
  return async () => {
    const now_ms = subject.cpuMs();
    const server_cpu_ms = now_ms.all - server_ms.all;
    const wall_ms = performance.now() - started_ms;
    const now_engines_ms = subject.engineCpuMs?.();
    const { user, system } = process.cpuUsage(own);
    const after = await subject.readings();
    return {
      ...{ wall_ms, server_cpu_ms, server_cpu_share: server_cpu_ms / wall_ms },
      main_thread_share: (now_ms.main - server_ms.main) / wall_ms,
      generator_share: (user + system) / 1000 / wall_ms,
      ...(engines_ms && now_engines_ms ? engineShares(engines_ms, now_engines_ms, wall_ms) : {}),
      ...ownFigures(before, after),
    };
  };
}

function engineShares(before: EngineCpuMs, after: EngineCpuMs, wall_ms: number) {
  const sqld_cpu_share = (after.sqld - before.sqld) / wall_ms;
  if (after.nats === undefined || before.nats === undefined) return { sqld_cpu_share };
  return { sqld_cpu_share, nats_cpu_share: (after.nats - before.nats) / wall_ms };
}

function ownFigures(before: Readings, after: Readings): Pick<Watched, "loop_lag_p99_ms" | "jobs_per_commit"> {
  const commits = after.commits - before.commits;
  const jobs = after.committed_jobs - before.committed_jobs;
  return { loop_lag_p99_ms: after.lag_p99_ms, ...(commits > 0 ? { jobs_per_commit: jobs / commits } : {}) };
}
