// The push_notices table: what each subscription is still to be told, of each channel one thing at a time. A row is taken
// by the sender before anything is sent, so that nothing is sent twice, whatever becomes of the process.
// Must not hold what was said: that is read as it is sent.

import { and, desc, eq, gte, isNull, sql } from "drizzle-orm";
import { id_nodes } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { NotificationLevel } from "../../domain/notifications.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { doneAnew, sweeping, type Write } from "../engine/write.ts";
import { messages } from "../schema/community.ts";
import { push_notices, push_subscriptions } from "../schema/push.ts";
import { field, givenIds, jsonRows } from "./json-rows.ts";
import { type PushFailure, pushSubscriptionsOf } from "./push-subscriptions.ts";
import { candidatesOf, joinedAt, joinedSeq, levelOf, mayBeTold, type Said, toldOf } from "./push-wanted.ts";
import { parsed } from "./rooms-json.ts";

/** A channel's messages, from the id of one to that of another. */
export interface SaidRange {
  channel_id: number;
  place_id: number;
  from_id: number;
  to_id: number;
}

/** Somebody who is to be told of them: the first and the last, and of how many. */
export interface Wanting {
  user_id: number;
  from_id: number;
  message_id: number;
  count: number;
}

/** What a subscription is told of a channel, taken to be sent. */
export interface TakenNotice {
  login_id: number;
  channel_id: number;
  place_id: number;
  from_id: number;
  message_id: number;
}

/** Where a notice lies, what the user wants to be told of there, and when they came, Unix milliseconds, by which `seq`. */
export interface NoticedChannel {
  channel_id: number;
  level: NotificationLevel;
  joined_at: number;
  joined_seq: number;
}

const { login_id, channel_id, place_id, from_id, message_id, told_id, told_at, due_at } = push_notices;

export interface DueQuery {
  now: number;
  limit: number;
  but_logins: readonly number[];
  but_users: readonly number[];
}

export type PushNotices = ReturnType<typeof pushNoticesOf>;

export function pushNoticesOf(access: Access) {
  const queries = noticeQueries(access);
  const statements = noticeStatements(access.reads);
  const subscriptions = pushSubscriptionsOf(access);
  return {
    /** What was said since, in each channel, of the last so many messages; with a `node`, of those that it took. */
    async saidSince(of: { since: number; node: number | null; limit: number }): Promise<SaidRange[]> {
      return read(queries.saidSince.all(of));
    },
    /** Who is to be told of these messages, in the order of their ids, and has a subscription. */
    async wanting(said: SaidRange, page: { now: number; after: number; limit: number }): Promise<Wanting[]> {
      return (await read(queries.wanting.all({ ...said, ...page }))).flatMap(wantingOf);
    },
    /** What one user is to be told of them; null where that is nothing, or nothing any more. */
    async wantedBy(user_id: number, said: SaidRange, now: number): Promise<Wanting | null> {
      return (await read(queries.wantedBy.all({ ...said, user_id, now }))).flatMap(wantingOf)[0] ?? null;
    },
    /**
     * Has them wait for each subscription of these users, or for what waits there already; comes to how many do. Nothing
     * new waits for whom a `share` of the queue waits already.
     */
    add(
      { channel_id: of, place_id: place }: SaidRange,
      rows: readonly Wanting[],
      { share, now }: { share: number; now: number },
    ): Write<number> {
      return sweeping(statements.add({ channel_id: of, place_id: place, rows: jsonRows(rows), share, now }));
    },
    /** Those that have waited longest, of whom it is time; of other log-ins, and of other users, than these. */
    async due({ now, limit, but_logins, but_users }: DueQuery) {
      const but = { logins: JSON.stringify(but_logins), users: JSON.stringify(but_users) };
      return read(queries.due.all({ now, limit, ...but }));
    },
    /** When it is time for the next; null where nothing waits. */
    async nextDue(): Promise<number | null> {
      return (await read(queries.next.get()))?.due_at ?? null;
    },
    /** How many wait, counted up to `limit`. */
    async countWaiting(limit: number): Promise<number> {
      return (await read(queries.waiting.get({ limit })))?.count ?? 0;
    },
    /** Takes all of these log-ins of which it is time; none where nobody can tell whether it was done. */
    take(login_ids: readonly number[], now: number): Write<TakenNotice[]> {
      return {
        job: [statements.take({ login_ids: JSON.stringify(login_ids), now })],
        stored: ([taken]) => (taken?.rows ?? []).map(takenOf),
        find: async () => [],
      };
    },
    /** These wait again, until then, or until the pause after a failure is over. */
    putBack(of: number, taken: readonly TakenNotice[], until: number | Omit<PushFailure, "login_id">): Write<null> {
      const rows = jsonRows(taken);
      const held_until = typeof until === "number" ? until : until.held_until;
      const putting = statements.putBack({ rows, login_id: of, held_until });
      const failed = typeof until === "number" ? [] : [subscriptions.failed({ ...until, login_id: of })];
      return { job: [putting, ...failed], stored: () => null, find: doneAnew };
    },
    /** There was nothing to send after all: it isn't looked at again, and what comes next has to wait for nothing. */
    pass: (of: TakenNotice): Write<number> => sweeping(statements.pass({ ...of })),
    /** The channels of which the log-in was told last, where the user still is. */
    async channelsOf(of: number, user_id: number): Promise<NoticedChannel[]> {
      return read(queries.channels.all({ login_id: of, user_id })) as Promise<NoticedChannel[]>;
    },
    /** Forgets up to `limit` of which it was told before; comes to how many. */
    purge: (of: { before: number; limit: number }): Write<number> => sweeping(statements.purge(of)),
  };
}

