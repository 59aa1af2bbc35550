// What changed in a server after a seq: what ended, whose membership changed, and what said who could view what before.
// Everything is a range of an index on the seq, so that it costs by what changed and not by what there is, and how much
// that is is looked at before it is read.
// Must not tell what somebody may see of it: that is the room's to judge.

import { and, asc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Category, Channel, Member, ServerRole } from "../../domain/community.ts";
import { limits } from "../../domain/limits.ts";
import type { Overwrite } from "../../domain/permissions.ts";
import { type Access, given, read } from "../engine/query.ts";
import { categories, channels, members, roles } from "../schema/community.ts";
import { member_roles_history, membership_history, structure_history } from "../schema/history.ts";
import { users } from "../schema/people.ts";
import { type Hides, hidesFrom } from "./blocks.ts";
import { memberColumns } from "./room-members.ts";
import { fieldsOf } from "./rooms-json.ts";

/** `limit` is how many members, and of each kind that ended, are read at most. */
export interface RoomHistoryQuery {
  server_id: number;
  /** For whom it is read. */
  user_id: number;
  since: number;
  limit: number;
}

/** `was_there`: they were a member at `since`. `left`: they are none any more, and the rest is as it was. */
export type ChangedMember = Member & {
  name: string;
  profile_pic: string | null;
  joined_seq: number;
  was_there: boolean;
  left: boolean;
  /** Whether they have blocked the asker, or whose bot that is. */
  hides: Hides;
};

/** What stood until the change with this `until_seq`. */
export type FormerValue = { until_seq: number; id: number } & (
  | { kind: "server"; value: number }
  | { kind: "role"; value: number }
  | { kind: "category"; value: Overwrite[] }
  | { kind: "channel"; value: Pick<Channel, "category_id" | "overwrites"> }
);

export interface RoomHistory {
  /** The seq at which the user last came; null for one who is no member. */
  joined_seq: number | null;
  /** `since` lies within a change: who was told up to there was cut off before they were told the rest of it. */
  cut_off: boolean;
  /** The roles that the user had at `since`, where they have others now. */
  former_role_ids: number[] | null;
  /** What was there at `since` and was deleted after it, as it was; `seq` is that of its end. */
  ended: { roles: ServerRole[]; categories: Category[]; channels: Channel[] };
  /** In the order of `seq`. */
  members: ChangedMember[];
  /** Of each thing the one value that stood at `since`, where another does now. */
  former: FormerValue[];
}

/** Of what bears on who could view one channel. */
export interface ChannelHistoryQuery {
  server_id: number;
  user_id: number;
  since: number;
  channel_id: number;
  /** That it is in now. */
  category_id: number | null;
}

/** Awaited between pieces of work that come by the thousand. */
export type Pause = () => Promise<void>;

const nothing: Omit<RoomHistory, "joined_seq"> = {
  cut_off: false,
  former_role_ids: null,
  ended: { roles: [], categories: [], channels: [] },
  members: [],
  former: [],
};

