// How far one has read: said to the server while one sees the newest, and kept from the opening of the channel on, for
// the line above what was new then.

import { useEffect, useState } from "preact/hooks";
import { client, lastReadOf, windowOf } from "../state/cache.ts";
import { unreadIn } from "../state/unread.ts";
import { is_watched } from "../state/watched.ts";

/** Answers the id up to which one had read when the channel was opened; 0 where all was read. */
export function useReadMark(channel_id: number, sees_newest: boolean): number {
  const [new_from, setNewFrom] = useState(0);
  const { unread } = unreadIn(channel_id);
  const last_read = lastReadOf(channel_id);
  const newest = windowOf(channel_id)?.newest ?? 0;
  const sees = sees_newest && is_watched.value;
  useEffect(() => {
    // While somebody looks, nothing is new for longer than a moment.
    if (unread > 0 && new_from === 0) setNewFrom(last_read ?? 1);
  }, [channel_id, unread > 0]);
  useEffect(() => {
    if (!sees || unread === 0 || newest === 0 || newest <= (last_read ?? 0)) return;
    client.value?.ask("mark_read", { channel_id, message_id: newest }).catch(() => {});
  }, [channel_id, sees, unread, newest]);
  // What came before one's eyes isn't new.
  useEffect(() => {
    if (!is_watched.value) setNewFrom(0);
  }, [is_watched.value]);
  return new_from;
}
