// The uploads table: what was uploaded, by whom, and whether anything shows it.
// Uploads of the same bytes are rows of their own that share a hash. Those of messages are the triggers' to refer to; a
// picture is referred to by the job that stores it. All are the triggers' to let go of.
// Must not touch the bytes: their keeper is told whose are nobody's any more.

import { and, asc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import type { Upload } from "../../domain/community.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { channels, messages, servers, upload_references, upload_usage, uploads } from "../schema/community.ts";
import { users } from "../schema/people.ts";
import { type AskedBy, type AskedByValues, askedBy, guard, isAlive, isStillLoggedIn } from "./guards.ts";
import { insertRows, jsonRows } from "./json-rows.ts";
import { type MadeNote, notes } from "./made.ts";

export type OwnedUpload = Upload & { is_referenced: boolean };
export type SeenUpload = Upload & { is_picture: boolean; is_there: boolean };

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
  key: uploads.key,
  name: uploads.name,
};

/** Whether a message that is there has it, in a channel that is. */
const isShown = sql<number>`exists (
  select 1 from ${upload_references} join ${messages} on ${messages}.id = owner_id
  where upload_id = ${uploads}.id and kind = 'message' and ${messages}.deleted_at is null and not exists (
    select 1 from ${channels} left join ${servers} on ${servers}.id = ${channels}.server_id
    where ${channels}.id = ${messages}.channel_id
      and (${channels}.deleted_at is not null or ${servers}.deleted_at is not null)
  )
)`;

const isPicture = sql<number>`exists (
  select 1 from ${upload_references} where upload_id = ${uploads}.id and kind <> 'message'
)`;

export function uploadsOf({ reads }: Access) {
  const noted = notes(reads);
  const queries = uploadQueries(reads);
  const statements = uploadStatements(reads);
  return {
    /** Stale where the account or the log-in that asks has ended, the nonce was used, or it is more than `quota_bytes`. */
    create(upload: Upload, note: MadeNote, by?: AskedBy, quota_bytes = Number.MAX_SAFE_INTEGER): Write<"created"> {
      const { user_id, bytes } = upload;
      return {
        job: [
          statements.guardUser({ user_id, ...askedBy(by) }),
          statements.guardQuota({ user_id, bytes, quota_bytes }),
          ...noted(note),
          statements.insert({ rows: jsonRows([upload]) }),
        ],
        stored: () => "created",
        find: async () => ((await read(queries.byId.get({ id: upload.id }))) ? "created" : null),
      };
    },
    /** Bytes of all that the user has uploaded and is still there. */
    async bytesOf(user_id: number): Promise<number> {
      return (await read(queries.bytesOf.get({ user_id })))?.bytes ?? 0;
    },
    /** Those of a user with ids above `after`, in their order. */
    async allOf(user_id: number, after: number, limit: number): Promise<OwnedUpload[]> {
      return read(queries.allOf.all({ user_id, after, limit }));
    },
    /** With whether it is somebody's or a server's picture, and whether it can still be seen: by who has its key. */
    async seen(id: number): Promise<SeenUpload | null> {
      const found = await read(queries.seen.get({ id }));
      if (!found) return null;
      const { is_shown, is_picture, is_referenced, is_over, ...upload } = found;
      const is_picture_now = is_picture === 1;
      const is_there = is_picture_now || is_shown === 1 || !(is_referenced || is_over);
      return { ...upload, is_picture: is_picture_now, is_there };
    },
    async byId(id: number): Promise<Upload | null> {
      return (await read(queries.byId.get({ id }))) ?? null;
    },
    /** Those of the ids that are the user's, in the order of the ids. */
    async ownedBy(user_id: number, ids: readonly number[]): Promise<Upload[]> {
      return ids.length === 0 ? [] : read(queries.ownedBy.all({ user_id, ids: JSON.stringify(ids) }));
    },
    /** Those whose last message has gone, and those made before `older_than` that nothing refers to, the oldest first. */
    async sweepable(older_than: number, limit: number): Promise<Upload[]> {
      const over = await read(queries.over.all({ limit }));
      if (over.length === limit) return over;
      const known = new Set(over.map(({ id }) => id));
      const old = await read(queries.sweepable.all({ older_than, limit }));
      return [...over, ...old.filter(({ id }) => !known.has(id))].slice(0, limit);
    },
    /** Removes it unless something refers to it; comes to whether it is gone, and was the last that has its hash. */
    remove({ id, hash }: Pick<Upload, "id" | "hash">): Write<{ is_gone: boolean; is_last: boolean }> {
      return {
        job: [statements.remove({ id }), statements.left({ id, hash })],
        stored: ([, left]) => leftOf(left?.rows[0]),
        async find() {
          const left = await read(queries.left.get({ id, hash }));
          return left && !left.is_there ? leftOf([left.is_there, left.has_others]) : null;
        },
      };
    },
  };
}

