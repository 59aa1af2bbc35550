// The uploads table: what was uploaded, by whom, and whether anything shows it.
// Uploads of the same bytes are rows of their own that share a hash. References are the triggers' to keep.
// Must not touch the bytes: whoever holds them is told which hashes are nobody's any more.

import { and, asc, eq, lt, sql } from "drizzle-orm";
import type { Upload } from "../../domain/community.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { uploads } from "../schema/community.ts";
import { givenIds, insertRows, jsonRows } from "./json-rows.ts";

export type Uploads = ReturnType<typeof uploadsOf>;

/** What an Upload is selected by. */
const uploadColumns = {
  id: uploads.id,
  user_id: uploads.user_id,
  hash: uploads.hash,
  type: uploads.type,
  width: uploads.width,
  height: uploads.height,
  bytes: uploads.bytes,
  created_at: uploads.created_at,
};

export function uploadsOf({ reads, write }: Access) {
  const queries = uploadQueries(reads);
  const statements = uploadStatements(reads);
  return {
    async create(upload: Upload): Promise<void> {
      await write([statements.insert({ rows: jsonRows([upload]) })]);
    },
    async byId(id: number): Promise<Upload | null> {
      return (await read(queries.byId.get({ id }))) ?? null;
    },
    /** Those of the ids that are the user's, in the order of the ids. */
    async ownedBy(user_id: number, ids: readonly number[]): Promise<Upload[]> {
      return ids.length === 0 ? [] : read(queries.ownedBy.all({ user_id, ids: JSON.stringify(ids) }));
    },
    /** Those made before `older_than` that nothing refers to, the oldest first. */
    async sweepable(older_than: number, limit: number): Promise<Upload[]> {
      return read(queries.sweepable.all({ older_than, limit }));
    },
    /** Removes those that nothing refers to; returns the hashes that no upload has any more. */
    async remove(ids: readonly number[]): Promise<string[]> {
      const values = { ids: JSON.stringify(ids) };
      const [lastOnes] = await write([statements.lastHashes(values), statements.remove(values)]);
      return (lastOnes?.rows ?? []).map(([hash]) => String(hash));
    },
  };
}

function uploadQueries(reads: Access["reads"]) {
  return {
    byId: reads
      .select(uploadColumns)
      .from(uploads)
      .where(eq(uploads.id, given("id")))
      .prepare(),
    ownedBy: reads
      .select(uploadColumns)
      .from(sql`json_each(${sql.placeholder("ids")}) as asked`)
      .innerJoin(uploads, and(eq(uploads.id, sql`asked.value`), eq(uploads.user_id, given("user_id"))))
      .orderBy(sql`asked.key`)
      .prepare(),
    sweepable: reads
      .select(uploadColumns)
      .from(uploads)
      .where(and(sql`${uploads.is_referenced} = 0`, lt(uploads.created_at, given("older_than"))))
      .orderBy(asc(uploads.created_at))
      .limit(sql.placeholder("limit"))
      .prepare(),
  };
}

function uploadStatements(reads: Access["reads"]) {
  const removable = (table: string) =>
    sql`${sql.raw(table)}.id in ${givenIds("ids")} and not ${sql.raw(table)}.is_referenced`;
  const others = sql`select 1 from uploads as other where other.hash = ${uploads.hash} and not (${removable("other")})`;
  return {
    insert: template<{ rows: string }>(insertRows(reads, uploads, { is_referenced: sql`0` })),
    lastHashes: template<{ ids: string }>(
      reads
        .selectDistinct({ hash: uploads.hash })
        .from(uploads)
        .where(and(removable("uploads"), sql`not exists (${others})`)),
    ),
    remove: template<{ ids: string }>(reads.delete(uploads).where(removable("uploads"))),
  };
}
