// Mixed traffic for as long as asked, and what the server's memory did meanwhile. Drift is the slope of a line through
// the second half of the samples: the first half warms up.

import { loadAll, openCrowd } from "./crowd.ts";
import { textOf } from "./deliveries.ts";
import type { Subject } from "./process.ts";
import { channelId, serverId } from "./seed.ts";
import { LoadSocket, openAll } from "./socket.ts";
import { percentile } from "./stats.ts";

const SAMPLE_MS = 1_000;
const TICK_MS = 10;
/** Memory is taken to grow when it does by more than so many times what it swings about its line anyway. */
const SWINGS = 2;

export interface SoakSize {
  sessions: number;
  sample_ms: number;
  requests_per_tick: number;
}

export interface Soaked {
  requests: number;
  refused: number;
  first_kib: number;
  last_kib: number;
  drift_kib_per_hour: number;
  /** How much the line through the samples rises from its begin to its end, and how far they lie from it. */
  rise_kib: number;
  swing_kib: number;
  answer_p99_ms: number;
}

const full: SoakSize = { sessions: 500, sample_ms: SAMPLE_MS, requests_per_tick: 4 };

/** Prints a line a minute and a verdict. */
export async function soak(minutes: number): Promise<void> {
  const soaked = await soakFor(minutes * 60_000, full, (line) => console.log(line));
  const { requests, refused, first_kib, last_kib, drift_kib_per_hour, rise_kib, swing_kib, answer_p99_ms } = soaked;
  console.log(`\n${requests} requests, ${refused} refused, p99 ${answer_p99_ms.toFixed(1)} ms`);
  console.log(`memory ${mib(first_kib)} at half time, ${mib(last_kib)} at the end, swinging by ${mib(swing_kib)}`);
  const verdict = rise_kib > SWINGS * swing_kib ? "MEMORY GROWS" : "no more than it swings";
  console.log(`drift since half time ${mib(rise_kib)}, ${mib(drift_kib_per_hour)} an hour: ${verdict}`);
}

const mib = (kib: number) => `${(kib / 1024).toFixed(1)} MiB`;

export async function soakFor(duration_ms: number, size: SoakSize, tell: (line: string) => void): Promise<Soaked> {
  const { subject, queries } = await openCrowd(
    { side: "orchard", scale: "full", start: {}, rows: 0, note: tell },
    size.sessions,
  );
  const sockets = await openAll(subject.origin, queries);
  try {
    await loadAll(sockets);
    const traffic = new Traffic(subject, sockets, queries, size);
    const samples = await sample(subject, traffic, duration_ms, size.sample_ms, tell);
    await traffic.stop();
    const half = samples.slice(Math.floor(samples.length / 2));
    return {
      ...{ requests: traffic.requests, refused: traffic.refused },
      ...{ first_kib: half[0]?.kib ?? 0, last_kib: half.at(-1)?.kib ?? 0 },
      ...driftOf(half),
      answer_p99_ms: percentile(traffic.times_ms, 0.99),
    };
  } finally {
    for (const socket of sockets) socket.drop();
    await subject.end();
  }
}

interface Sample {
  at_ms: number;
  kib: number;
}

async function sample(
  subject: Subject,
  traffic: Traffic,
  duration_ms: number,
  sample_ms: number,
  tell: (line: string) => void,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const started_ms = performance.now();
  let told_min = 0;
  traffic.start();
  while (performance.now() - started_ms < duration_ms) {
    await Bun.sleep(sample_ms);
    const at_ms = performance.now() - started_ms;
    samples.push({ at_ms, kib: subject.ownMemoryKib() });
    if (at_ms < (told_min + 1) * 60_000) continue;
    told_min += 1;
    const lag_ms = (await subject.readings())?.lag_p99_ms ?? 0;
    const figures = [
      `${mib(subject.ownMemoryKib())} and ${mib(subject.memoryKib() - subject.ownMemoryKib())} of files`,
      `${traffic.requests} requests`,
      `lag p99 ${lag_ms.toFixed(1)} ms`,
    ];
    tell(`${String(told_min).padStart(4)} min  ${figures.join("  ")}`);
  }
  return samples;
}

