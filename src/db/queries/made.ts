// What somebody made under a nonce. The note is part of the job that makes the thing. The same nonce again violates the
// note's key, and the job is undone as stale: looking again finds what was made.
// Must not outlive by far the time for which asking again is promised: purge takes it away.

import { and, eq, lt, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { type MadeKind, made } from "../schema/people.ts";
import { storableText } from "./json-rows.ts";

/** `server_id` is 0 for what lies in no server. */
export type Making = { user_id: number; kind: MadeKind; server_id: number; nonce: string };

/** The same where there may be no nonce. */
export type MaybeMaking = Omit<Making, "nonce"> & { nonce: string | null | undefined };

/** What a job notes when it makes something; null where no nonce was given. */
export type MadeNote = (Making & { made: string; created_at: number }) | null;

/** The note of `made`, the id or code of what is made. */
export function noteOf({ nonce, ...making }: MaybeMaking, made: number | string, created_at: number): MadeNote {
  return typeof nonce === "string" ? { ...making, nonce, made: String(made), created_at } : null;
}

export type Made = ReturnType<typeof madeOf>;

export function madeOf({ reads }: Access) {
  const query = reads
    .select({ made: made.made })
    .from(made)
    .where(
      and(
        eq(made.user_id, given("user_id")),
        eq(made.kind, given("kind")),
        eq(made.server_id, given("server_id")),
        eq(made.nonce, given("nonce")),
      ),
    )
    .prepare();
  const old = sql`${made}.rowid in (select rowid from made where ${lt(made.created_at, given("before"))}
    limit ${sql.placeholder("limit")})`;
  const forget = template<{ before: number; limit: number }>(reads.delete(made).where(old));
  return {
    /** What was made under the nonce, as text; null without one, and when nothing was, or too long ago. */
    async find({ nonce, ...making }: MaybeMaking): Promise<string | null> {
      if (typeof nonce !== "string") return null;
      return (await read(query.get({ ...making, nonce: storableText(nonce) })))?.made ?? null;
    },
    /** Deletes up to `limit` notes made before; comes to how many. */
    forget: (of: { before: number; limit: number }): Write<number> => sweeping(forget(of)),
  };
}

/** Words the statements that store a note: none for null. */
export function notes(reads: Access["reads"]): (note: MadeNote) => Statement[] {
  const insert = template<NonNullable<MadeNote>>(
    reads.insert(made).values({
      user_id: given("user_id"),
      kind: given("kind"),
      server_id: given("server_id"),
      nonce: given("nonce"),
      made: given("made"),
      created_at: given("created_at"),
    }),
  );
  return (note) => (note === null ? [] : [insert({ ...note, nonce: storableText(note.nonce) })]);
}
