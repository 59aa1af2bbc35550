// The read_states table: how far each user has read in each channel, and what waits there unread.
// A mark never goes back. Unread messages are counted from indexes alone, and only up to a cap.

import { and, eq, lt, type SQL, sql } from "drizzle-orm";
import { limits } from "../../domain/limits.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { messages, read_states } from "../schema/community.ts";
import { guard, isMember } from "./guards.ts";
import {
  asked_channels,
  type HeardChannel,
  heardChannels,
  isToTheirRole,
  isToUser,
  to_everyone,
  to_roles,
} from "./message-mentions.ts";
import { lastLiveId } from "./messages.ts";
import { nextSelfSeq, type SelfSeq, selfBefore, selfSeqs } from "./self-topics.ts";

export type ReadMark = {
  user_id: number;
  channel_id: number;
  last_read_id: number;
  seq: number;
};

/** One's own messages are neither unread nor mentions. */
export interface ReadState {
  channel_id: number;
  last_read_id: number | null;
  last_message_id: number | null;
  unread: number;
  mentions: number;
}

export type ReadStates = ReturnType<typeof readStatesOf>;

export function readStatesOf({ reads, catching_up }: Access) {
  const ofChannels = prepareStates(catching_up);
  const purge = purgeStatement(reads);
  return {
    ...readMarksOf(reads, isMember),
    /** Deletes up to `limit` of deleted channels; comes to how many. */
    purge: (limit: number): Write<number> => sweeping(purge({ limit })),
    /** One for each of the channels, in their order, some at a time; `cap` is how far `unread` and `mentions` count. */
    async of(user_id: number, channels: readonly HeardChannel[], cap: number): Promise<ReadState[]> {
      const states: ReadState[] = [];
      for (let at = 0; at < channels.length; at += limits.read_states_slice) {
        const slice = channels.slice(at, at + limits.read_states_slice);
        states.push(...(await read(ofChannels.all({ user_id, ...heardChannels(slice), cap }))));
      }
      return states;
    },
  };
}

/** `isIn`: the user is in the place of a message, a server or a conversation. */
export function readMarksOf(reads: Access["reads"], isIn: (place: SQL, user: SQL) => SQL) {
  const one = reads
    .select({ last_read_id: read_states.last_read_id, seq: read_states.seq })
    .from(read_states)
    .where(and(eq(read_states.user_id, given("user_id")), eq(read_states.channel_id, given("channel_id"))))
    .prepare();
  const readable = guard<ReadMark>(reads, isReadable(isIn));
  const put = template<ReadMark>(putMark(reads));
  const before = selfBefore(reads);
  return {
    /**
     * Comes to where the mark stands in the user's own topic: at the given `seq`, or a greater one. Null where it did
     * not move: the user has read as far already. Stale where the message has gone, or the user is no member any more.
     */
    mark(mark: ReadMark): Write<{ self: SelfSeq | null }> {
      const { user_id, channel_id, last_read_id } = mark;
      return {
        job: [readable(mark), before([user_id]), put(mark)],
        stored: ([, were, moved]) => ({ self: selfSeqs(were, moved)[0] ?? null }),
        async find() {
          const standing = await read(one.get({ user_id, channel_id }));
          return standing?.last_read_id === last_read_id && standing.seq >= mark.seq
            ? { self: { user_id, seq: standing.seq, after: null } }
            : null;
        },
      };
    },
  };
}

/** The message is there, in the channel, and the user in its place. */
function isReadable(isIn: (place: SQL, user: SQL) => SQL): SQL {
  const there = sql`${messages.id} = ${given("last_read_id")} and ${messages.channel_id} = ${given("channel_id")}
    and ${messages.deleted_at} is null and ${isIn(sql`${messages.server_id}`, given("user_id"))}`;
  return sql`exists (select 1 from ${messages} where ${there})`;
}

function putMark(reads: Access["reads"]) {
  const user = given<number>("user_id");
  const seq = nextSelfSeq(user, given("seq"));
  return reads
    .insert(read_states)
    .select(sql`select ${user}, ${given("channel_id")}, ${given("last_read_id")}, ${seq} where true`)
    .onConflictDoUpdate({
      target: [read_states.user_id, read_states.channel_id],
      set: { last_read_id: sql`excluded.last_read_id`, seq: sql`excluded.seq` },
      setWhere: lt(read_states.last_read_id, sql`excluded.last_read_id`),
    })
    .returning({ user_id: read_states.user_id, seq: read_states.seq });
}

function purgeStatement(reads: Access["reads"]) {
  const doomed = sql`select ${read_states}.rowid from channels cross join ${read_states}
    where channels.deleted_at is not null and ${read_states}.channel_id = channels.id
    order by channels.deleted_at desc limit ${sql.placeholder("limit")}`;
  return template<{ limit: number }>(reads.delete(read_states).where(sql`${read_states}.rowid in (${doomed})`));
}

function prepareStates(reads: Access["reads"]) {
  const { channel, since, all } = asked_channels;
  const [user, cap] = [given<number>("user_id"), sql.placeholder("cap")];
  const read_to = sql`coalesce(${read_states.last_read_id}, 0)`;
  // As far as they are looked at: who writes without end must not be counted past without end.
  const ofOthers = (after: SQL, condition: SQL = sql``) => sql`(
    select id, author_id from messages
    where channel_id = ${channel} and id > ${after} and deleted_at is null ${condition}
    order by id limit ${sql.raw(String(limits.unread_looked_at))}
  ) where author_id <> ${user} limit ${cap}`;
  // Who came later isn't meant by what was said to all before.
  const toAll = (condition: SQL) => sql`select id from ${ofOthers(sql`max(${read_to}, ${since} - 1)`, condition)}`;
  const toUser = sql`select message_id from mentions
    where user_id = ${user} and channel_id = ${channel} and message_id > ${read_to}
    limit ${cap}`;
  const toRoles = toAll(sql`and ${to_roles} and ${isToTheirRole(user)}`);
  const toEveryone = toAll(sql`and ${to_everyone} and ${isToUser(user)}`);
  const unread = sql`select 1 from ${ofOthers(read_to)}`;
  return reads
    .select({
      channel_id: sql<number>`${channel}`,
      last_read_id: read_states.last_read_id,
      last_message_id: lastLiveId(channel),
      unread: sql<number>`(select count(*) from (${unread}))`,
      // Who is mentioned in several ways is mentioned once.
      mentions: sql<number>`(
        select min(count(*), ${cap}) from (
          select * from (${toUser}) union select * from (${toEveryone}) union select * from (${toRoles})
        )
      )`,
    })
    .from(all)
    .leftJoin(read_states, and(eq(read_states.channel_id, channel), eq(read_states.user_id, given("user_id"))))
    .orderBy(sql`asked.key`)
    .prepare();
}