function wantingOf({ user_id, told }: { user_id: number; told: [number | null, number | null, number] }): Wanting[] {
  const [first, last, count] = told;
  return first === null || last === null ? [] : [{ user_id, from_id: first, message_id: last, count }];
}

const takenOf = (row: readonly unknown[]): TakenNotice => {
  const [login = 0, channel = 0, place = 0, from = 0, message = 0] = row.map(Number);
  return { login_id: login, channel_id: channel, place_id: place, from_id: from, message_id: message };
};

/** Of the last messages only so many are looked at. */
function prepareSaidSince(searches: Access["searches"]) {
  const lately = searches
    .select({ id: messages.id, channel_id: messages.channel_id, place_id: messages.server_id })
    .from(messages)
    .where(
      and(
        gte(messages.id, given("since")),
        isNull(messages.deleted_at),
        sql`(${given("node")} is null or ${messages.id} % ${sql.raw(String(id_nodes))} = ${given("node")})`,
      ),
    )
    .orderBy(desc(messages.id))
    .limit(sql.placeholder("limit"))
    .as("lately");
  return searches
    .select({
      ...{ channel_id: lately.channel_id, place_id: lately.place_id },
      ...{ from_id: sql<number>`min(${lately.id})`, to_id: sql<number>`max(${lately.id})` },
    })
    .from(lately)
    .groupBy(lately.channel_id)
    .prepare();
}

function noticeQueries({ searches }: Pick<Access, "searches">) {
  const said: Said = {
    ...{ place: given("place_id"), channel: given("channel_id"), from: given("from_id"), to: given("to_id") },
  };
  const now = given<number>("now");
  const toldTo = (user: ReturnType<typeof given>) =>
    sql<[number | null, number | null, number]>`(select json_array(min(id), max(id), count(*))
      from (${toldOf(user, said, levelOf(user, said))}))`.mapWith(parsed<[number | null, number | null, number]>);
  const candidate = sql`candidates.user_id`;
  const has_subscription = sql`exists (select 1 from ${push_subscriptions} where user_id = ${candidate})`;
  const here = { place: sql`${place_id}`, channel: sql`${channel_id}` };
  const user = given<number>("user_id");
  const joined_at = joinedAt(user, here.place);
  const due = and(sql`${due_at} is not null`, sql`${due_at} <= ${now}`);
  return {
    saidSince: prepareSaidSince(searches),
    wanting: searches
      .select({ user_id: sql<number>`${candidate}`, told: toldTo(candidate) })
      .from(sql`(${candidatesOf(said)}) as candidates`)
      .where(sql`${candidate} > ${given("after")} and ${has_subscription} and ${mayBeTold(candidate, said, now)}`)
      .orderBy(candidate)
      .limit(sql.placeholder("limit"))
      .prepare(),
    wantedBy: searches
      .select({ user_id: sql<number>`asked.user_id`, told: toldTo(sql`asked.user_id`) })
      .from(sql`(select ${given("user_id")} as user_id) as asked`)
      .where(mayBeTold(sql`asked.user_id`, said, now))
      .prepare(),
    due: searches
      .select({ login_id, user_id: push_subscriptions.user_id })
      .from(push_notices)
      .innerJoin(push_subscriptions, eq(push_subscriptions.login_id, login_id))
      .where(
        and(
          due,
          sql`${login_id} not in ${givenIds("logins")}`,
          sql`${push_subscriptions.user_id} not in ${givenIds("users")}`,
        ),
      )
      .orderBy(due_at)
      .limit(sql.placeholder("limit"))
      .prepare(),
    next: searches
      .select({ due_at: sql<number | null>`min(${due_at})` })
      .from(push_notices)
      .where(sql`${due_at} is not null`)
      .prepare(),
    waiting: searches
      .select({ count: sql<number>`count(*)` })
      .from(sql`(select 1 from ${push_notices} where due_at is not null limit ${sql.placeholder("limit")})`)
      .prepare(),
    channels: searches
      .select({ channel_id, level: levelOf(user, here), joined_at, joined_seq: joinedSeq(user, here.place) })
      .from(push_notices)
      .where(and(eq(login_id, given("login_id")), sql`${joined_at} is not null`))
      .orderBy(sql`${message_id} desc`)
      .limit(limits.push_channels_counted)
      .prepare(),
  };
}

