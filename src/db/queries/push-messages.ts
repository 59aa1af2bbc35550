// The message that a push tells of, with the names that it is told by.

import { eq, sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { channels, members, messages, servers } from "../schema/community.ts";
import { conversations } from "../schema/conversations.ts";
import { users } from "../schema/people.ts";

/** `place_name` is that of the server, or of a group that has one; of its two ids one is there. */
export interface PushedMessage {
  id: number;
  channel_id: number;
  server_id: number | null;
  conversation_id: number | null;
  content: string;
  created_at: number;
  author_name: string;
  place_name: string | null;
  channel_name: string | null;
}

export type PushMessages = ReturnType<typeof pushMessagesOf>;

export function pushMessagesOf({ searches }: Access) {
  const of_server = sql`members.server_id = ${messages.server_id} and members.user_id = ${messages.author_id}`;
  const byId = searches
    .select({
      ...{
        id: messages.id,
        channel_id: messages.channel_id,
        content: messages.content,
        created_at: messages.created_at,
      },
      server_id: sql<number | null>`${servers.id}`.as("of_server"),
      conversation_id: sql<number | null>`${conversations.id}`.as("of_conversation"),
      author_name: sql<string>`coalesce(${messages.author} ->> 'name', ${members.nickname}, ${users.name}, '')`,
      place_name: sql<string | null>`coalesce(${servers.name}, ${conversations.name})`,
      channel_name: sql<string | null>`${channels.name}`.as("channel_name"),
    })
    .from(messages)
    .leftJoin(servers, eq(servers.id, messages.server_id))
    .leftJoin(channels, eq(channels.id, messages.channel_id))
    .leftJoin(conversations, eq(conversations.id, messages.server_id))
    .leftJoin(users, eq(users.id, messages.author_id))
    .leftJoin(members, of_server)
    .where(sql`${messages.id} = ${given("id")} and ${messages.deleted_at} is null`)
    .prepare();
  return {
    /** Null where it has gone. */
    async find(id: number): Promise<PushedMessage | null> {
      return (await read(byId.get({ id }))) ?? null;
    },
  };
}
