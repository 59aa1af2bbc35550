// Ordinary people who go on talking while something happens to the server. In a thread of its own, so that what the
// load generator does beside it does not show in their times.

import { textOf } from "./deliveries.ts";
import { openAll } from "./socket.ts";

declare const self: Worker;

export interface SenderStart {
  origin: string;
  queries: string[];
  channel_id: number;
  interval_ms: number;
}

/** When each was sent and how long its answer took, both in milliseconds; the first on the clock of the whole process. */
export type SenderTimes = { at_ms: number; took_ms: number }[];

const times: SenderTimes = [];
let timer: ReturnType<typeof setInterval> | undefined;

self.onmessage = async ({ data }: MessageEvent<SenderStart | "stop">) => {
  if (data === "stop") {
    clearInterval(timer);
    return self.postMessage(times);
  }
  const { origin, queries, channel_id, interval_ms } = data;
  const sockets = await openAll(origin, queries);
  let next = 0;
  timer = setInterval(async () => {
    const socket = sockets[next % sockets.length];
    next += 1;
    const at_ms = Date.now();
    const started_ms = performance.now();
    await socket?.demand("add_message", { channel_id, content: textOf(next) });
    times.push({ at_ms, took_ms: performance.now() - started_ms });
  }, interval_ms);
  self.postMessage("started");
};
