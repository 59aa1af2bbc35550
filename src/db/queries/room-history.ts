// What changed in a server after a seq: what ended, whose membership changed, and what said who could view what before.
// Everything is a range of an index on the seq, so that it costs by what changed and not by what there is.
// Must not tell what somebody may see of it: that is the room's to judge.

import { and, asc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Category, Channel, Member, ServerRole } from "../../domain/community.ts";
import type { Overwrite } from "../../domain/permissions.ts";
import { type Access, given, read } from "../engine/query.ts";
import {
  categories,
  channels,
  member_roles_history,
  members,
  membership_history,
  roles,
  structure_history,
} from "../schema/community.ts";
import { users } from "../schema/people.ts";
import { memberColumns } from "./room-members.ts";
import { fieldsOf, parsed } from "./rooms-json.ts";

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
  /** The roles that the user had at `since`, where they have others now. */
  former_role_ids: number[] | null;
  /** What was there at `since` and was deleted after it, as it was; `seq` is that of its end. */
  ended: { roles: ServerRole[]; categories: Category[]; channels: Channel[] };
  /** In the order of `seq`. */
  members: ChangedMember[];
  /** Of each thing the one value that stood at `since`, where another does now. */
  former: FormerValue[];
}

export function roomHistoryOf({ reads }: Access) {
  const queries = historyQueries(reads);
  return {
    async changedSince(query: RoomHistoryQuery): Promise<RoomHistory> {
      const values = { ...query };
      const [asker, ended, changed, former] = await Promise.all([
        read(queries.asker.get(values)),
        read(queries.ended.get(values)),
        read(queries.members.all(values)),
        read(queries.former.all(values)),
      ]);
      return {
        joined_seq: asker?.joined_seq ?? null,
        former_role_ids: asker?.former_role_ids ?? null,
        ended: ended ?? { roles: [], categories: [], channels: [] },
        members: changed,
        former: former as FormerValue[],
      };
    },
  };
}

function historyQueries(reads: Access["reads"]) {
  const [server, since, limit] = [given<number>("server_id"), given<number>("since"), sql.placeholder("limit")];
  const ofAsker = and(eq(members.server_id, server), eq(members.user_id, given("user_id")));
  const formerRoles = sql<number[] | null>`(
    select role_ids from ${member_roles_history}
    where server_id = ${server} and user_id = ${given("user_id")} and until_seq > ${since}
    order by until_seq limit 1
  )`.mapWith((ids: string | null): number[] | null => ids && JSON.parse(ids));
  return {
    asker: reads
      .select({ joined_seq: members.joined_seq, former_role_ids: formerRoles })
      .from(members)
      .where(and(ofAsker, isNull(members.left_at)))
      .prepare(),
    ended: reads
      .select({
        roles: endedOf<ServerRole>(roles, ["id", "name", "color", "rules", "position", "seq"]),
        categories: endedOf<Category>(categories, ["id", "name", "position", "overwrites", "seq"]),
        channels: endedOf<Channel>(channels, [
          ...["id", "category_id", "name", "description", "position", "overwrites", "seq"],
        ]),
      })
      .from(sql`(select 1)`)
      .prepare(),
    members: reads
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
      })
      .from(members)
      .innerJoin(users, eq(users.id, members.user_id))
      .where(and(eq(members.server_id, server), gt(members.seq, since)))
      .orderBy(asc(members.seq))
      .limit(limit)
      .prepare(),
    former: reads
      .select({
        // The other columns are those of the row with the least.
        until_seq: sql<number>`min(${structure_history.until_seq})`,
        kind: structure_history.kind,
        id: structure_history.id,
        value: structure_history.value,
      })
      .from(structure_history)
      .where(and(eq(structure_history.server_id, server), gt(structure_history.until_seq, since)))
      .groupBy(structure_history.kind, structure_history.id)
      .prepare(),
  };
}

/** Rows of a table that ended after `since`, as one JSON text. */
function endedOf<Part>(table: SQLiteTable, fields: string[]): SQL<Part[]> {
  const rows = sql`select * from ${table}
    where server_id = ${sql.placeholder("server_id")} and seq > ${sql.placeholder("since")} and deleted_at is not null
      and id <= ${sql.placeholder("since")} order by seq limit ${sql.placeholder("limit")}`;
  return sql`(select json_group_array(json_object(${fieldsOf(fields)})) from (${rows}))`.mapWith(parsed<Part[]>) as SQL<
    Part[]
  >;
}
