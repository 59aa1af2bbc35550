// The users table: accounts, their public rows, and their end.
// A deleted user's row stays as a tombstone without name, secrets or profile; reads do not see it.
// Must not hand out password hashes except to those who ask for credentials.

import { and, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { DmsSetting } from "../../domain/conversations.ts";
import type { LastSeen } from "../../domain/presence.ts";
import { mergeable } from "../engine/mergeable.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { login_places, type UserStatus, users } from "../schema/people.ts";
import { accountArrivalsOf } from "./account-arrivals.ts";
import { accountEndsOf } from "./account-ends.ts";
import { accountRemovalsOf } from "./account-removals.ts";
import { type Admission, admissionsOf, anybody } from "./admissions.ts";
import { emailsOf } from "./emails.ts";
import { field, jsonRows } from "./json-rows.ts";
import { isNameTaken, profilesOf } from "./profiles.ts";
import { selfTopicsOf } from "./self-topics.ts";
import type { SuspensionRow } from "./standing.ts";

export type { EndedAccount } from "./account-ends.ts";
export type { ProfileUpdate } from "./profiles.ts";

export interface UserRow {
  id: number;
  name: string;
  email: string | null;
  profile_pic: string | null;
  bio: string | null;
  status: UserStatus;
  custom_status: string | null;
  dms: DmsSetting;
  last_online: number;
  created_at: number;
  seq: number;
  /** Whose bot it is; null for a person. */
  bot_owner_id: number | null;
}

export interface Credentials {
  id: number;
  name: string;
  password_hash: string | null;
}

/** What a log-in is decided by. */
export interface LoginCredentials extends Credentials, SuspensionRow {
  /** From where the user has logged in lately, as `login_places` has it. */
  places: readonly string[];
}

export type NewUser = {
  id: number;
  name: string;
  name_key: string;
  email: string | null;
  /** Null: nobody can log in until a password is set. */
  password_hash: string | null;
  created_at: number;
};

export type Users = ReturnType<typeof usersOf>;

/** What a UserRow is selected by. */
export const userColumns = {
  id: users.id,
  name: users.name,
  email: users.email,
  profile_pic: users.profile_pic,
  bio: users.bio,
  status: users.status,
  custom_status: users.custom_status,
  dms: users.dms,
  last_online: users.last_online,
  created_at: users.created_at,
  seq: users.seq,
  bot_owner_id: users.bot_owner_id,
};

const suspensionColumns = {
  suspended_at: users.suspended_at,
  suspended_until: users.suspended_until,
  suspended_reason: users.suspended_reason,
};
const credentialColumns = { id: users.id, name: users.name, password_hash: users.password_hash };

export function usersOf(access: Access) {
  const { reads } = access;
  const queries = userQueries(reads);
  const statements = userStatements(reads);
  const admitted = admissionsOf(reads);
  return {
    ...profilesOf(access),
    ...selfTopicsOf(access),
    ...accountEndsOf(access),
    ...emailsOf(access),
    ...accountRemovalsOf(access),
    ...accountArrivalsOf(access),
    /** `last_online` starts as the time of creation. Stale where the invite that is spent for it lets nobody in. */
    create(user: NewUser, by: Admission = anybody): Write<"created" | "name_taken"> {
      return {
        job: [...admitted(user.id, by), statements.insert(user)],
        stored: () => "created",
        find: async () => ((await read(queries.byId.get({ id: user.id }))) ? "created" : null),
        refused: (constraint) => (isNameTaken(constraint) ? "name_taken" : undefined),
      };
    },
    async byId(id: number): Promise<UserRow | null> {
      return (await read(queries.byId.get({ id }))) ?? null;
    },
    /** Those that exist, in the order of their ids. */
    async byIds(ids: readonly number[]): Promise<UserRow[]> {
      return ids.length === 0 ? [] : read(queries.byIds.all({ ids: JSON.stringify(ids) }));
    },
    async byNameKey(name_key: string): Promise<Credentials | null> {
      return (await read(queries.byNameKey.get({ name_key }))) ?? null;
    },
    /** `places_since`: since when somewhere counts as lately. */
    async toLogIn(name_key: string, places_since: number): Promise<LoginCredentials | null> {
      const found = await read(queries.toLogIn.get({ name_key, places_since }));
      return found ? { ...found, places: JSON.parse(found.places) } : null;
    },
    async credentials(id: number): Promise<Credentials | null> {
      return (await read(queries.credentials.get({ id }))) ?? null;
    },
    /** After a restart all come, and when it ends all go. Of several of one user the last stands. */
    setLastOnline(seen: readonly LastSeen[]): Write<number> {
      return sweeping(statements.setLastOnline(jsonRows(seen)));
    },
  };
}

/** The places of a user, used since `places_since`, as JSON. */
function placesOf(user: SQLiteColumn): SQL<string> {
  const lately = sql`${login_places.user_id} = ${user} and ${login_places.used_at} > ${given("places_since")}`;
  return sql`(select json_group_array(${login_places.place}) from ${login_places} where ${lately})`;
}

function userQueries(reads: Access["reads"]) {
  const alive = isNull(users.deleted_at);
  const idList = sql`(select value from json_each(${sql.placeholder("ids")}))`;
  return {
    byId: reads
      .select(userColumns)
      .from(users)
      .where(and(eq(users.id, given("id")), alive))
      .prepare(),
    byIds: reads
      .select(userColumns)
      .from(users)
      .where(and(inArray(users.id, idList), alive))
      .orderBy(users.id)
      .prepare(),
    byNameKey: reads
      .select(credentialColumns)
      .from(users)
      .where(eq(users.name_key, given("name_key")))
      .prepare(),
    toLogIn: reads
      .select({ ...credentialColumns, ...suspensionColumns, places: placesOf(users.id) })
      .from(users)
      .where(eq(users.name_key, given("name_key")))
      .prepare(),
    credentials: reads
      .select(credentialColumns)
      .from(users)
      .where(and(eq(users.id, given("id")), alive))
      .prepare(),
  };
}

/** Of several rows for one user, the last one stands. */
function setLastOnline(reads: Access["reads"]) {
  // With a bare column, SQLite takes it from the row that has the maximum.
  const latest = sql`select ${field("id")} as id, ${field("last_online")} as last_online, max(key) as place
    from json_each(${sql.placeholder("rows")}) group by 1`;
  return reads
    .update(users)
    .set({ last_online: sql`latest.last_online` })
    .from(sql`(${latest}) as latest`)
    .where(sql`${users.id} = latest.id`);
}

function userStatements(reads: Access["reads"]) {
  const id = given<number>("id");
  return {
    insert: template<NewUser>(
      reads.insert(users).values({
        id,
        name: given("name"),
        name_key: given("name_key"),
        email: given("email"),
        password_hash: given("password_hash"),
        last_online: given("created_at"),
        created_at: given("created_at"),
      }),
    ),
    setLastOnline: mergeable(setLastOnline(reads).toSQL().sql),
  };
}