function noticeStatements(reads: Access["reads"]) {
  const now = given<number>("now");
  const waits = sql`push_notices.due_at is not null`;
  return {
    add: template<{ channel_id: number; place_id: number; rows: string; share: number; now: number }>(addition(reads)),
    take: template<{ login_ids: string; now: number }>(
      reads
        .update(push_notices)
        .set({ told_id: message_id, told_at: now, due_at: null })
        .where(and(sql`${login_id} in ${givenIds("login_ids")}`, sql`${waits} and ${due_at} <= ${now}`))
        .returning({ login_id, channel_id, place_id, from_id, message_id }),
    ),
    putBack: template<{ rows: string; login_id: number; held_until: number }>(
      reads
        .update(push_notices)
        .set({
          from_id: sql`min(${from_id}, taken.from_id)`,
          ...{ told_id: 0, told_at: null, due_at: sql`max(coalesce(${due_at}, 0), ${given("held_until")})` },
        })
        .from(sql`(select ${field("channel_id")} as channel_id, ${field("from_id")} as from_id
          from json_each(${sql.placeholder("rows")})) as taken`)
        .where(sql`${login_id} = ${given("login_id")} and ${channel_id} = taken.channel_id`),
    ),
    pass: template<TakenNotice & Record<string, number>>(
      reads
        .update(push_notices)
        .set({ told_at: sql`${told_at} - ${sql.raw(String(limits.push_interval_ms))}` })
        .where(
          and(
            ...[eq(login_id, given("login_id")), eq(channel_id, given("channel_id"))],
            ...[eq(told_id, given("message_id")), sql`due_at is null`],
          ),
        ),
    ),
    purge: template<{ before: number; limit: number }>(
      reads.delete(push_notices).where(
        sql`rowid in (select rowid from ${push_notices} where due_at is null and ${told_at} < ${given("before")}
          limit ${sql.placeholder("limit")})`,
      ),
    ),
  };
}

/**
 * At most one thing waits of a channel, and so many channels, and a share of all that waits for each user; what is told
 * of one, is not again within a minute.
 */
function addition(reads: Access["reads"]) {
  const subscription = sql.raw("push_subscriptions");
  const of_login = sql`from push_notices as known where known.login_id = ${subscription}.login_id`;
  const most = sql.raw(String(limits.push_notices_per_login));
  const of_user = sql`(select count(*) from push_subscriptions as theirs cross join push_notices as known
    where theirs.user_id = ${subscription}.user_id and known.login_id = theirs.login_id and known.due_at is not null)`;
  const interval = sql.raw(String(limits.push_interval_ms));
  const due = sql`max(${given("now")}, ${subscription}.held_until)`;
  return reads
    .insert(push_notices)
    .select(
      sql`select ${subscription}.login_id, ${given("channel_id")}, ${given("place_id")}, ${field("from_id")},
          ${field("message_id")}, 0, null, ${due}
        from json_each(${sql.placeholder("rows")}) cross join ${push_subscriptions}
          on ${subscription}.user_id = ${field("user_id")}
        where exists (select 1 ${of_login} and known.channel_id = ${given("channel_id")} and known.due_at is not null)
          or ((select count(*) ${of_login} and known.due_at is not null) < ${most} and ${of_user} < ${given("share")})`,
    )
    .onConflictDoUpdate({
      target: [login_id, channel_id],
      set: {
        from_id: sql`case when ${due_at} is null then max(excluded.from_id, ${told_id} + 1) else ${from_id} end`,
        message_id: sql`max(${message_id}, excluded.message_id)`,
        due_at: sql`coalesce(${due_at}, max(excluded.due_at, coalesce(${told_at}, 0) + ${interval}))`,
      },
      setWhere: sql`excluded.message_id > ${told_id}`,
    });
}
