// A hundred servers talk at once, and nothing is acknowledged before it is on the disk: how many messages a second, and
// how long each takes. At the end the server is killed, and what it acknowledged is counted in its database.

import { join } from "node:path";
import Database from "libsql";
import { textOf } from "../deliveries.ts";
import { openPlace, type Place } from "../place.ts";
import { type BareProgram, databaseIn } from "../process.ts";
import { SLOW_COMMIT_MS } from "../slow-commit.ts";
import { percentile } from "../stats.ts";
import { watch } from "../watch.ts";
import { type Figures, lag_target, type Run, type Target, type Workload } from "../workload.ts";

const OUTSTANDING = 8;
export const durable_sizes = {
  full: { servers: 100, members: 10, warm_up_ms: 2_000, duration_ms: 10_000 },
  quick: { servers: 50, members: 4, warm_up_ms: 500, duration_ms: 3_000 },
  tiny: { servers: 4, members: 2, warm_up_ms: 50, duration_ms: 150 },
} as const;

const targets: Target[] = [
  { figure: "messages_per_s", at_least_times_bare: 0.8 },
  { figure: "cpu_per_message_us", at_most_times_bare: 1.4 },
  { figure: "ack_p99_ms", at_most_times_bare: 1.3 },
  { figure: "acknowledged_but_lost", at_most: 0 },
  lag_target,
];

/** The bare side promises the same of a message: it can be searched, and is stored once under its nonce. */
export const durable: Workload = {
  name: "durable",
  title: "durable sends: 100 servers x 10 members, one sender each, 8 outstanding",
  sides: ["bare", "orchard"],
  targets,
  run: (run) => sendInFile(run, "durable-whole"),
};

/** What of it is the price of those promises. */
export const durableFloor: Workload = {
  name: "durable-floor",
  title: "durable sends, where the bare side keeps rows that are found by channel alone",
  sides: ["bare", "orchard"],
  targets,
  run: (run) => sendInFile(run, "durable"),
};

export const slowDisk: Workload = {
  name: "slow-disk",
  title: `slow disk: the same where each commit takes ${SLOW_COMMIT_MS} ms more`,
  sides: ["orchard"],
  targets: [
    { figure: "ack_min_ms", at_least: SLOW_COMMIT_MS },
    { figure: "acknowledged_but_lost", at_most: 0 },
    lag_target,
  ],
  run: (run) =>
    sendInFile({ ...run, start: { ...run.start, preload: join(import.meta.dir, "../slow-commits.ts") } }, "durable"),
};

async function sendInFile(run: Run, bare_program: BareProgram): Promise<Figures> {
  const size = durable_sizes[run.scale];
  const place = await openPlace(run, size.servers, size.members, bare_program);
  return sendForAWhile(place, run, size, async () => storedIn(run, place.subject.folder));
}

/** In all channels of the place, which ends with it; `stored` counts the messages that are in its database. */
export async function sendForAWhile(
  place: Place,
  { start }: Run,
  { warm_up_ms, duration_ms }: { warm_up_ms: number; duration_ms: number },
  stored: () => Promise<number>,
): Promise<Figures> {
  const senders = new Senders(place);
  try {
    senders.start();
    await Bun.sleep(warm_up_ms);
    const stop = await watch(place.subject);
    senders.ack_ms = [];
    const started = { at_ms: performance.now(), events: senders.events() };
    await Bun.sleep(duration_ms);
    const acknowledged = senders.ack_ms;
    const elapsed_s = (performance.now() - started.at_ms) / 1000;
    const events = senders.events() - started.events;
    const { wall_ms, server_cpu_ms, ...shares } = await stop();
    senders.stop();
    // A profile is written at an orderly end only.
    if (!start.profile_dir) await place.subject.kill();
    const lost = senders.acknowledged - (await stored());
    return {
      messages_per_s: acknowledged.length / elapsed_s,
      deliveries_per_s: events / elapsed_s,
      ack_p50_ms: percentile(acknowledged, 0.5),
      ack_p99_ms: percentile(acknowledged, 0.99),
      ack_min_ms: percentile(acknowledged, 0),
      cpu_per_message_us: (server_cpu_ms * 1000) / acknowledged.length,
      acknowledged: senders.acknowledged,
      acknowledged_but_lost: Math.max(0, lost),
      ...shares,
    };
  } finally {
    senders.stop();
    await place.end();
  }
}

/** One sender a server, each with several messages outstanding, until stopped. */
class Senders {
  ack_ms: number[] = [];
  acknowledged = 0;
  #stopped = false;
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  events(): number {
    return this.#place.groups.flat().reduce((sum, socket) => sum + socket.events, 0);
  }

  start(): void {
    for (const [group, [sender]] of this.#place.groups.entries()) {
      if (!sender) continue;
      const channel_id = this.#place.channel_id(group);
      const sent_ms = new Map<number, number>();
      const send = () => {
        const at_ms = performance.now();
        sent_ms.set(sender.post("add_message", { channel_id, content: textOf(sent_ms.size) }), at_ms);
      };
      sender.onReply = (id, bytes, start, end) => {
        if (this.#stopped) return;
        if (bytes.toString("latin1", start, Math.min(end, start + 60)).includes('"error"')) {
          throw new Error(`a message was refused: ${bytes.toString("utf8", start, end)}`);
        }
        this.ack_ms.push(performance.now() - (sent_ms.get(id) ?? 0));
        this.acknowledged += 1;
        sent_ms.delete(id);
        send();
      };
      for (let at = 0; at < OUTSTANDING; at += 1) send();
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}

function storedIn({ side }: Run, folder: string): number {
  const database = new Database(side === "bare" ? join(folder, "bare.db") : databaseIn(folder));
  const { count } = database.prepare("SELECT count(*) AS count FROM messages").get([]) as { count: number };
  database.close();
  return count;
}
