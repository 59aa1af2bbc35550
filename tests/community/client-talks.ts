// What a client keeps of its conversations: the list, as pages and events bring it, and what was said in those that it
// has loaded. It stands beside what is kept of servers, and is held to the protocol in the same way.

import type { Json } from "../harness/client.ts";
import type { CachedChannel } from "./client-cache.ts";

export class ClientTalks {
  /** All down to `from`, by id; null until the first page. */
  list: Map<number, Json> | null = null;
  from = Number.POSITIVE_INFINITY;
  /** Of those that were ever in the list, by channel; who left one hears nothing of it any more. */
  readonly channels = new Map<number, CachedChannel>();

  takePage({ anchor, amount }: Json, { conversations, next_anchor }: Json): void {
    const is_look = this.list === null && amount === 1;
    if (is_look || (anchor !== 0 && anchor < this.from)) return;
    this.list ??= new Map();
    const [top, bottom] = [anchor || Number.POSITIVE_INFINITY, next_anchor ?? 0];
    for (const [id, known] of [...this.list]) {
      const at = activityOf(known);
      if (at < top && at >= bottom) this.list.delete(id);
    }
    for (const conversation of conversations) this.put(conversation);
    this.from = Math.min(this.from, bottom);
  }

  /** What is wrong with the event, in words; null when nothing is. */
  takeEvent(type: string, { conversation, conversation_id }: Json): string | null {
    if (type === "conversation_deleted") this.list?.delete(conversation_id);
    else if (type === "conversation_added") this.put(conversation);
    else {
      const known = this.list?.get(conversation.id);
      if (known) this.list?.set(conversation.id, { ...known, ...conversation });
      else if (this.list && this.from === 0) return "of a conversation that isn't in its list";
      // It was below what is loaded, and may be at the top now.
      else this.forget();
    }
    return null;
  }

  put(conversation: Json): void {
    const { id, channel_id } = conversation;
    this.list?.set(id, { ...conversation });
    if (this.channels.has(channel_id)) return;
    const nothing = { details: null, messages: null, messages_from: 0 };
    this.channels.set(channel_id, { id: channel_id, name: "", category_id: null, ...nothing });
  }

  /** It has to be loaded anew. */
  forget(): void {
    this.list = null;
    this.from = Number.POSITIVE_INFINITY;
  }
}

export const activityOf = ({ id, last_message_id }: Json): number => last_message_id ?? id;
