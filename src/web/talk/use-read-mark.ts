// How far one has read: said to the server while one sees the newest, and kept from the opening of the channel on, for
// the line above what was new then.

import { useEffect, useRef, useState } from "preact/hooks";
import { client, lastReadOf, windowOf } from "../state/cache.ts";
import { isCounted, unreadIn } from "../state/unread.ts";
import { is_watched } from "../state/watched.ts";

/** Answers the id up to which one had read when the channel was opened, or left; 0 where all was read. */
export function useReadMark(channel_id: number, sees_newest: boolean): number {
  const [new_from, setNewFrom] = useState(0);
  /** What was unread when the channel was opened isn't known yet. */
  const is_opening = useRef(true);
  const { unread } = unreadIn(channel_id);
  const last_read = lastReadOf(channel_id);
  const window = windowOf(channel_id);
  const newest = window?.newest ?? 0;
  const is_known = isCounted(channel_id) && window !== null;
  const is_seen = is_watched.value;
  useEffect(() => {
    if (!is_known) return;
    // What comes before one's eyes isn't new.
    if (unread > 0 && new_from === 0 && (is_opening.current || !is_seen)) setNewFrom(last_read ?? 1);
    is_opening.current = false;
    if (!sees_newest || !is_seen || unread === 0 || newest <= (last_read ?? 0)) return;
    client.value?.ask("mark_read", { channel_id, message_id: newest }).catch(() => {});
  }, [channel_id, is_known, sees_newest, is_seen, unread, newest]);
  useEffect(() => {
    if (!is_seen) setNewFrom(0);
  }, [is_seen]);
  return new_from;
}