export function roomHistoryOf({ catching_up }: Access) {
  const queries = historyQueries(catching_up);
  return {
    /**
     * Nothing but the seq for a user who came later, or is no member. `too_much` where what said who could view what has
     * changed more often, or takes more bytes, than is read.
     */
    async changedSince(query: RoomHistoryQuery, pause: Pause = async () => {}): Promise<RoomHistory | "too_much"> {
      const values = { ...query };
      const asker = await read(queries.asker.get(values));
      const joined_seq = asker?.joined_seq ?? null;
      if (!asker || asker.joined_seq > query.since) return { ...nothing, joined_seq };
      if (asker.changes > limits.sync_history) return "too_much";
      const size = await read(queries.size.get(values));
      if ((size?.bytes ?? 0) > limits.sync_history_bytes) return "too_much";
      const [changed, ended, former] = await Promise.all([
        read(queries.members.all(values)),
        read(queries.ended.all(values)),
        asker.changes === 0 ? [] : read(queries.former.all(values)),
      ]);
      return {
        joined_seq,
        cut_off: asker.changed_next || former.some(({ until_seq }) => until_seq === query.since + 1),
        former_role_ids: asker.former_role_ids,
        ended: await endedOf(ended, pause),
        members: changed,
        former: await valuesOf(former, pause),
      };
    },
    /** The same as far as it bears on who could view the one channel; without members. */
    async channelChangedSince(query: ChannelHistoryQuery): Promise<RoomHistory | "too_much"> {
      const values = { ...query };
      const asker = await read(queries.asker.get(values));
      const joined_seq = asker?.joined_seq ?? null;
      if (!asker || asker.joined_seq > query.since) return { ...nothing, joined_seq };
      if (asker.changes > limits.sync_history) return "too_much";
      const { former_role_ids } = asker;
      if (asker.changes === 0 && !former_role_ids) return { ...nothing, joined_seq };
      const held = { ...values, role_ids: JSON.stringify(former_role_ids ?? []), limit: limits.sync_changes };
      const [ended, former] = await Promise.all([
        read(queries.endedAround.all(held)),
        read(queries.formerAround.all(values)),
      ]);
      return { ...nothing, joined_seq, former_role_ids, ended: await endedOf(ended), former: await valuesOf(former) };
    },
  };
}

type Ended = { kind: "role" | "category" | "channel"; value: string };
type Former = Pick<FormerValue, "until_seq" | "kind" | "id"> & { value: string };

async function endedOf(rows: readonly Ended[], pause?: Pause): Promise<RoomHistory["ended"]> {
  const ended: RoomHistory["ended"] = { roles: [], categories: [], channels: [] };
  for (const { kind, value } of rows) {
    await pause?.();
    const parsed = JSON.parse(value);
    if (kind === "role") ended.roles.push(parsed);
    else if (kind === "category") ended.categories.push(parsed);
    else ended.channels.push(parsed);
  }
  return ended;
}

async function valuesOf(rows: readonly Former[], pause?: Pause): Promise<FormerValue[]> {
  const values: FormerValue[] = [];
  for (const { until_seq, kind, id, value } of rows) {
    await pause?.();
    values.push({ until_seq, kind, id, value: JSON.parse(value) } as FormerValue);
  }
  return values;
}

const [server, since, limit] = [given<number>("server_id"), given<number>("since"), sql.placeholder("limit")];

function historyQueries(reads: Access["reads"]) {
  return { ...sizeQueries(reads), ...endedQueries(reads), ...formerQueries(reads), members: memberQuery(reads) };
}

/** What tells how much there is to read. */
function sizeQueries(reads: Access["reads"]) {
  const ofAsker = and(eq(members.server_id, server), eq(members.user_id, given("user_id")));
  const formerRoles = sql<number[] | null>`(
    select role_ids from ${member_roles_history}
    where server_id = ${server} and user_id = ${given("user_id")} and until_seq > ${since}
    order by until_seq limit 1
  )`.mapWith((ids: string | null): number[] | null => ids && JSON.parse(ids));
  const ended_bytes = (table: SQLiteTable) => sql`(select total(length(overwrites)) from (${endedRows(table)}))`;
  const former_bytes = sql`(select total(length(value)) from ${firstsOf(changesSince)})`;
  return {
    asker: reads
      .select({
        joined_seq: members.joined_seq,
        former_role_ids: formerRoles,
        changed_next: sql<boolean>`exists (
          select 1 from ${member_roles_history}
          where server_id = ${server} and user_id = ${given("user_id")} and until_seq = ${since} + 1
        )`.mapWith(Boolean),
        changes: sql<number>`(select count(*) from (${changesSince}))`,
      })
      .from(members)
      .where(and(ofAsker, isNull(members.left_at)))
      .prepare(),
    size: reads
      .select({ bytes: sql<number>`bytes` })
      .from(sql`(select ${former_bytes} + ${ended_bytes(categories)} + ${ended_bytes(channels)} as bytes)`)
      .prepare(),
  };
}

