// The channels of which a user is answered something together: of one server or conversation, or of all of their own.
// Whether a channel of a server may be viewed, or read, its room says.

import type { OwnChannel as ConversationChannel } from "../../../db/queries/conversations.ts";
import type { HeardChannel } from "../../../db/queries/message-mentions.ts";
import type { Store } from "../../../db/store.ts";
import { firstIdHeard } from "../../../domain/ids.ts";
import { limits } from "../../../domain/limits.ts";
import { failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Asking } from "../../calls.ts";
import type { Requester } from "../calls.ts";
import type { RoomDirectory } from "../room-directory.ts";

export interface OwnChannelDependencies {
  actors: Asking;
  store: Pick<Store, "rooms" | "conversations">;
  directory: RoomDirectory;
}

/** Absent: all of one's servers, and the conversations in one's list. */
export interface Asked {
  server_id?: number | undefined;
  conversation_id?: number | undefined;
}

/** A channel, and the server or conversation that it is in. */
export interface OwnChannel extends HeardChannel {
  place_id: number;
  is_conversation: boolean;
}

/** `to_read`: those whose history the user may read. */
export async function ownChannels(
  on: OwnChannelDependencies,
  { server_id, conversation_id }: Asked,
  from: Requester,
  to_read: boolean,
): Promise<Outcome<OwnChannel[]>> {
  const channels =
    conversation_id === undefined
      ? await ofServers(on, server_id, from, to_read)
      : await ofConversation(on, conversation_id, from);
  return channels.ok && channels.value.length > limits.read_states ? tooMany() : channels;
}

const tooMany = () =>
  failure("limit_reached", "These are too many channels; ask for one server at a time.", { limit: "read_states" });

async function ofConversation(
  { store, directory }: OwnChannelDependencies,
  conversation_id: number,
  from: Requester,
): Promise<Outcome<OwnChannel[]>> {
  if ((await directory.find("conversation_id", conversation_id, from)) === null) return notFound();
  const channel = await store.conversations.ownChannel(conversation_id, from.id);
  return channel ? success([heardFrom(channel)]) : notFound();
}

async function ofServers(
  { actors, store, directory }: OwnChannelDependencies,
  server_id: number | undefined,
  from: Requester,
  to_read: boolean,
): Promise<Outcome<OwnChannel[]>> {
  const { id: user_id } = from;
  if (server_id !== undefined && (await directory.find("server_id", server_id, from)) === null) return notFound();
  const server_ids = server_id === undefined ? (await store.rooms.listOf(user_id)).map(({ id }) => id) : [server_id];
  const answers = await Promise.all(
    server_ids.map((id) => actors.request(`room:${id}`, "visible", { user_id, to_read })),
  );
  const channels = server_id === undefined ? (await store.conversations.ownChannels(user_id)).map(heardFrom) : [];
  for (const [at, answer] of answers.entries()) {
    const place_id = server_ids[at] ?? 0;
    if (answer.ok) {
      const { channel_ids, since } = answer.value;
      for (const channel_id of channel_ids) channels.push({ channel_id, place_id, since, is_conversation: false });
    }
    // Of all of one's servers, one that was left meanwhile is none any more.
    else if (server_id !== undefined || answer.error.code !== "not_found") return answer;
  }
  return success(channels);
}

function heardFrom(channel: ConversationChannel): OwnChannel {
  const { channel_id, conversation_id } = channel;
  return { channel_id, place_id: conversation_id, since: firstIdHeard(channel), is_conversation: true };
}
