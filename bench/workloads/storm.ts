// Everybody loses the connection at once and comes back: how long until the last one is up to date, and what those who
// stayed notice of it.

import { type Crowd, inTurns, loadAll, openCrowd, type Topics } from "../crowd.ts";
import { makeFolder, startBeside } from "../process.ts";
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
  sides: ["bare", "orchard"],
  beside: true,
  targets: [{ figure: "everyone_ready_s", at_most: 2.5 }, { figure: "ack_p99_ms", at_most: 100 }, lag_target],
  async run(run) {
    const { sessions, senders, interval_ms } = sizes[run.scale];
    const { subject, queries } = await crowdOf(run, sessions, senders);
    const crowd = queries.slice(0, sessions);
    let sockets = await openAll(subject.origin, crowd);
    try {
      const catchUp = run.side === "socket.io" ? settleAll : await syncingAll(run, sockets);
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
      await catchUp(sockets);
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

/** Socket.IO's sockets have as many topics of servers and channels as the others', and nothing to catch up with. */
async function crowdOf(run: Run, sessions: number, senders: number): Promise<Crowd> {
  if (run.side !== "socket.io") return openCrowd(run, sessions, senders);
  const subject = await startBeside(await makeFolder(), run.side);
  const queries = Array.from({ length: sessions }, (_, user) => {
    const places = [user, user + 1, user + 2].map((place) => 2 + (place % Math.ceil(sessions / 10)));
    return `topics=self:${user},${places.flatMap((place) => [`server:${place}`, `channel:${place}`]).join()}`;
  });
  return { subject, queries: [...queries, ...new Array<string>(senders).fill(`topics=channel:${channelId(1)}`)] };
}

/** Everybody has been heard by the server. */
async function settleAll(sockets: readonly LoadSocket[]): Promise<void> {
  await inTurns(sockets, (socket) => socket.ask("ping", {}));
}

/** Has all load what they have; what it returns has them ask, on new connections, for what they missed of it. */
async function syncingAll(run: Run, sockets: readonly LoadSocket[]): Promise<typeof settleAll> {
  const topics = await loadAll(sockets);
  const [first] = sockets as [LoadSocket];
  const epoch = epochOf(first);
  return (again) => syncAll(run, again, epoch, topics);
}

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
