// The logins table: which tokens are alive, by the id each carries; and where a user has logged in lately.
// A login without its row is dead at once. Expiry is stored here but judged above, where the clock is.
// Must not see tokens or passwords, only ids and finished hashes.

import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { limits } from "../../domain/limits.ts";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { login_places, logins, users } from "../schema/people.ts";
import { devicesOf, used_at } from "./devices.ts";
import { type FriendshipRow, listOf } from "./friendships.ts";
import { type AskedBy, type AskedByValues, askedBy, guard, hasPassword, isAlive, isStillLoggedIn } from "./guards.ts";
import { linkRemoval, linkUses } from "./links.ts";
import { greatestSelfSeq } from "./self-topics.ts";
import { mayLogIn } from "./standing.ts";
import { type UserRow, userColumns } from "./users.ts";

export type NewLogin = {
  id: number;
  user_id: number;
  created_at: number;
  expires_at: number;
  /** The user agent that logs in, and from where; absent or null where that isn't known. */
  device?: string | null;
  address?: string | null;
};
type LoginValues = Required<NewLogin>;

/** The same with nothing left out, as a statement takes it. */
const valuesOf = (login: NewLogin): LoginValues => ({ device: null, address: null, ...login });

export interface LoginRow {
  id: number;
  user_id: number;
  expires_at: number;
  /** When it was used last, as far as that is kept. */
  used_at: number;
  user: UserRow;
  /** Null unless the user runs the server. */
  admin_since: number | null;
  /** How far the user's own topic goes. */
  self_seq: number;
}

/** The same, and whom the user is related to, as of one moment. */
export interface ArrivingRow extends LoginRow {
  /** The latest first. */
  relations: FriendshipRow[];
}

/** What is stored beside a login. */
export interface LoginNotes {
  /** A hash of the same password to stand in for the one that was checked; null where that one is good. */
  rehashed: string | null;
  /** From where it is, as a keyed hash; null where that isn't known. */
  place: string | null;
}

export interface LoginReplacement {
  user_id: number;
  /** Of the password that the user proved to know. */
  checked_hash: string | null;
  password_hash: string;
  login: NewLogin;
  /** The one place of the user that is known afterwards; null for none. */
  place?: string | null;
}

/** A password that is set by the bearer of a `reset` link. */
export interface PasswordReset {
  user_id: number;
  token_hash: string;
  password_hash: string;
  now: number;
}

const nothing: LoginNotes = { rehashed: null, place: null };

export type Logins = ReturnType<typeof loginsOf>;

