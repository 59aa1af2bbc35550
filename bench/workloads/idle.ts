// Ten thousand sessions that do nothing: the memory of each, and the CPU of all. What a session takes is what each
// further one adds once some are there: by then the server has compiled what runs often and filled its caches, which it
// does once, for one session as for all.

import { type Crowd, loadAll, openCrowd, openStrangers, openUnknown } from "../crowd.ts";
import type { Subject } from "../process.ts";
import { type LoadSocket, openAll } from "../socket.ts";
import { watch } from "../watch.ts";
import type { Figures, Run, Workload } from "../workload.ts";

const sizes = {
  full: { first: 2_000, sessions: 10_000, settle_ms: 12_000, rest_ms: 10_000 },
  quick: { first: 500, sessions: 2_000, settle_ms: 3_000, rest_ms: 3_000 },
  tiny: { first: 5, sessions: 20, settle_ms: 20, rest_ms: 50 },
} as const;

export const idle: Workload = {
  name: "idle",
  title: "idle: 10,000 sessions, each with 20 friends and 3 servers loaded",
  sides: ["bare", "orchard"],
  targets: [
    { figure: "memory_per_session_kb", at_most_above_bare: 10 },
    { figure: "cpu_at_rest_percent", at_most: 2 },
  ],
  run: (run) => rest(run, true),
};

export const idleUnloaded: Workload = {
  name: "idle-unloaded",
  title: "idle, unloaded: 10,000 sessions of people who have loaded nothing",
  sides: ["bare", "orchard"],
  beside: true,
  targets: [
    { figure: "memory_per_session_kb", at_most_above_bare: 4 },
    { figure: "cpu_at_rest_percent", at_most: 0.5 },
  ],
  run: (run) => rest(run, false),
};

async function rest(run: Run, is_loaded: boolean): Promise<Figures> {
  const { first, sessions, rest_ms } = sizes[run.scale];
  const loads = is_loaded && run.side === "orchard";
  const { subject, queries } = await crowdOf(run, sessions, loads);
  const at_start_kib = subject.memoryKib();
  const sockets: LoadSocket[] = [];
  try {
    sockets.push(...(await openSome(run, subject, queries.slice(0, first), loads)));
    const with_first_kib = subject.memoryKib();
    sockets.push(...(await openSome(run, subject, queries.slice(first), loads)));
    const stop = await watch(subject);
    await Bun.sleep(rest_ms);
    const { server_cpu_share, loop_lag_p99_ms } = await stop();
    const with_all_kib = subject.memoryKib();
    return {
      memory_per_session_kb: ((with_all_kib - with_first_kib) * 1.024) / (sessions - first),
      memory_since_start_kb: ((with_all_kib - at_start_kib) * 1.024) / sessions,
      cpu_at_rest_percent: server_cpu_share * 100,
      sessions: sockets.filter(({ closed }) => !closed).length,
      loop_lag_p99_ms,
    };
  } finally {
    for (const socket of sockets) socket.drop();
    await subject.end();
  }
}

/** A bare one keeps nothing of anybody. */
function crowdOf(run: Run, sessions: number, loads: boolean): Promise<Crowd> {
  if (run.side !== "orchard") return openUnknown(run.side, sessions);
  return loads ? openCrowd(run, sessions) : openStrangers(run, sessions);
}

/** Opens a session for each, has them load what they have or nothing, and leaves the server alone for a while. */
async function openSome({ scale }: Run, subject: Subject, queries: string[], loads: boolean): Promise<LoadSocket[]> {
  const sockets = await openAll(subject.origin, queries);
  if (loads) await loadAll(sockets);
  await Bun.sleep(sizes[scale].settle_ms);
  return sockets;
}
