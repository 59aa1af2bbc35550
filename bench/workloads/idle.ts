// Ten thousand sessions that do nothing: the memory of each, and the CPU of all.

import { type Crowd, loadAll, openCrowd } from "../crowd.ts";
import { makeFolder, startBare } from "../process.ts";
import { openAll } from "../socket.ts";
import { watch } from "../watch.ts";
import type { Workload } from "../workload.ts";

const sizes = {
  full: { sessions: 10_000, settle_ms: 12_000, rest_ms: 10_000 },
  quick: { sessions: 2_000, settle_ms: 3_000, rest_ms: 3_000 },
  tiny: { sessions: 20, settle_ms: 20, rest_ms: 50 },
} as const;

export const idle: Workload = {
  name: "idle",
  title: "idle: 10,000 sessions, each with 20 friends and 3 servers loaded",
  sides: ["bare", "orchard"],
  targets: [
    { figure: "memory_per_session_kb", at_most_above_bare: 10 },
    { figure: "cpu_at_rest_percent", at_most: 2 },
  ],
  async run(run) {
    const { sessions, settle_ms, rest_ms } = sizes[run.scale];
    const { subject, queries } = run.side === "bare" ? await bare(sessions) : await openCrowd(run, sessions);
    const before_kib = subject.memoryKib();
    const sockets = await openAll(subject.origin, queries);
    try {
      if (run.side === "orchard") await loadAll(sockets);
      const loaded_kib = subject.memoryKib();
      await Bun.sleep(settle_ms);
      const stop = await watch(subject);
      await Bun.sleep(rest_ms);
      const { server_cpu_share, loop_lag_p99_ms } = await stop();
      return {
        memory_per_session_kb: ((subject.memoryKib() - before_kib) * 1.024) / sessions,
        memory_when_loaded_kb: ((loaded_kib - before_kib) * 1.024) / sessions,
        cpu_at_rest_percent: server_cpu_share * 100,
        sessions: sockets.filter(({ closed }) => !closed).length,
        loop_lag_p99_ms,
      };
    } finally {
      for (const socket of sockets) socket.drop();
      await subject.end();
    }
  },
};

async function bare(sessions: number): Promise<Crowd> {
  const subject = await startBare(await makeFolder(), "topics");
  return { subject, queries: new Array<string>(sessions).fill("") };
}