export function loginsOf(access: Access) {
  const { reads } = access;
  const queries = loginQueries(reads);
  const statements = loginStatements(reads);
  const use = linkUses(reads);
  const notesOf = ({ id, user_id, created_at }: NewLogin, place: string | null): Statement[] =>
    place === null
      ? []
      : [statements.notePlace({ id, place, used_at: created_at }), statements.forgetPlacesBeyond({ user_id })];
  /** What a new password ends: log-ins, the places that are known, and links. */
  const endAll = (user_id: number): Statement[] => [
    statements.removeOfUser({ user_id }),
    statements.forgetPlaces({ user_id }),
    statements.removeLinks({ user_id }),
  ];
  const isStored = async (id: number) => ((await read(queries.find.get({ id }))) ? (true as const) : null);
  return {
    ...devicesOf(access),
    /**
     * False, and nothing is stored, when the user's password hash is no longer the one that was checked, or they were
     * suspended since.
     */
    create(login: NewLogin, password_hash: string | null, { rehashed, place }: LoginNotes = nothing): Write<boolean> {
      const { user_id } = login;
      return {
        job: [
          statements.insertChecked({ ...valuesOf(login), password_hash }),
          ...(rehashed === null ? [] : [statements.rehash({ user_id, password_hash, rehashed })]),
          ...notesOf(login, place),
        ],
        stored: ([inserted]) => inserted?.changes === 1,
        find: () => isStored(login.id),
      };
    },
    /** Null for a login that was removed or whose user was deleted; an expired one is still found. */
    async find(id: number): Promise<LoginRow | null> {
      return (await read(queries.find.get({ id }))) ?? null;
    },
    /** The same, of somebody who comes. */
    async findArriving(id: number): Promise<ArrivingRow | null> {
      return (await read(queries.findArriving.get({ id }))) ?? null;
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
     * longer the user's, or where the log-in that asks has ended.
     */
    replaceAll({ user_id, checked_hash, password_hash, login, place }: LoginReplacement, by?: AskedBy): Write<true> {
      return {
        job: [
          statements.guardPassword({ user_id, checked_hash, ...askedBy(by) }),
          statements.setPassword({ user_id, password_hash }),
          ...endAll(user_id),
          statements.insert(valuesOf(login)),
          ...notesOf(login, place ?? null),
        ],
        stored: () => true,
        find: () => isStored(login.id),
      };
    },
    ...settingPasswords(statements, queries, use, endAll),
    /** Removes up to `limit` of those that a secret signed before this id; comes to how many. */
    removeOlder: (of: { id: number; limit: number }): Write<number> => sweeping(statements.removeOlder(of)),
    /** Removes those that ended at `now` or before; comes to how many. */
    removeExpired: (now: number): Write<number> => sweeping(statements.removeExpired({ now })),
    /** Forgets up to `limit` places that were used last before; comes to how many. */
    forgetPlaces: (of: { before: number; limit: number }): Write<number> => sweeping(statements.forgetOldPlaces(of)),
  };
}

/** Setting a password without the one that was. */
function settingPasswords(
  statements: ReturnType<typeof loginStatements>,
  queries: ReturnType<typeof loginQueries>,
  use: ReturnType<typeof linkUses>,
  endAll: (user_id: number) => Statement[],
) {
  const find = async (of: { user_id: number; password_hash: string }) =>
    (await read(queries.hasPassword.get(of))) ? (true as const) : null;
  return {
    /** Sets the password that the bearer of a link wants, and ends every log-in. Stale where the link is good no more. */
    resetPassword({ user_id, token_hash, password_hash, now }: PasswordReset): Write<true> {
      return {
        job: [
          ...use({ token_hash, purpose: "reset", now }),
          statements.setPassword({ user_id, password_hash }),
          ...endAll(user_id),
        ],
        stored: () => true,
        find: () => find({ user_id, password_hash }),
      };
    },
    /** Sets the password, whatever it was, and ends every log-in. Stale where there is no such user. */
    overwritePassword({ user_id, password_hash }: { user_id: number; password_hash: string }): Write<true> {
      return {
        job: [
          statements.guardAlive({ user_id }),
          statements.setPassword({ user_id, password_hash }),
          ...endAll(user_id),
        ],
        stored: () => true,
        find: () => find({ user_id, password_hash }),
      };
    },
  };
}

function loginQueries(reads: Access["reads"]) {
  const user_id = sql`${logins.user_id}`;
  const found = {
    ...{ id: logins.id, user_id: logins.user_id, expires_at: logins.expires_at, used_at, user: userColumns },
    admin_since: users.admin_since,
    self_seq: greatestSelfSeq(user_id),
  };
  const stands = and(eq(logins.id, given("id")), isNull(users.deleted_at));
  return {
    find: reads.select(found).from(logins).innerJoin(users, eq(users.id, logins.user_id)).where(stands).prepare(),
    findArriving: reads
      .select({ ...found, relations: listOf(reads, user_id) })
      .from(logins)
      .innerJoin(users, eq(users.id, logins.user_id))
      .where(stands)
      .prepare(),
    hasPassword: reads
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, given("user_id")), eq(users.password_hash, given("password_hash"))))
      .prepare(),
  };
}

