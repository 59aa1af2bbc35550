// Which messages mention a user: by name, as a reply, or because they were there, which was judged when it was written;
// and, as things stand now, with everybody or with those who hold a role. How many are unread is counted by the same words.
// Must look at no more than so many entries of each channel, whatever there is: nothing can stop a statement in its thread.

import { and, inArray, type SQL, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import { limits } from "../../domain/limits.ts";
import { type Access, given, read } from "../engine/query.ts";
import { messages } from "../schema/community.ts";
import { isOfNobodyBlocked } from "./blocks.ts";
import { givenIds } from "./json-rows.ts";
import { isLive, messageColumns } from "./message-rows.ts";

/** A channel, and from which id on what is said to all of it is said to the user: not what is from before they came. */
export interface HeardChannel {
  channel_id: number;
  since: number;
}

/** Mentions with ids from `from` up to below `before`; of each kind, so many entries of a channel are looked at. */
export interface MentionsQuery {
  user_id: number;
  channels: readonly HeardChannel[];
  from: number;
  before: number;
  looked_at: number;
}

export interface Mention {
  id: number;
  channel_id: number;
}

/** All mentions from `from` on, in no order. */
export interface MentionsFound {
  mentions: Mention[];
  from: number;
}

/** As parameters, for a query over all of them. */
export const heardChannels = (channels: readonly HeardChannel[]) => ({
  channel_ids: JSON.stringify(channels.map(({ channel_id }) => channel_id)),
  sinces: JSON.stringify(channels.map(({ since }) => since)),
});

/** What such a query is over, and the one at hand. */
export const asked_channels = {
  all: sql`json_each(${sql.placeholder("channel_ids")}) as asked`,
  channel: sql`asked.value`,
  since: sql`(${sql.placeholder("sinces")} ->> asked.key)`,
};

/** The words by which SQLite finds the index of the messages that may mention the user with others. */
export const to_everyone = sql`mentions_everyone = 1`;
export const to_roles = sql`mention_roles <> '[]'`;

/** Of a message to everyone: it is to the user. */
export const isToUser = (user: SQL) => isOfNobodyBlocked(user);

/** Of a message to roles: it is to the user. */
export const isToTheirRole = (user: SQL) => sql`exists (
  select 1 from json_each(mention_roles) as role cross join member_roles as held
  where held.role_id = role.value and held.user_id = ${user}
) and ${isOfNobodyBlocked(user)}`;

export function messageMentionsOf(access: Access) {
  const look = prepareLook(access.catching_up);
  const byIds = access.catching_up
    .select(messageColumns(access))
    .from(messages)
    .where(and(inArray(messages.id, givenIds("ids")), isLive))
    .prepare();
  return {
    /** What mentions the user in these channels, as many of which at a time as one statement looks through. */
    async mentionsOf({ channels, ...query }: MentionsQuery): Promise<MentionsFound> {
      const rows = await read(look.all({ ...query, ...heardChannels(channels) }));
      const lasts = rows.flatMap(({ named, everyone, roles }) => [named, everyone, roles].map(({ last }) => last ?? 0));
      const from = Math.max(query.from, ...lasts);
      const mentions = rows.flatMap(({ channel_id, named, everyone, roles }) =>
        [...new Set([...named.ids, ...everyone.ids, ...roles.ids])].map((id) => ({ id, channel_id })),
      );
      return { mentions: mentions.filter(({ id }) => id >= from), from };
    },
    /** Those of them that are there, in no order. */
    async byIds(ids: readonly number[]): Promise<ChatMessage[]> {
      return read(byIds.all({ ids: JSON.stringify(ids) }));
    },
  };
}

/** What a look at one kind of entries of one channel found; `last`: down to which id, where there may be more. */
interface Looked {
  ids: number[];
  last: number | null;
}

function prepareLook(reads: Access["catching_up"]) {
  const { channel, since, all } = asked_channels;
  const user = given<number>("user_id");
  const within = (id: SQL) => sql`${id} < ${given("before")} and ${id} >= ${given("from")}`;
  const looked = (entries: SQL) =>
    sql<Looked>`(
    select json_object(
      'ids', json_group_array(id) filter (where is_hit),
      'last', case when count(*) = ${given("looked_at")} then min(id) end
    ) from (${entries} limit ${given("looked_at")})
  )`.mapWith((json: string): Looked => JSON.parse(json));
  const said = (kind: SQL, isHit: SQL) => sql`
    select id, author_id <> ${user} and ${isHit} as is_hit from messages
    where channel_id = ${channel} and ${kind} and deleted_at is null and id >= ${since} and ${within(sql`id`)}
    order by id desc`;
  return reads
    .select({
      channel_id: sql<number>`${channel}`,
      named: looked(sql`
        select message_id as id, 1 as is_hit from mentions
        where user_id = ${user} and channel_id = ${channel} and ${within(sql`message_id`)}
        order by message_id desc`),
      everyone: looked(said(to_everyone, isToUser(user))),
      roles: looked(said(to_roles, isToTheirRole(user))),
    })
    .from(all)
    .prepare();
}

/** The most entries of one channel that a look through so many channels may pass over. */
export function entriesOfEach(channels: number): number {
  const share = Math.floor(limits.mention_entries / Math.max(channels, 1));
  return Math.max(limits.mention_entries_least, Math.min(limits.page_length, share));
}
