// What the server counts and measures, as Prometheus text. Gauges are read when asked for, but for what an actor owns,
// which tells it; nothing is sampled but the event loop's lag.

import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import { type Pools, pool_names } from "../domain/pools.ts";
import { bytesCounter, plainCounter, plainGauge, pushCounter, replyCounter } from "./counters.ts";
import { LoopLag } from "./loop-lag.ts";
import { addNodeReadings, type NodeReadings } from "./node-metrics.ts";

/** What a gauge shows, read at each scrape. */
export interface Readings {
  sessions(): number;
  subscriptions(): number;
  addresses(): number;
  writer_waiting(): number;
  actors(): Record<string, { actors: number; waiting: number; oldest_ms: number }>;
  pools: Pools;
  /** Where the process is one node of several. */
  node?: (() => NodeReadings) | undefined;
}

/** Whose tokens were used up. */
export type RateScope =
  | "session"
  | "user"
  | "address"
  | "http"
  | "connect"
  | "login_name"
  | "login_address"
  | "register_address"
  | "mail"
  | "mail_address"
  | "upload"
  | "webhook"
  | "upload_miss"
  | "invite_miss";

const COMMIT_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const GROUP_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000];

export function createMetrics() {
  const registers = [new Registry()];
  const reply = replyCounter(registers);
  const commits = new Histogram({
    name: "orchard_commit_seconds",
    help: "Time of a group commit, its sync included",
    buckets: COMMIT_BUCKETS_S,
    registers,
  });
  const group_sizes = new Histogram({
    name: "orchard_commit_jobs",
    help: "Jobs in a group commit",
    buckets: GROUP_BUCKETS,
    registers,
  });
  const bytesOut = bytesCounter(registers);
  const closed = plainCounter<number | "other">(registers, "code", {
    name: "orchard_socket_closes_total",
    help: "Sockets closed, by close code; those that only clients use are other",
  });
  const httpAnswered = plainCounter<number>(registers, "status", {
    name: "orchard_http_requests_total",
    help: "HTTP requests answered, by status",
  });
  const rate_limited = new Counter({
    name: "orchard_rate_limited_total",
    help: "Refusals for want of tokens, by whose bucket was empty",
    labelNames: ["scope"],
    registers,
  });
  const refused = new Counter({
    name: "orchard_sockets_refused_total",
    help: "Sockets refused before they opened, by error code: forbidden is the origin, limit_reached the address, bad_request no handshake",
    labelNames: ["code"],
    registers,
  });
  const slow_readers = new Counter({
    name: "orchard_slow_readers_closed_total",
    help: "Sockets closed because all readers together left too much waiting",
    registers,
  });
  let lag: LoopLag | null = null;
  const usersOnline = plainGauge(registers, {
    name: "orchard_users_online",
    help: "Users whom others see online",
  });
  const faults = new Counter({ name: "orchard_faults_total", help: "Exceptions caught at a boundary", registers });

  return {
    reply,
    commit({ jobs, durationMs }: { jobs: number; durationMs: number }) {
      commits.observe(durationMs / 1000);
      group_sizes.observe(jobs);
    },
    bytesOut,
    closed,
    /** How many users others see online now. */
    usersOnline,
    httpAnswered,
    rateLimited: (scope: RateScope) => rate_limited.inc({ scope }),
    pushed: pushCounter(registers),
    slowReader: () => slow_readers.inc(),
    socketRefused: (code: string) => refused.inc({ code }),
    fault: () => faults.inc(),
    /** Adds the gauges; called once, when what they read exists. */
    read(readings: Readings) {
      lag = addGauges(registers, readings);
    },
    /** How commits and the event loop do; of the loop, since it was last asked by a scrape. Null where nothing is known. */
    async figures(): Promise<Figures> {
      const { sum, count } = totalsIn(await commits.get());
      return {
        commits: count,
        commit_mean_ms: count === 0 ? null : (1000 * sum) / count,
        loop_lag_p50_ms: lag?.quantileMs(0.5) ?? null,
        loop_lag_p99_ms: lag?.quantileMs(0.99) ?? null,
      };
    },
    /** All of it, in the Prometheus text format. */
    text: () => registers[0]?.metrics() ?? Promise.resolve(""),
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
  };
}

