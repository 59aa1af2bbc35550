// Where one was mentioned or replied to, newest first, as far as a program goes on reading.

import type { Message } from "../protocol/community/entities.ts";
import type { Client } from "./client.ts";
import { DEFAULT_PAGE_LENGTH } from "./surroundings.ts";

export interface MentionPlaces {
  /** In one server, or one conversation; in all when absent. */
  server_id?: number;
  conversation_id?: number;
  /** How many are asked for at once. */
  amount?: number;
}

/** What one may still see of it; a page is asked for once the one before has been gone through. */
export async function* mentionsOf(
  client: Client,
  { amount = DEFAULT_PAGE_LENGTH, ...places }: MentionPlaces = {},
): AsyncGenerator<Message, void> {
  for (let anchor: number | null = 0; anchor !== null; ) {
    const page: { messages: Message[]; next_anchor: number | null } = await client.ask("get_mentions", {
      ...{ ...places, amount, anchor },
    });
    yield* page.messages;
    anchor = page.next_anchor;
  }
}
