// What others said while a program was away, for one that answers each message: how far it has come the server keeps, as
// how far its user has read. What it had under way when it ended comes again; nothing is passed over.

import type { Message } from "../protocol/community/entities.ts";
import type { Client } from "./client.ts";
import type { ReplyBody } from "./contract.ts";
import { DEFAULT_PAGE_LENGTH, DEFAULT_TOPICS_PER_REQUEST } from "./surroundings.ts";

type ReadState = ReplyBody<"get_read_state">["channels"][number];

export interface MissedOptions {
  /** In these channels alone; in all that one may view when absent. */
  channel_ids?: readonly number[];
  /** Channels in which nothing was ever read: passed over, so that the next time begins here, or read from the start. */
  new_channels?: "skip" | "read";
}

/**
 * Messages of others since they were last marked as read, channel by channel, in each the oldest first. Once the program
 * asks for the one after it, a message counts as read. What is said from the beginning of it on comes by `event`.
 */
export async function* missedMessages(
  client: Client,
  { channel_ids, new_channels = "skip" }: MissedOptions = {},
): AsyncGenerator<Message, void> {
  const wanted = channel_ids ?? (await client.ask("get_read_state")).channels.map(({ channel_id }) => channel_id);
  await hear(client, wanted);
  // Counted once it is heard: what comes later comes by event.
  const { channels } = await client.ask("get_read_state");
  const asked = new Set(wanted);
  for (const state of channels) {
    if (!asked.has(state.channel_id) || state.last_message_id === null) continue;
    if (state.last_read_id === null && new_channels === "skip")
      await mark(client, state.channel_id, state.last_message_id);
    else yield* missedIn(client, state);
  }
}

async function hear(client: Client, channel_ids: readonly number[]): Promise<void> {
  for (let from = 0; from < channel_ids.length; from += DEFAULT_TOPICS_PER_REQUEST) {
    const topics = channel_ids.slice(from, from + DEFAULT_TOPICS_PER_REQUEST).map((id) => `channel:${id}`);
    await client.ask("subscribe", { topics });
  }
}

async function* missedIn(client: Client, { channel_id, ...state }: ReadState): AsyncGenerator<Message, void> {
  const end = state.last_message_id ?? 0;
  const self_id = client.ready?.user.id;
  let [done, marked] = [state.last_read_id ?? 0, state.last_read_id ?? 0];
  const keep = async () => {
    if (done > marked) await mark(client, channel_id, done);
    marked = done;
  };
  try {
    while (done < end) {
      const page = await nextPage(client, channel_id, done);
      if (page.length === 0) return;
      for (const message of page) {
        if (message.id > end) return;
        if (message.author_id !== self_id) yield message;
        done = message.id;
      }
      await keep();
    }
  } finally {
    await keep();
  }
}

/** Nothing where the channel has gone, or may not be read any more. */
async function nextPage(client: Client, channel_id: number, after: number): Promise<Message[]> {
  const page = { channel_id, amount: DEFAULT_PAGE_LENGTH, anchor: after, direction: after > 0 };
  const read = await client.ask("get_message_chunk", page).catch((error: { code?: string }) => {
    if (error.code === "not_found" || error.code === "forbidden") return null;
    throw error;
  });
  return read?.messages ?? [];
}

/** What was read last may have been deleted since: then what was before it is read once more, the next time. */
const mark = (client: Client, channel_id: number, message_id: number) =>
  client.ask("mark_read", { channel_id, message_id }).catch(() => null);
