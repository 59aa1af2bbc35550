// What keeps one from writing for a while: a timeout, said in place of where one writes, and a slow channel, beside it.

import { useEffect, useState } from "preact/hooks";
import { channelsOf } from "../state/cache.ts";
import { may, timedOutUntil } from "../state/rights.ts";
import { durationOf, shortTime } from "../state/times.ts";
import { words } from "../words.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Draws again when it is over. */
export function useOwnTimeOut(server_id: number): string | null {
  const [, setTimes] = useState(0);
  const until = timedOutUntil(server_id);
  useEffect(() => {
    if (!until) return;
    const left_ms = Math.min(Date.parse(until) - Date.now() + 50, LONGEST_TIMER_MS);
    const timer = setTimeout(() => setTimes((times) => times + 1), left_ms);
    return () => clearTimeout(timer);
  }, [until]);
  return until;
}

export const TimedOut = ({ until }: { until: string }) => (
  <p class="composer-none" role="status">
    {words.talk.timed_out(shortTime(until))}
  </p>
);

export function SlowHint({ server_id, channel_id }: { server_id: number; channel_id: number }) {
  const slow_mode_s = channelsOf(server_id)?.get(channel_id)?.details?.slow_mode_s ?? 0;
  return slow_mode_s > 0 && !may("manage_messages", server_id, channel_id) ? (
    <span class="slow">{words.talk.slow(durationOf(slow_mode_s))}</span>
  ) : null;
}