/** By a line through the samples. */
function driftOf(samples: readonly Sample[]): Pick<Soaked, "drift_kib_per_hour" | "rise_kib" | "swing_kib"> {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [at, kib] = [mean(samples.map(({ at_ms }) => at_ms)), mean(samples.map((sample) => sample.kib))];
  const covariance = mean(samples.map((sample) => (sample.at_ms - at) * (sample.kib - kib)));
  const slope = covariance / mean(samples.map((sample) => (sample.at_ms - at) ** 2));
  const swing_kib = Math.sqrt(mean(samples.map((sample) => (sample.kib - kib - slope * (sample.at_ms - at)) ** 2)));
  const lasted_ms = (samples.at(-1)?.at_ms ?? 0) - (samples[0]?.at_ms ?? 0);
  return { drift_kib_per_hour: slope * 3_600_000, rise_kib: slope * lasted_ms, swing_kib };
}

/** What people do, by how often. */
class Traffic {
  requests = 0;
  refused = 0;
  times_ms: number[] = [];
  readonly #origin: string;
  readonly #sockets: LoadSocket[];
  readonly #queries: readonly string[];
  readonly #size: SoakSize;
  #timer: ReturnType<typeof setInterval> | undefined;
  #running = new Set<Promise<void>>();

  constructor({ origin }: Subject, sockets: LoadSocket[], queries: readonly string[], size: SoakSize) {
    this.#origin = origin;
    this.#sockets = sockets;
    this.#queries = queries;
    this.#size = size;
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (let at = 0; at < this.#size.requests_per_tick; at += 1) this.#run(this.#one());
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  #run(work: Promise<void>): void {
    const done = work.finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  async #one(): Promise<void> {
    const index = Math.floor(Math.random() * this.#sockets.length);
    const socket = this.#sockets[index] as LoadSocket;
    // The crowd's user n is in the servers 2 + (n + 1 … 3) % count.
    const servers = Math.max(3, Math.ceil(this.#sockets.length / 10));
    const server = 2 + ((index + 2) % servers);
    const [server_id, channel_id] = [serverId(server), channelId(server)];
    const dice = Math.random() * 100;
    if (dice < 40) return this.#ask(socket, "add_message", { channel_id, content: textOf(this.requests) });
    if (dice < 60)
      return this.#ask(socket, "get_message_chunk", { channel_id, amount: 50, anchor: 0, direction: true });
    if (dice < 70) return this.#ask(socket, "get_server_members", { server_id, amount: 50, anchor: 0 });
    if (dice < 75) return this.#ask(socket, "search_messages", { server_id, query: "tonight", amount: 10, anchor: 0 });
    if (dice < 85) return this.#ask(socket, "typing", { channel_id });
    if (dice < 90) return this.#ask(socket, "update_user", { changes: { custom_status: `at ${this.requests}` } });
    if (dice < 95)
      return this.#ask(socket, "update_member", {
        server_id,
        user_id: index + 1,
        changes: { nickname: `n${this.requests}` },
      });
    if (dice < 97) return this.#returnOf(index);
    return this.#ask(socket, "get_read_state", { server_id });
  }

  async #ask(socket: LoadSocket, type: string, data: object): Promise<void> {
    if (socket.closed) return;
    const started_ms = performance.now();
    const reply = await socket.ask(type, data);
    if (reply["code"] === "gone") return;
    this.requests += 1;
    if (reply["type"] === "error") this.refused += 1;
    if (this.times_ms.length > 100_000) this.times_ms = this.times_ms.slice(50_000);
    this.times_ms.push(performance.now() - started_ms);
  }

  /** Somebody loses the connection and comes back. */
  async #returnOf(index: number): Promise<void> {
    this.#sockets[index]?.drop();
    const socket = await LoadSocket.open(this.#origin, this.#queries[index] as string);
    this.#sockets[index] = socket;
    // The same one may lose it again meanwhile.
    await loadAll([socket]).catch((error) => {
      if (!socket.closed) throw error;
    });
  }
}
