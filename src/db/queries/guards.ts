// Guards: what a decision rests on, made sure of in the transaction that carries it out.
// A guard that does not hold undoes its whole job as `stale`. Then the decision is made again.
// Must not be relied on by what shares a statement with other jobs: it would undo theirs as well.

import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { SqlValue } from "../engine/driver.ts";
import { type Access, given, template } from "../engine/query.ts";
import { members, servers, uploads } from "../schema/community.ts";
import { guards, logins, users } from "../schema/people.ts";

/** The statement that fails unless `condition` holds; `Values` are those of the condition's placeholders. */
export function guard<Values extends Record<string, SqlValue>>(reads: Access["reads"], condition: SQL | undefined) {
  return template<Values>(reads.insert(guards).select(sql`select 0 where not (${condition})`));
}

/** The user's account has not ended. */
export function isAlive(user: SQL): SQL {
  return sql`exists (select 1 from ${users} where ${and(eq(users.id, user), isNull(users.deleted_at))})`;
}

/** The user's account has not ended, and this is the hash of its password. */
export function hasPassword(user: SQL, hash: SQL): SQL {
  const standing = and(eq(users.id, user), isNull(users.deleted_at), eq(users.password_hash, hash));
  return sql`exists (select 1 from ${users} where ${standing})`;
}

/** By which log-in somebody asks, and when; absent where none is needed. */
export type AskedBy = { login: number; now: number } | undefined;

/** The same as the values of `isStillLoggedIn`. */
export const askedBy = (by: AskedBy) => ({ by_login: by?.login ?? null, by_now: by?.now ?? null });
export type AskedByValues = ReturnType<typeof askedBy>;

/** The log-in that asks is the user's and is good. Holds where none is given. */
export function isStillLoggedIn(user: SQL): SQL {
  const [login, now] = [given("by_login"), given("by_now")];
  const standing = and(eq(logins.id, login), eq(logins.user_id, user), gt(logins.expires_at, now));
  return sql`(${login} is null or exists (select 1 from ${logins} where ${standing}))`;
}

/** The user is a member of the server, which stands. */
export function isMember(server: SQL, user: SQL): SQL {
  const there = and(eq(members.server_id, server), eq(members.user_id, user), isNull(members.left_at));
  return sql`exists (select 1 from ${members} where ${there})`;
}

/** In how many servers the user is. */
export function serversOf(user: SQL): SQL {
  return sql`(select count(*) from ${members} where ${and(eq(members.user_id, user), isNull(members.left_at))})`;
}

/** How many standing servers the user owns; one that is locked is nobody's. */
export function ownedBy(user: SQL): SQL {
  const owned = and(eq(servers.owner_id, user), isNull(servers.deleted_at), isNull(servers.locked_at));
  return sql`(select count(*) from ${servers} where ${owned})`;
}

/** The upload is there and is the user's. Holds where no upload is given. */
export function ownsUpload(user: SQL, upload: SQL): SQL {
  const owned = and(eq(uploads.id, upload), eq(uploads.user_id, user));
  return sql`(${upload} is null or exists (select 1 from ${uploads} where ${owned}))`;
}
