// So many messages a second into one channel of a thousand: how long until the last of them has one, and what a delivery
// costs. Times count from when a message was due, so that a sender that falls behind doesn't flatter the server.

import { Deliveries, textOf } from "../deliveries.ts";
import { openPlace, type Place } from "../place.ts";
import type { BareProgram } from "../process.ts";
import { percentile } from "../stats.ts";
import { watch } from "../watch.ts";
import { type Figures, lag_target, type Run, type Scale, type Workload } from "../workload.ts";

interface Size {
  sessions: number;
  rate_per_s: number;
  duration_s: number;
}

const many: Record<Scale, Size> = {
  full: { sessions: 1_000, rate_per_s: 500, duration_s: 10 },
  quick: { sessions: 200, rate_per_s: 500, duration_s: 3 },
  tiny: { sessions: 10, rate_per_s: 100, duration_s: 0.2 },
};
/** So few that each is told alone. */
const single: Record<Scale, Size> = {
  full: { sessions: 1_000, rate_per_s: 20, duration_s: 10 },
  quick: { sessions: 300, rate_per_s: 20, duration_s: 4 },
  tiny: { sessions: 10, rate_per_s: 100, duration_s: 0.2 },
};

export const paced: Workload = {
  name: "paced",
  title: "paced: 500 messages/s into one channel of 1,000",
  sides: ["bare", "orchard"],
  beside: true,
  targets: [{ figure: "last_receiver_p99_ms", at_most_times_bare: 2 }, lag_target],
  run: (run) => sendAt(many[run.scale], run, "topics"),
};

export const singly: Workload = {
  name: "singly",
  title: "singly: 20 messages/s into one channel of 1,000, each told alone",
  sides: ["bare", "orchard"],
  beside: true,
  targets: [{ figure: "cpu_per_delivery_us", at_most_times_bare: 1.15 }, lag_target],
  run: (run) => sendAt(single[run.scale], run, "topics"),
};

/** What of the above is the price of keeping a message before anybody is told of it. */
export const singlyDurable: Workload = {
  name: "singly-durable",
  title: "singly, where the bare side commits before it tells, too",
  sides: ["bare", "orchard"],
  targets: [{ figure: "cpu_per_delivery_us", at_most_times_bare: 1.15 }],
  run: (run) => sendAt(single[run.scale], run, "durable-whole"),
};

async function sendAt(
  { sessions, rate_per_s, duration_s }: Size,
  run: Run,
  bare_program: BareProgram,
): Promise<Figures> {
  const place = await openPlace(run, 1, sessions, bare_program);
  try {
    const deliveries = new Deliveries(place.groups[0] ?? []);
    const warm_up = Math.ceil(rate_per_s * Math.min(1, duration_s));
    await sendPaced(place, deliveries, rate_per_s, warm_up);
    const stop = await watch(place.subject);
    const before = deliveries.count;
    await sendPaced(place, deliveries, rate_per_s, Math.ceil(rate_per_s * duration_s));
    const { wall_ms, server_cpu_ms, ...shares } = await stop();
    const latencies_ms = deliveries.latencies_ms.slice(warm_up);
    return {
      cpu_per_delivery_us: (server_cpu_ms * 1000) / (deliveries.count - before),
      last_receiver_p50_ms: percentile(latencies_ms, 0.5),
      last_receiver_p99_ms: percentile(latencies_ms, 0.99),
      messages: latencies_ms.length,
      ...shares,
    };
  } finally {
    await place.end();
  }
}

async function sendPaced(place: Place, deliveries: Deliveries, rate_per_s: number, count: number): Promise<void> {
  const sockets = place.groups[0] ?? [];
  const [sender] = sockets;
  if (!sender) return;
  const channel_id = place.channel_id(0);
  const all = deliveries.reached(deliveries.count + count * sockets.length);
  const started_ms = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(count, Math.floor(((performance.now() - started_ms) * rate_per_s) / 1000) + 1);
    for (; sent < due; sent += 1) {
      deliveries.sent_ms.push(started_ms + (sent * 1000) / rate_per_s);
      sender.post("add_message", { channel_id, content: textOf(sent) });
    }
    if (sent === count) clearInterval(timer);
  }, 1);
  await all;
}
