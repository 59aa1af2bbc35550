// The read_states table: how far each user has read in each channel, and what waits there unread.
// A mark never goes back. Unread messages are counted from indexes alone, and only up to a cap.

import { and, eq, lt, sql } from "drizzle-orm";
import { type Access, given, read, template } from "../engine/query.ts";
import { read_states } from "../schema/community.ts";
import { lastLiveId } from "./messages.ts";

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

export function readStatesOf({ reads, write }: Access) {
  const ofChannels = prepareStates(reads);
  const put = template<ReadMark>(putMark(reads));
  const purge = purgeStatement(reads);
  return {
    /** Whether it moved: false when one had read as far, or further. */
    async mark(mark: ReadMark): Promise<boolean> {
      const [moved] = await write([put(mark)]);
      return moved?.changes === 1;
    },
    /** Deletes up to `limit` of deleted channels; returns how many. */
    async purge(limit: number): Promise<number> {
      const [purged] = await write([purge({ limit })]);
      return purged?.changes ?? 0;
    },
    /** One for each of the channels, in their order; `cap` is how far `unread` and `mentions` count. */
    async of(user_id: number, channel_ids: readonly number[], cap: number): Promise<ReadState[]> {
      return read(ofChannels.all({ user_id, channel_ids: JSON.stringify(channel_ids), cap }));
    },
  };
}

function putMark(reads: Access["reads"]) {
  const mark = {
    user_id: given<number>("user_id"),
    channel_id: given<number>("channel_id"),
    last_read_id: given<number>("last_read_id"),
    seq: given<number>("seq"),
  };
  return reads
    .insert(read_states)
    .values(mark)
    .onConflictDoUpdate({
      target: [read_states.user_id, read_states.channel_id],
      set: { last_read_id: sql`excluded.last_read_id`, seq: sql`excluded.seq` },
      setWhere: lt(read_states.last_read_id, sql`excluded.last_read_id`),
    });
}

function purgeStatement(reads: Access["reads"]) {
  const doomed = sql`select ${read_states}.rowid from channels cross join ${read_states}
    where channels.deleted_at is not null and ${read_states}.channel_id = channels.id
    order by channels.deleted_at desc limit ${sql.placeholder("limit")}`;
  return template<{ limit: number }>(reads.delete(read_states).where(sql`${read_states}.rowid in (${doomed})`));
}

function prepareStates(reads: Access["reads"]) {
  const channel = sql`asked.value`;
  const [user, cap] = [sql.placeholder("user_id"), sql.placeholder("cap")];
  const unreadOfOthers = sql`channel_id = ${channel} and id > coalesce(${read_states.last_read_id}, 0)
    and author_id <> ${user} and deleted_at is null`;
  const toUser = sql`select message_id from mentions
    where user_id = ${user} and channel_id = ${channel} and message_id > coalesce(${read_states.last_read_id}, 0)
    limit ${cap}`;
  const toEveryone = sql`select id from messages where mentions_everyone = 1 and ${unreadOfOthers} limit ${cap}`;
  const unread = sql`select 1 from messages where ${unreadOfOthers} limit ${cap}`;
  return reads
    .select({
      channel_id: sql<number>`${channel}`,
      last_read_id: read_states.last_read_id,
      last_message_id: lastLiveId(channel),
      unread: sql<number>`(select count(*) from (${unread}))`,
      // Who is mentioned both ways is mentioned once.
      mentions: sql<number>`(
        select min(count(*), ${cap}) from (select * from (${toUser}) union select * from (${toEveryone}))
      )`,
    })
    .from(sql`json_each(${sql.placeholder("channel_ids")}) as asked`)
    .leftJoin(read_states, and(eq(read_states.channel_id, channel), eq(read_states.user_id, given("user_id"))))
    .orderBy(sql`asked.key`)
    .prepare();
}
