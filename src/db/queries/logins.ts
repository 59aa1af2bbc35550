// The logins table: which tokens are alive, by the id each carries.
// A login without its row is dead at once; expiry is stored here but judged by whoever has the clock.
// Must not see tokens or passwords, only ids and a finished hash.

import { and, eq, isNull, lte } from "drizzle-orm";
import { type Access, given, read, template } from "../engine/query.ts";
import { logins, users } from "../schema/people.ts";
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
}

export interface LoginReplacement {
  user_id: number;
  password_hash: string;
  login: NewLogin;
}

export type Logins = ReturnType<typeof loginsOf>;

export function loginsOf({ reads, write }: Access) {
  const queries = loginQueries(reads);
  const statements = loginStatements(reads);
  return {
    /** False, and nothing is stored, when the user's password hash is no longer the one that was checked. */
    async create(login: NewLogin, password_hash: string | null): Promise<boolean> {
      const [inserted] = await write([statements.insertChecked({ ...login, password_hash })]);
      return inserted?.changes === 1;
    },
    /** Null for a login that was removed or whose user was deleted; an expired one is still found. */
    async find(id: number): Promise<LoginRow | null> {
      return (await read(queries.find.get({ id }))) ?? null;
    },
    async remove(id: number): Promise<void> {
      await write([statements.remove({ id })]);
    },
    /** Sets the password and leaves the new login as the user's only one. */
    async replaceAll({ user_id, password_hash, login }: LoginReplacement): Promise<void> {
      await write([
        statements.setPassword({ user_id, password_hash }),
        statements.removeOfUser({ user_id }),
        statements.insert(login),
      ]);
    },
    /** Removes those that ended at `now` or before; returns how many. */
    async removeExpired(now: number): Promise<number> {
      const [removed] = await write([statements.removeExpired({ now })]);
      return removed?.changes ?? 0;
    },
  };
}

function loginQueries(reads: Access["reads"]) {
  return {
    find: reads
      .select({ id: logins.id, user_id: logins.user_id, expires_at: logins.expires_at, user: userColumns })
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
    setPassword: template<{ user_id: number; password_hash: string }>(
      reads
        .update(users)
        .set({ password_hash: given("password_hash") })
        .where(and(eq(users.id, given("user_id")), isNull(users.deleted_at))),
    ),
  };
}