function uploadQueries(reads: Access["reads"]) {
  return {
    left: left(reads).prepare(),
    byId: reads
      .select(uploadColumns)
      .from(uploads)
      .where(eq(uploads.id, given("id")))
      .prepare(),
    seen: reads
      .select({
        ...{ ...uploadColumns, is_referenced: uploads.is_referenced, is_over: uploads.is_over },
        ...{ is_shown: isShown, is_picture: isPicture },
      })
      .from(uploads)
      .where(eq(uploads.id, given("id")))
      .prepare(),
    ownedBy: reads
      .select(uploadColumns)
      .from(sql`json_each(${sql.placeholder("ids")}) as asked`)
      .innerJoin(uploads, and(eq(uploads.id, sql`asked.value`), eq(uploads.user_id, given("user_id"))))
      .orderBy(sql`asked.key`)
      .prepare(),
    bytesOf: reads
      .select({ bytes: sql<number>`bytes` })
      .from(sql`(select ${bytesTogether(given("user_id"))} as bytes)`)
      .prepare(),
    allOf: reads
      .select({ ...uploadColumns, is_referenced: uploads.is_referenced })
      .from(uploads)
      .where(and(eq(uploads.user_id, given("user_id")), gt(uploads.id, given("after"))))
      .orderBy(asc(uploads.id))
      .limit(sql.placeholder("limit"))
      .prepare(),
    over: reads
      .select(uploadColumns)
      .from(uploads)
      .where(and(sql`${uploads.is_over} = 1`, gt(uploads.id, 0)))
      .orderBy(asc(uploads.id))
      .limit(sql.placeholder("limit"))
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

/** What is left of an upload: its row, and others of its hash. */
function left(reads: Access["reads"]) {
  return reads.select({ is_there: sql<number>`is_there`, has_others: sql<number>`has_others` }).from(
    sql`(select exists (select 1 from ${uploads} where id = ${given("id")}) as is_there,
        exists (select 1 from ${uploads} where hash = ${given("hash")} and id <> ${given("id")}) as has_others)`,
  );
}

function leftOf([is_there, has_others]: readonly unknown[] = []) {
  return { is_gone: is_there === 0, is_last: has_others === 0 };
}

/** Of what a person and their bots, those of former days too, have uploaded: no bot has a quota of its own. */
function bytesTogether(user: SQL): SQL {
  const person = sql`coalesce((select bot_owner_id from ${users} where id = ${user}), ${user})`;
  return sql`(select coalesce(sum(bytes), 0) from ${upload_usage}
    where user_id = ${person} or user_id in (select id from ${users} where bot_owner_id = ${person}))`;
}

function uploadStatements(reads: Access["reads"]) {
  return {
    guardUser: guard<{ user_id: number } & AskedByValues>(
      reads,
      sql`${isAlive(given("user_id"))} and ${isStillLoggedIn(given("user_id"))}`,
    ),
    guardQuota: guard<{ user_id: number; bytes: number; quota_bytes: number }>(
      reads,
      sql`${given("bytes")} <= ${given("quota_bytes")}
        - ${bytesTogether(given("user_id"))}`,
    ),
    insert: template<{ rows: string }>(insertRows(reads, uploads, { is_referenced: sql`0`, is_over: sql`0` })),
    remove: template<{ id: number }>(
      reads.delete(uploads).where(and(eq(uploads.id, given("id")), sql`not ${uploads.is_referenced}`)),
    ),
    left: template<{ id: number; hash: string }>(left(reads)),
  };
}

/** Keeps the upload as the picture of a server, a user or a conversation, where the condition holds. */
export function refersTo(
  reads: Access["reads"],
  { upload_id, kind, owner_id }: { upload_id: SQL; kind: "server" | "user" | "conversation" | "author"; owner_id: SQL },
  condition: SQL = sql`true`,
) {
  return reads
    .insert(upload_references)
    .select(sql`select ${upload_id}, ${sql.raw(`'${kind}'`)}, ${owner_id} where ${condition}`)
    .onConflictDoNothing();
}
