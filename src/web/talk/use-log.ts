// What the log shows of a channel and when: which messages are in the page, what is loaded as one comes near an end of
// them, and where one is.

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Message } from "../../protocol/community/entities.ts";
import { client, windowOf } from "../state/cache.ts";
import { loadNewer, loadNewest, loadOlder } from "../state/needs.ts";
import { ReadingPlace } from "./reading-place.ts";
import { earlier, later, newest, sliceOf } from "./slice.ts";
import { useJump } from "./use-jump.ts";

const END = Number.MAX_SAFE_INTEGER;
/** What is nearer to an end of what is there than this has more brought there. */
const NEAR_PX = 900;
/** Who follows the newest has no more than these above them. */
const LONG = 120;

export function useLog(channel_id: number, message_id: number | null) {
  const box = useRef<HTMLDivElement>(null);
  const place = useReadingPlace(box, channel_id);
  const reading = useSignal(newest);
  const is_loading = useSignal(false);
  const loads = useSignal(0);
  const is_at_end = useSignal(true);
  const messages = useComputed(() => {
    const window = windowOf(channel_id);
    return {
      window,
      all: [...(window?.messages.values() ?? [])] as Message[],
      ids: [...(window?.messages.keys() ?? [])],
    };
  });
  const { window, all, ids } = messages.value;
  const slice = sliceOf(ids, reading.value);
  const is_newest = slice.to === ids.length && window?.to === END;
  const { jumped_to, is_going } = useJump({ channel_id, message_id, ids, reading, place });

  const load = async (run: (channel_id: number) => Promise<void>) => {
    is_loading.value = true;
    try {
      await run(channel_id);
      loads.value += 1;
    } catch {
      // What was refused is asked for again when the person scrolls, not at once.
    } finally {
      is_loading.value = false;
    }
  };
  const bringMore = ({ scrollTop, scrollHeight, clientHeight }: HTMLElement) => {
    // Who is on the way to a message is near nothing yet.
    if (is_loading.value || is_going || !window) return;
    if (scrollTop < NEAR_PX) {
      if (slice.from > 0) reading.value = earlier(ids, slice);
      else if (window.from > 0) void load(loadOlder);
    } else if (scrollHeight - scrollTop - clientHeight < NEAR_PX) {
      if (slice.to < ids.length) reading.value = later(ids, slice);
      else if (window.to !== END) void load(loadNewer);
    }
  };
  const onScroll = () => {
    const { current } = place;
    if (!current || !box.current) return;
    current.note();
    is_at_end.value = current.isAtEnd;
    const at_newest = current.isAtEnd && is_newest;
    client.value?.look(channel_id, at_newest ? null : current.first);
    const first = ids[slice.from];
    // Who is at the end goes on with the newest; who isn't stays with what is there.
    if (at_newest && slice.to - slice.from > LONG) reading.value = newest;
    else if (!at_newest && reading.value === newest && first !== undefined) reading.value = { from: first, to: null };
    bringMore(box.current);
  };
  const toEnd = async () => {
    if (window && window.to !== END) await loadNewest(channel_id).catch(() => {});
    client.value?.look(channel_id, null);
    reading.value = newest;
    requestAnimationFrame(() => place.current?.toEnd());
  };
  // What came may leave one still near an end.
  useEffect(() => {
    if (box.current && ids.length > 0) bringMore(box.current);
  }, [ids[0], ids.length === 0, loads.value, is_going]);
  const below = is_newest ? 0 : ids.length - slice.to;
  const shown = all.slice(slice.from, slice.to);
  const is_start = slice.from === 0 && window?.from === 0;
  return { box, window, shown, below, is_start, is_newest, is_loading, is_at_end, jumped_to, onScroll, toEnd };
}

function useReadingPlace(box: { current: HTMLDivElement | null }, channel_id: number) {
  const place = useRef<ReadingPlace | null>(null);
  useLayoutEffect(() => {
    if (!box.current) return;
    const made = new ReadingPlace(box.current);
    place.current = made;
    const observer = new ResizeObserver(() => made.restore());
    observer.observe(box.current);
    if (box.current.firstElementChild) observer.observe(box.current.firstElementChild);
    return () => observer.disconnect();
  }, [channel_id]);
  useLayoutEffect(() => place.current?.restore());
  return place;
}
