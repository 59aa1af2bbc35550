// The way to a date in a channel: ids grow with time, so that a few looks at single messages lead there, however many
// there are.

import type { Message } from "../protocol/community/entities.ts";
import { END } from "./cache.ts";
import type { Client } from "./client.ts";

/** The first message of the channel from that time on; the last where there is none, null where there are none at all. */
export async function messageAt(client: Client, channel_id: number, time_ms: number): Promise<Message | null> {
  const look = async (anchor: number, direction: boolean) => {
    const page = await client.ask("get_message_chunk", { channel_id, amount: 1, anchor, direction });
    return page.messages[0] ?? null;
  };
  let [early, late] = await Promise.all([look(0, false), look(END, false)]);
  if (!early || !late || timeOf(early) >= time_ms) return early;
  // `early` is before the time, `late` is not; each look leaves fewer between them.
  for (let looks = 0; timeOf(late) >= time_ms && early.id < late.id; looks += 1) {
    const middle: Message = (await look(guess(early, late, time_ms, looks) + 1, false)) ?? early;
    if (timeOf(middle) >= time_ms) {
      late = middle;
      continue;
    }
    const next: Message = (await look(middle.id, true)) ?? late;
    if (timeOf(next) >= time_ms) return next;
    early = next;
  }
  return late;
}

const timeOf = ({ created_date }: Message) => Date.parse(created_date);

/** An id before `late`, where such a time would be if all came evenly; every other look halves what is left. */
function guess(early: Message, late: Message, time_ms: number, looks: number): number {
  const share = (time_ms - timeOf(early)) / Math.max(timeOf(late) - timeOf(early), 1);
  const at = looks % 2 === 0 ? share : 0.5;
  return Math.min(Math.max(Math.floor(early.id + (late.id - early.id) * at), early.id), late.id - 1);
}
