// Everybody loses the connection at once and comes back: how long until the last one is up to date, and what those who
// stayed notice of it.

import { inTurns, loadAll, openCrowd, type Topics } from "../crowd.ts";
import { channelId } from "../seed.ts";
import type { SenderStart, SenderTimes } from "../sender-thread.ts";
import { epochOf, type LoadSocket, openAll } from "../socket.ts";
import { percentile } from "../stats.ts";
import { watch } from "../watch.ts";
import { lag_target, type Run, type Workload } from "../workload.ts";

const sizes = {
  full: { sessions: 10_000, senders: 20, interval_ms: 10 },
  quick: { sessions: 2_000, senders: 20, interval_ms: 10 },
  tiny: { sessions: 20, senders: 2, interval_ms: 5 },
} as const;
/** Handshakes that the generator has under way. */
const HANDSHAKES = 500;

export const storm: Workload = {
  name: "storm",
  title: "storm: all 10,000 reconnect and sync, while 100 messages/s are sent",
  sides: ["orchard"],
  targets: [{ figure: "everyone_ready_s", at_most: 15 }, { figure: "ack_p99_ms", at_most: 250 }, lag_target],
  async run(run) {
    const { sessions, senders, interval_ms } = sizes[run.scale];
    const { subject, queries } = await openCrowd(run, sessions, senders);
    const crowd = queries.slice(0, sessions);
    let sockets = await openAll(subject.origin, crowd);
    try {
      const topics = await loadAll(sockets);
      const [first] = sockets as [LoadSocket];
      const epoch = epochOf(first);
      const can_sync = (await first.ask("sync", { epoch, topics: {} }))["code"] !== "unknown_type";
      if (!can_sync) run.note("the server knows no `sync` yet: measured is coming back and loading anew");
      const sender = await startSenders({
        origin: subject.origin,
        queries: queries.slice(sessions),
        channel_id: channelId(1),
        interval_ms,
      });
      const stop = await watch(subject);
      const started_ms = Date.now();
      for (const socket of sockets) socket.drop();
      sockets = await openAll(subject.origin, crowd, HANDSHAKES);
      const connected_ms = Date.now();
      if (can_sync) await syncAll(run, sockets, epoch, topics);
      else await loadAll(sockets);
      const ended_ms = Date.now();
      const { wall_ms, server_cpu_ms, ...shares } = await stop();
      const times = (await sender.stop()).filter(({ at_ms }) => at_ms >= started_ms && at_ms <= ended_ms);
      return {
        everyone_connected_s: (connected_ms - started_ms) / 1000,
        everyone_ready_s: (ended_ms - started_ms) / 1000,
        ack_p99_ms: percentile(
          times.map(({ took_ms }) => took_ms),
          0.99,
        ),
        cpu_per_session_us: (server_cpu_ms * 1000) / sessions,
        sessions: sockets.filter(({ closed }) => !closed).length,
        messages: times.length,
        ...shares,
      };
    } finally {
      for (const socket of sockets) socket.drop();
      await subject.end();
    }
  },
};

/** Each asks for what it missed of all that it had. */
async function syncAll(
  run: Run,
  sockets: readonly LoadSocket[],
  epoch: string,
  topics: readonly Topics[],
): Promise<void> {
  let resets = 0;
  await inTurns(sockets, async (socket, index) => {
    const answer = await socket.demand<{ topics: Record<string, object> }>("sync", {
      epoch,
      topics: topics[index] as object,
    });
    for (const state of Object.values(answer.topics)) if ("reset" in state) resets += 1;
  });
  if (resets > 0) run.note(`${resets} topics had to be loaded again`);
}

async function startSenders(start: SenderStart): Promise<{ stop(): Promise<SenderTimes> }> {
  const thread = new Worker(new URL("../sender-thread.ts", import.meta.url));
  const next = () =>
    new Promise<unknown>((resolve) => thread.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  const started = next();
  thread.postMessage(start);
  await started;
  return {
    async stop() {
      const times = next();
      thread.postMessage("stop");
      const received = (await times) as SenderTimes;
      thread.terminate();
      return received;
    },
  };
}
