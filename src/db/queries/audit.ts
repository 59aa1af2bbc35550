// The audit log's table. Entries are stored by the changes that they tell of (`room-changes.ts`); here they are read
// back, newest first, and taken away when they are old.
// Must not judge who may see which of them: that is the room's.

import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { AuditEntry, AuditType } from "../../domain/audit.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { audit_entries } from "../schema/community.ts";
import { insertRows, jsonRows } from "./json-rows.ts";

/** Those of ids below `before`, newest first; all conditions must hold. */
export interface AuditQuery {
  server_id: number;
  before: number;
  limit: number;
  type?: AuditType | undefined;
  /** Who did it, or to whom it was done. */
  user_id?: number | undefined;
}

export type Audit = ReturnType<typeof auditOf>;

export function auditOf({ reads }: Access) {
  const queries = auditQueries(reads);
  const old = sql`${audit_entries.id} in (
    select id from ${audit_entries} where ${lt(audit_entries.created_at, given("before"))} limit ${sql.placeholder("limit")}
  )`;
  const forget = template<{ before: number; limit: number }>(reads.delete(audit_entries).where(old));
  const note = template<{ rows: string }>(insertRows(reads, audit_entries, {}, { holds: sql`changes() > 0` }));
  return {
    /** With `user_id` the type is left to the caller: by which index it is read is given. */
    async page({ type, user_id, ...of }: AuditQuery): Promise<AuditEntry[]> {
      if (user_id !== undefined) return read(queries.ofUser.all({ ...of, user_id }));
      return type === undefined ? read(queries.all.all(of)) : read(queries.ofType.all({ ...of, type }));
    },
    /** The write with an entry of what it does: kept where the write's last statement has changed something. */
    noting: <Stored>(write: Write<Stored>, entry: AuditEntry): Write<Stored> => ({
      ...write,
      job: [...write.job, note({ rows: jsonRows([entry]) })],
    }),
    /** Deletes up to `limit` entries made before; comes to how many. */
    forget: (of: { before: number; limit: number }): Write<number> => sweeping(forget(of)),
  };
}

function auditQueries(reads: Access["reads"]) {
  const page = (...conditions: SQL[]) =>
    reads
      .select()
      .from(audit_entries)
      .where(and(eq(audit_entries.server_id, given("server_id")), lt(audit_entries.id, given("before")), ...conditions))
      .orderBy(desc(audit_entries.id))
      .limit(sql.placeholder("limit"));
  return {
    all: page().prepare(),
    ofType: page(eq(audit_entries.type, given("type"))).prepare(),
    ofUser: ofUser(reads).prepare(),
  };
}

/** By two indexes, each as far as a page goes. */
function ofUser(reads: Access["reads"]) {
  const half = (condition: SQL) => sql`
    select id from (
      select id from ${audit_entries}
      where server_id = ${given("server_id")} and id < ${given("before")} and ${condition}
      order by id desc limit ${sql.placeholder("limit")}
    )`;
  const user = given("user_id");
  const ids = sql`(${half(sql`actor_id = ${user}`)} union ${half(sql`target_id = ${user}`)})`;
  return reads
    .select()
    .from(audit_entries)
    .where(sql`${audit_entries.id} in ${ids}`)
    .orderBy(desc(audit_entries.id))
    .limit(sql.placeholder("limit"));
}
