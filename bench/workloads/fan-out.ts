// One writes, a thousand read: what a delivery costs the server.

import { Deliveries, textOf } from "../deliveries.ts";
import { openPlace, type Place } from "../place.ts";
import type { BareProgram } from "../process.ts";
import { percentile } from "../stats.ts";
import { type Watched, watch } from "../watch.ts";
import { type Figures, lag_target, type Run, type Workload } from "../workload.ts";

const OUTSTANDING = 8;
export const fan_out_sizes = {
  full: { sessions: 1_000, warm_up: 100, messages: 500 },
  quick: { sessions: 300, warm_up: 50, messages: 200 },
  tiny: { sessions: 10, warm_up: 4, messages: 20 },
} as const;

export const fanOut: Workload = {
  name: "fan-out",
  title: "fan-out: 1,000 sessions in one channel, 500 messages, 8 under way",
  sides: ["bare", "orchard"],
  beside: true,
  targets: [
    { figure: "cpu_per_delivery_us", at_most_times_bare: 1.15 },
    { figure: "deliveries_per_s", at_least_times_bare: 0.85 },
    lag_target,
  ],
  run: (run) => sendFromOne(run, "topics"),
};

/** What of the above is the price of keeping a message before anybody is told of it. */
export const fanOutDurable: Workload = {
  name: "fan-out-durable",
  title: "fan-out, where the bare side commits before it tells, too",
  sides: ["bare", "orchard"],
  targets: [{ figure: "cpu_per_delivery_us", at_most_times_bare: 1.25 }],
  run: (run) => sendFromOne(run, "durable"),
};

async function sendFromOne(run: Run, bare_program: BareProgram): Promise<Figures> {
  const size = fan_out_sizes[run.scale];
  return sendToAll(await openPlace(run, 1, size.sessions, bare_program), size);
}

/** In the first channel of the place, which ends with it. */
export async function sendToAll(place: Place, size: { warm_up: number; messages: number }): Promise<Figures> {
  const { warm_up, messages } = size;
  try {
    const deliveries = new Deliveries(place.groups[0] ?? []);
    await sendAll(place, deliveries, warm_up);
    const stop = await watch(place.subject);
    const deliveries_before = deliveries.count;
    await sendAll(place, deliveries, messages);
    return figuresOf(await stop(), deliveries.count - deliveries_before, deliveries.latencies_ms.slice(warm_up));
  } finally {
    await place.end();
  }
}

/** Sends so many from the first session, a new one for each that is answered; settles when everybody has them all. */
async function sendAll(place: Place, deliveries: Deliveries, count: number): Promise<void> {
  const sockets = place.groups[0] ?? [];
  const [sender] = sockets;
  if (!sender) return;
  const channel_id = place.channel_id(0);
  let sent = 0;
  const send = () => {
    if (sent === count) return;
    sent += 1;
    deliveries.sent_ms.push(performance.now());
    sender.post("add_message", { channel_id, content: textOf(deliveries.sent_ms.length) });
  };
  sender.onReply = send;
  const all = deliveries.reached(deliveries.count + count * sockets.length);
  for (let at = 0; at < OUTSTANDING; at += 1) send();
  await all;
}

function figuresOf(watched: Watched, deliveries: number, latencies_ms: number[]): Figures {
  const { wall_ms, server_cpu_ms, ...shares } = watched;
  return {
    cpu_per_delivery_us: (server_cpu_ms * 1000) / deliveries,
    deliveries_per_s: (deliveries / wall_ms) * 1000,
    last_receiver_p99_ms: percentile(latencies_ms, 0.99),
    deliveries,
    ...shares,
  };
}
