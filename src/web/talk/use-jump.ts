// The way to a message that the address names: it and what is around it are loaded, and it is brought into sight.

import type { Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { client } from "../state/cache.ts";
import { loadChannel, PAGE } from "../state/needs.ts";
import { attempt } from "../state/notices.ts";
import type { ReadingPlace } from "./reading-place.ts";
import { around, type Reading } from "./slice.ts";

interface Jump {
  channel_id: number;
  message_id: number | null;
  ids: readonly number[];
  reading: Signal<Reading>;
  place: { current: ReadingPlace | null };
}

/** Answers the message jumped to, once it is in sight, and whether one is still on the way. */
export function useJump({ channel_id, message_id, ids, reading, place }: Jump) {
  const [reached, setReached] = useState<number | null>(null);
  /** The message that the way to led nowhere. */
  const [missed, setMissed] = useState<number | null>(null);
  const wanted = useRef<number | null>(null);
  const has = () => client.value?.cache.windows.get(channel_id)?.messages.has(message_id ?? 0) ?? false;
  useEffect(() => {
    wanted.current = message_id;
    setReached(null);
    if (message_id === null || has()) return;
    void attempt(loadAround(channel_id, message_id)).then((is_done) => {
      if (!has()) setMissed(message_id);
      return is_done ? undefined : loadChannel(channel_id, null);
    });
  }, [channel_id, message_id]);
  const is_there = message_id !== null && ids.includes(message_id);
  useEffect(() => {
    if (!is_there || message_id === null || wanted.current !== message_id) return;
    wanted.current = null;
    client.value?.look(channel_id, message_id);
    reading.value = around(ids, message_id);
    requestAnimationFrame(() => {
      if (place.current?.toMessage(message_id)) setReached(message_id);
      else setMissed(message_id);
    });
  }, [is_there, message_id]);
  const is_going = message_id !== null && reached !== message_id && missed !== message_id;
  return { jumped_to: reached, is_going };
}

async function loadAround(channel_id: number, message_id: number): Promise<void> {
  const mine = client.value;
  if (!mine) return;
  mine.look(channel_id, message_id);
  const amount = PAGE / 2;
  await mine.ask("get_message_chunk", { channel_id, amount, anchor: message_id + 1, direction: false });
  await mine.ask("get_message_chunk", { channel_id, amount, anchor: message_id, direction: true });
}
