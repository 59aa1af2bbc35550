// The logins table: which tokens are alive, by the id each carries.
// A login without its row is dead at once. Expiry is stored here but judged above, where the clock is.
// Must not see tokens or passwords, only ids and a finished hash.

import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { logins, users } from "../schema/people.ts";
import { guard, hasPassword } from "./guards.ts";
import { greatestSelfSeq } from "./self-topics.ts";
import { type UserRow, userColumns } from "./users.ts";

export type NewLogin = {
  id: number;
  user_id: number;
  created_at: number;
  expires_at: number;
};

export interface LoginRow {
  id: number;
  user_id: number;
  expires_at: number;
  user: UserRow;
  /** How far the user's own topic goes. */
  self_seq: number;
}

export interface LoginReplacement {
  user_id: number;
  /** Of the password that the user proved to know. */
  checked_hash: string | null;
  password_hash: string;
  login: NewLogin;
}

export type Logins = ReturnType<typeof loginsOf>;

export function loginsOf({ reads }: Access) {
  const queries = loginQueries(reads);
  const statements = loginStatements(reads);
  const isStored = async (id: number) => ((await read(queries.find.get({ id }))) ? (true as const) : null);
  return {
    /** False, and nothing is stored, when the user's password hash is no longer the one that was checked. */
    create(login: NewLogin, password_hash: string | null): Write<boolean> {
      return {
        job: [statements.insertChecked({ ...login, password_hash })],
        stored: ([inserted]) => inserted?.changes === 1,
        find: () => isStored(login.id),
      };
    },
    /** Null for a login that was removed or whose user was deleted; an expired one is still found. */
    async find(id: number): Promise<LoginRow | null> {
      return (await read(queries.find.get({ id }))) ?? null;
    },
    /** Comes to true, also where it was removed before. */
    remove(id: number): Write<true> {
      return {
        job: [statements.remove({ id })],
        stored: () => true,
        find: async () => ((await read(queries.find.get({ id }))) ? null : true),
      };
    },
    /**
     * Sets the password and leaves the new login as the user's only one. Stale where the hash that was checked is no
     * longer the user's.
     */
    replaceAll({ user_id, checked_hash, password_hash, login }: LoginReplacement): Write<true> {
      return {
        job: [
          statements.guardPassword({ user_id, checked_hash }),
          statements.setPassword({ user_id, password_hash }),
          statements.removeOfUser({ user_id }),
          statements.insert(login),
        ],
        stored: () => true,
        find: () => isStored(login.id),
      };
    },
    /** Removes those that ended at `now` or before; comes to how many. */
    removeExpired: (now: number): Write<number> => sweeping(statements.removeExpired({ now })),
  };
}

function loginQueries(reads: Access["reads"]) {
  return {
    find: reads
      .select({
        ...{ id: logins.id, user_id: logins.user_id, expires_at: logins.expires_at, user: userColumns },
        self_seq: greatestSelfSeq(sql`${logins.user_id}`),
      })
      .from(logins)
      .innerJoin(users, eq(users.id, logins.user_id))
      .where(and(eq(logins.id, given("id")), isNull(users.deleted_at)))
      .prepare(),
  };
}

function loginStatements(reads: Access["reads"]) {
  return {
    insert: template<NewLogin>(
      reads.insert(logins).values({
        id: given("id"),
        user_id: given("user_id"),
        created_at: given("created_at"),
        expires_at: given("expires_at"),
      }),
    ),
    insertChecked: template<NewLogin & { password_hash: string | null }>(
      reads.insert(logins).select(
        reads
          .select({
            id: given<number>("id").as("id"),
            user_id: users.id,
            created_at: given<number>("created_at").as("created_at"),
            expires_at: given<number>("expires_at").as("expires_at"),
          })
          .from(users)
          .where(and(eq(users.id, given("user_id")), eq(users.password_hash, given("password_hash")))),
      ),
    ),
    remove: template<{ id: number }>(reads.delete(logins).where(eq(logins.id, given("id")))),
    removeOfUser: template<{ user_id: number }>(reads.delete(logins).where(eq(logins.user_id, given("user_id")))),
    removeExpired: template<{ now: number }>(reads.delete(logins).where(lte(logins.expires_at, given("now")))),
    guardPassword: guard<{ user_id: number; checked_hash: string | null }>(
      reads,
      hasPassword(given("user_id"), given("checked_hash")),
    ),
    setPassword: template<{ user_id: number; password_hash: string }>(
      reads
        .update(users)
        .set({ password_hash: given("password_hash") })
        .where(and(eq(users.id, given("user_id")), isNull(users.deleted_at))),
    ),
  };
}
