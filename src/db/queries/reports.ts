// Reports with their evidence, until they are closed and for a while after.
// Must not judge who may see one: that is the room's, and whose who runs the installation.

import { and, desc, eq, getTableColumns, isNull, lt, ne, type SQL, sql } from "drizzle-orm";
import type { Report, StandingReport } from "../../domain/reports.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { reports } from "../schema/reports.ts";
import { guard } from "./guards.ts";
import { insertRows, jsonRows } from "./json-rows.ts";

/** `without`: whom they are not about, nor about a bot of theirs. */
export type ReportsQuery = { before: number; limit: number; closed: boolean; without: number };

export type Reports = ReturnType<typeof reportsOf>;

export function reportsOf({ reads, searches }: Access) {
  const person_id = sql<number>`coalesce((select bot_owner_id from users where id = ${reports.user_id}), ${reports.user_id})`;
  const columns = { ...getTableColumns(reports), person_id: person_id.as("person_id") };
  const byId = reads
    .select(columns)
    .from(reports)
    .where(eq(reports.id, given("id")))
    .prepare();
  const open = and(lt(reports.id, given("before")), isNull(reports.closed_at));
  const page = (condition: SQL | undefined) =>
    searches
      .select(columns)
      .from(reports)
      .where(condition)
      .orderBy(desc(reports.id))
      .limit(sql.placeholder("limit"))
      .prepare();
  const of_server = page(and(eq(reports.server_id, given("server_id")), open));
  const of_others = ne(person_id, given("without"));
  const of_all = { open: page(and(open, of_others)), any: page(and(lt(reports.id, given("before")), of_others)) };
  const room = guard<{ reporter_id: number; at_most: number }>(
    reads,
    sql`(select count(*) from ${reports} where ${reports.reporter_id} = ${given("reporter_id")}
      and ${reports.closed_at} is null) < ${given("at_most")}`,
  );
  const insert = template<{ rows: string }>(insertRows(reads, reports));
  const isOpen = guard<{ id: number }>(
    reads,
    sql`exists (select 1 from ${reports} where ${reports.id} = ${given("id")} and ${reports.closed_at} is null)`,
  );
  const close = template<{ id: number; now: number }>(
    reads
      .update(reports)
      .set({ closed_at: given("now") })
      .where(and(eq(reports.id, given("id")), isNull(reports.closed_at))),
  );
  const old = sql`${reports}.id in (select id from ${reports} where ${lt(reports.closed_at, given("before"))}
    limit ${sql.placeholder("limit")})`;
  const forget = template<{ before: number; limit: number }>(reads.delete(reports).where(old));
  return {
    /** Comes to false where the same person reported the same before. Stale where they have `at_most` open ones. */
    add(report: Report, at_most: number): Write<boolean> {
      const { id, reporter_id } = report;
      return {
        job: [room({ reporter_id, at_most }), insert({ rows: jsonRows([report]) })],
        stored: () => true,
        find: async () => ((await read(byId.get({ id }))) ? true : null),
        refused: (constraint) => (constraint?.startsWith("reports.reporter_id") ? false : undefined),
      };
    },
    async byId(id: number): Promise<StandingReport | null> {
      return (await read(byId.get({ id }))) ?? null;
    },
    /** The open ones of a server with ids below `before`, newest first. */
    async ofServer(of: { server_id: number; before: number; limit: number }): Promise<StandingReport[]> {
      return read(of_server.all(of));
    },
    /** The same of all but those about one person and their bots, and the closed ones where they are wanted. */
    async all({ closed, ...of }: ReportsQuery): Promise<StandingReport[]> {
      return read(of_all[closed ? "any" : "open"].all(of));
    },
    /** Stale where it is closed already, or gone. */
    close(id: number, now: number): Write<true> {
      return {
        job: [isOpen({ id }), close({ id, now })],
        stored: () => true,
        find: async () => ((await read(byId.get({ id })))?.closed_at === now ? true : null),
      };
    },
    /** Deletes up to `limit` that were closed before; comes to how many. */
    forget: (of: { before: number; limit: number }): Write<number> => sweeping(forget(of)),
  };
}