function loginStatements(reads: Access["reads"]) {
  return {
    insert: template<LoginValues>(
      reads.insert(logins).values({
        id: given("id"),
        user_id: given("user_id"),
        created_at: given("created_at"),
        expires_at: given("expires_at"),
        device: given("device"),
        address: given("address"),
      }),
    ),
    insertChecked: template<LoginValues & { password_hash: string | null }>(
      reads.insert(logins).select(
        reads
          .select({
            id: given<number>("id").as("id"),
            user_id: users.id,
            created_at: given<number>("created_at").as("created_at"),
            expires_at: given<number>("expires_at").as("expires_at"),
            device: given<string | null>("device").as("device"),
            address: given<string | null>("address").as("address"),
            used_at: sql<number | null>`null`.as("used_at"),
            token_hash: sql<string | null>`null`.as("token_hash"),
          })
          .from(users)
          .where(
            and(
              eq(users.id, given("user_id")),
              eq(users.password_hash, given("password_hash")),
              mayLogIn("created_at"),
            ),
          ),
      ),
    ),
    remove: template<{ id: number }>(reads.delete(logins).where(eq(logins.id, given("id")))),
    removeOfUser: template<{ user_id: number }>(reads.delete(logins).where(eq(logins.user_id, given("user_id")))),
    removeExpired: template<{ now: number }>(reads.delete(logins).where(lte(logins.expires_at, given("now")))),
    removeLinks: linkRemoval(reads),
    removeOlder: template<{ id: number; limit: number }>(
      reads
        .delete(logins)
        .where(
          sql`id in (select id from ${logins} where id < ${given("id")} and token_hash is null limit ${sql.placeholder("limit")})`,
        ),
    ),
    guardAlive: guard<{ user_id: number }>(reads, isAlive(given("user_id"))),
    ...placeStatements(reads),
    guardPassword: guard<{ user_id: number; checked_hash: string | null } & AskedByValues>(
      reads,
      sql`${hasPassword(given("user_id"), given("checked_hash"))} and ${isStillLoggedIn(given("user_id"))}`,
    ),
    rehash: template<{ user_id: number; password_hash: string | null; rehashed: string }>(
      reads
        .update(users)
        .set({ password_hash: given("rehashed") })
        .where(and(eq(users.id, given("user_id")), eq(users.password_hash, given("password_hash")))),
    ),
    setPassword: template<{ user_id: number; password_hash: string }>(
      reads
        .update(users)
        .set({ password_hash: given("password_hash") })
        .where(and(eq(users.id, given("user_id")), isNull(users.deleted_at))),
    ),
  };
}

function placeStatements(reads: Access["reads"]) {
  const of_user = eq(login_places.user_id, given("user_id"));
  const used_last = sql`select rowid from login_places where ${of_user}
    order by used_at desc, place limit ${sql.raw(String(limits.login_places))}`;
  const old = sql`login_places.rowid in (select rowid from login_places where ${lte(login_places.used_at, given("before"))}
    limit ${sql.placeholder("limit")})`;
  return {
    /** Only where the login was stored. */
    notePlace: template<{ id: number; place: string; used_at: number }>(
      reads
        .insert(login_places)
        .select(
          reads
            .select({
              user_id: logins.user_id,
              place: given<string>("place").as("place"),
              used_at: given<number>("used_at").as("used_at"),
            })
            .from(logins)
            .where(eq(logins.id, given("id"))),
        )
        .onConflictDoUpdate({
          target: [login_places.user_id, login_places.place],
          set: { used_at: sql`excluded.used_at` },
        }),
    ),
    forgetPlacesBeyond: template<{ user_id: number }>(
      reads.delete(login_places).where(and(of_user, sql`login_places.rowid not in (${used_last})`)),
    ),
    forgetPlaces: template<{ user_id: number }>(reads.delete(login_places).where(of_user)),
    forgetOldPlaces: template<{ before: number; limit: number }>(reads.delete(login_places).where(old)),
  };
}