export interface Figures {
  commits: number;
  commit_mean_ms: number | null;
  loop_lag_p50_ms: number | null;
  loop_lag_p99_ms: number | null;
}

/** What was observed by a histogram. */
function totalsIn({ values }: { values: { value: number; metricName?: string }[] }) {
  const ending = (end: string) => values.find(({ metricName }) => metricName?.endsWith(end))?.value ?? 0;
  return { sum: ending("_sum"), count: ending("_count") };
}

export type Metrics = ReturnType<typeof createMetrics>;

function addGauges(registers: Registry[], readings: Readings): LoopLag {
  const gauge = (name: string, help: string, collect: (gauge: Gauge<string>) => void, labels: string[] = []) =>
    new Gauge({
      name,
      help,
      registers,
      labelNames: labels,
      collect() {
        return collect(this);
      },
    });

  gauge("orchard_sessions", "Open sockets", (self) => self.set(readings.sessions()));
  gauge("orchard_subscriptions", "Topics that sessions are subscribed to, of all sessions together", (self) =>
    self.set(readings.subscriptions()),
  );
  gauge("orchard_addresses", "Addresses with open sockets", (self) => self.set(readings.addresses()));
  gauge("orchard_writer_waiting", "Jobs that wait for the writer", (self) => self.set(readings.writer_waiting()));
  gauge("orchard_memory_bytes", "Resident memory of the process", (self) => self.set(process.memoryUsage.rss()));
  const perKind = (name: string, help: string, field: "actors" | "waiting" | "oldest_ms", scale: number) =>
    gauge(
      name,
      help,
      (self) => {
        for (const [kind, stats] of Object.entries(readings.actors())) self.set({ kind }, stats[field] * scale);
      },
      ["kind"],
    );
  perKind("orchard_actors", "Actors in memory, by kind", "actors", 1);
  perKind("orchard_mailbox_waiting", "Messages that wait in mailboxes, by kind of actor", "waiting", 1);
  perKind("orchard_mailbox_oldest_seconds", "How long the oldest waiting message has waited", "oldest_ms", 0.001);
  addPoolReadings(registers, readings.pools);
  if (readings.node) addNodeReadings(registers, readings.node);
  return addLag(registers);
}

/** Quantiles since the last scrape: to Prometheus a summary, whose quantiles are gauges. */
class Quantiles extends Gauge<"quantile"> {
  override async get() {
    const read = await super.get();
    // By its name, which is what is printed; the package's type has numbers for it.
    Object.assign(read, { type: "summary" });
    return read;
  }
}

function addLag(registers: Registry[]): LoopLag {
  const lag = new LoopLag();
  new Quantiles({
    name: "orchard_event_loop_lag_seconds",
    help: "Event loop delay since the last scrape",
    registers,
    labelNames: ["quantile"],
    collect() {
      for (const quantile of [0.5, 0.99]) this.set({ quantile: String(quantile) }, lag.quantileMs(quantile) / 1000);
      lag.reset();
    },
  });
  return lag;
}

function addPoolReadings(registers: Registry[], pools: Pools): void {
  const perPool = (name: string, help: string, field: "in_use" | "waiting") =>
    new Gauge({
      ...{ name, help, registers, labelNames: ["pool"] },
      collect() {
        for (const pool of pool_names) this.set({ pool }, pools[pool].stats[field]);
      },
    });
  perPool("orchard_pool_in_use", "Places taken in each pool that all users share", "in_use");
  perPool("orchard_pool_waiting", "Those who wait for a place in it", "waiting");
  new Gauge({
    ...{ name: "orchard_unfinished_upload_bytes", help: "Bytes of unfinished uploads", registers },
    collect() {
      this.set(pools.upload_room.stats.bytes);
    },
  });
  new Counter({
    ...{
      name: "orchard_pool_refused_total",
      help: "Those who were refused a place, or had to give theirs up",
      registers,
    },
    labelNames: ["pool"],
    collect() {
      this.reset();
      for (const pool of [...pool_names, "upload_room"] as const) this.inc({ pool }, pools[pool].stats.refused);
    },
  });
}