/** By their index alone: which changes of what says who can view what there were, the oldest of them. */
const changesSince = sql`select until_seq, kind, id from ${structure_history}
  where server_id = ${server} and until_seq > ${since}
  order by until_seq limit ${sql.raw(String(limits.sync_history + 1))}`;

/** The rows of the first of these changes of each thing: what stood before it stood at `since`. */
function firstsOf(changes: SQL): SQL {
  return sql`(
    select past.kind, past.id, past.until_seq, past.value
    from (select kind, id, min(until_seq) as until_seq from (${changes}) group by kind, id) as first
    cross join ${structure_history} as past
      on past.server_id = ${server} and past.until_seq = first.until_seq
      and past.kind = first.kind and past.id = first.id
  )`;
}

const channel = given<number>("channel_id");

/** The category that the channel was in, where it was in another. */
const former_category = sql`(
  select json_extract(value, '$.category_id') from ${structure_history}
  where server_id = ${server} and until_seq > ${since} and kind = 'channel' and id = ${channel}
  order by until_seq limit 1
)`;

function formerQueries(reads: Access["reads"]) {
  const around = sql`select * from (${changesSince}) where kind in ('server', 'role')
    or (kind = 'channel' and id = ${channel})
    or (kind = 'category' and id in (${given("category_id")}, ${former_category}))`;
  const valuesIn = (changes: SQL) =>
    reads
      .select({
        ...{ until_seq: sql<number>`until_seq`, kind: sql<Former["kind"]>`kind` },
        ...{ id: sql<number>`id`, value: sql<string>`value` },
      })
      .from(firstsOf(changes))
      .prepare();
  return { former: valuesIn(changesSince), formerAround: valuesIn(around) };
}

const part_fields = {
  role: ["id", "name", "color", "rules", "position", "seq"],
  category: ["id", "name", "position", "overwrites", "seq"],
  channel: ["id", "category_id", "name", "description", "position", "overwrites", "slow_mode_s", "seq"],
};

/** Rows of a table that were there at `since` and have ended after it, those that ended first. */
function endedRows(table: SQLiteTable, condition: SQL = sql`true`): SQL {
  return sql`select * from ${table}
    where server_id = ${server} and seq > ${since} and deleted_at is not null and id <= ${since} and ${condition}
    order by seq limit ${limit}`;
}

function endedQueries(reads: Access["reads"]) {
  const textsOf = (kind: Ended["kind"], rows: SQL) =>
    sql`select ${sql.raw(`'${kind}'`)} as kind, json_object(${fieldsOf(part_fields[kind])}) as value from (${rows})`;
  const textsIn = (texts: SQL[]) =>
    reads
      .select({ kind: sql<Ended["kind"]>`kind`, value: sql<string>`value` })
      .from(sql`(${sql.join(texts, sql` union all `)})`)
      .prepare();
  const held = sql`id in (select value from json_each(${sql.placeholder("role_ids")}))`;
  return {
    ended: textsIn([
      textsOf("role", endedRows(roles)),
      textsOf("category", endedRows(categories)),
      textsOf("channel", endedRows(channels)),
    ]),
    endedAround: textsIn([
      textsOf("role", endedRows(roles, held)),
      textsOf("category", endedRows(categories, sql`id = ${former_category}`)),
    ]),
  };
}

function memberQuery(reads: Access["reads"]) {
  return reads
    .select({
      ...memberColumns,
      joined_seq: members.joined_seq,
      was_there: sql<boolean>`(${members.joined_seq} <= ${since} or exists (
        select 1 from ${membership_history} as past where past.server_id = ${members}.server_id
          and past.user_id = ${members}.user_id and past.joined_seq <= ${since} and past.until_seq > ${since}
      ))`.mapWith(Boolean),
      left: sql<boolean>`${members.left_at} is not null`.mapWith(Boolean),
      name: users.name,
      profile_pic: users.profile_pic,
      hides: hidesFrom(sql`${members}.user_id`, given("user_id")),
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.user_id))
    .where(and(eq(members.server_id, server), gt(members.seq, since)))
    .orderBy(asc(members.seq))
    .limit(limit)
    .prepare();
}
