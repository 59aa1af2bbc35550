// Who wants to be told of what was said in a channel, as their settings, blocks and `dnd` stand now. By this it is
// decided what waits to be sent, and once more as it is sent.
// Must not judge who may view the channel: that is its room's.

import { type SQL, sql } from "drizzle-orm";
import { EPOCH_MS, IDS_PER_MS } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import { default_levels } from "../../domain/notifications.ts";
import { isOfNobodyBlocked } from "./blocks.ts";

/** A channel's messages from one id to another; `place` is its server or conversation. */
export interface Said {
  place: SQL;
  channel: SQL;
  from: SQL;
  to: SQL;
}

/** How far the channel's messages of the range are looked at. */
const looked_at = sql.raw(String(limits.push_messages_looked_at));

const isIn = ({ channel, from, to }: Said, table = "messages") => {
  const of = sql.raw(table);
  return sql`${of}.channel_id = ${channel} and ${of}.id between ${from} and ${to} and ${of}.deleted_at is null`;
};

/** Users whom something of it may concern: those it mentions, those who want all, those of a conversation. */
export function candidatesOf(said: Said): SQL {
  const { place, channel } = said;
  const lately = sql`(select id, mentions, mentions_here from messages where ${isIn(said)}
    order by id desc limit ${looked_at}) as said`;
  const to_everyone = sql`exists (select 1 from messages where ${isIn(said)} and mentions_everyone = 1)`;
  return sql`
    select value as user_id from ${lately}, json_each(said.mentions)
    union select value from ${lately}, json_each(coalesce(said.mentions_here, '[]'))
    union select user_id from notification_settings where target_id in (${place}, ${channel}) and level = 'all'
    union select user_id from conversation_members where conversation_id = ${place} and left_at is null
    union select user_id from members where server_id = ${place} and left_at is null and ${to_everyone}
    union select held.user_id from messages, json_each(messages.mention_roles) as role
      cross join member_roles as held on held.role_id = role.value
      where ${isIn(said)} and messages.mention_roles <> '[]'`;
}

/** What the user has chosen, of the channel or else of its place. */
export function levelOf(user: SQL, { place, channel }: Pick<Said, "place" | "channel">): SQL {
  const chosen = (target: SQL) =>
    sql`(select max(level) from notification_settings where user_id = ${user}
      and kind in ('server', 'channel', 'conversation') and target_id = ${target})`;
  const of_conversation = sql`exists (select 1 from conversations where id = ${place})`;
  const standing = sql`case when ${of_conversation} then ${default_levels.conversation} else ${default_levels.server} end`;
  return sql`coalesce(${chosen(channel)}, ${chosen(place)}, ${standing})`;
}

/** When the user came into the place, in which they are; null where they aren't. */
export function joinedAt(user: SQL, place: SQL): SQL<number | null> {
  return ofMembership("joined_at", user, place);
}

/** By which `seq` they did; 0 where that isn't known. */
export function joinedSeq(user: SQL, place: SQL): SQL<number | null> {
  return ofMembership("joined_seq", user, place);
}

/** As the function of that name. */
function firstIdHeard(user: SQL, place: SQL): SQL {
  const since = sql.raw(`- ${EPOCH_MS}) * ${IDS_PER_MS}`);
  return sql`max(${joinedSeq(user, place)}, (${joinedAt(user, place)} ${since})`;
}

function ofMembership(column: "joined_at" | "joined_seq", user: SQL, place: SQL): SQL<number | null> {
  const wanted = sql.raw(column);
  return sql<number | null>`coalesce(
    (select ${wanted} from members where server_id = ${place} and user_id = ${user} and left_at is null),
    (select ${wanted} from conversation_members where conversation_id = ${place} and user_id = ${user}
      and left_at is null and state = 'open'))`;
}

/** The user is in the place, wants to be told something at this time, and isn't silent about it. */
export function mayBeTold(user: SQL, { place, channel }: Said, now: SQL): SQL {
  return sql`
    exists (select 1 from users where id = ${user} and deleted_at is null and status <> 'dnd')
    and ${joinedAt(user, place)} is not null
    and not exists (select 1 from notification_settings where user_id = ${user}
      and kind in ('server', 'channel', 'conversation') and target_id in (${place}, ${channel})
      and muted_until > ${now})`;
}

/**
 * The ids of what the user is told of, as far as `level` goes: said by others whom they haven't blocked, since they came,
 * and not read yet.
 */
export function toldOf(user: SQL, said: Said, level: SQL): SQL {
  const { place, channel, from, to } = said;
  return sql`
    select id from (
      select said.id, said.author_id, said.author from mentions cross join messages as said on said.id = mentions.message_id
        where mentions.user_id = ${user} and mentions.channel_id = ${channel}
          and mentions.message_id between ${from} and ${to} and ${isIn(said, "said")}
      union select id, author_id, author from messages where ${isIn(said)} and mentions_everyone = 1
      union select id, author_id, author from messages where ${isIn(said)} and mention_roles <> '[]' and exists (
        select 1 from json_each(mention_roles) as role cross join member_roles as held
        where held.role_id = role.value and held.user_id = ${user})
      union select * from (select id, author_id, author from messages where ${level} = 'all' and ${isIn(said)}
        order by id desc limit ${looked_at})
    ) as heard
    where heard.author_id <> ${user} and ${level} <> 'none'
      and ${isOfNobodyBlocked(user, "heard.")}
      and heard.id >= ${firstIdHeard(user, place)}
      and heard.id > coalesce(
        (select last_read_id from read_states where user_id = ${user} and channel_id = ${channel}), 0)`;
}
