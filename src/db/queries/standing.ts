// How an account stands: whether it runs the server, whether it may log in, and where it is logged in. Suspending ends
// every log-in in the same job, and none is made while it lasts (`logins.ts`). Bots stand as long as their owners do.
// Must not change anything that the user owns or wrote.

import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { account_removals, logins, users } from "../schema/people.ts";
import { guard, isAlive } from "./guards.ts";
import { linkRemoval, linkUses } from "./links.ts";

export type NewSuspension = { user_id: number; at: number; until: number | null; reason: string | null };

/** How an account may log in; all null where nothing holds it up. Times in Unix milliseconds. */
export interface SuspensionRow {
  suspended_at: number | null;
  suspended_until: number | null;
  suspended_reason: string | null;
}

/** Whether the account can't log in at `now`. */
export function isSuspended({ suspended_at, suspended_until }: SuspensionRow, now: number): boolean {
  return suspended_at !== null && (suspended_until === null || suspended_until > now);
}

/** The same of a row of `users`, at the time in the parameter of that name. */
export function mayLogIn(now: string): SQL {
  return sql`(${users.suspended_at} is null or ${users.suspended_until} <= ${given(now)})`;
}

/** `keeps_one`: taken from nobody who is the last to have it at `now`. */
export type AdminChange = { user_id: number; since: number | null; now: number; keeps_one: boolean };

/** The account that is made, by which link. */
export type FirstAdmin = { user_id: number; now: number; token_hash: string };

export type Standing = ReturnType<typeof standingOf>;

/** Each is stale where there is no such user any more. */
export function standingOf({ reads }: Access) {
  const statements = standingStatements(reads);
  const byId = standingQuery(reads);
  const bots = botsOf(reads).prepare();
  const use = linkUses(reads);
  const find = async (user_id: number) => (await read(byId.get({ user_id }))) ?? null;
  const leaving = reads
    .select({ leaves: sql<number>`leaves` })
    .from(sql`(select ${leavesAnAdmin(given("user_id"))} as leaves)`)
    .prepare();
  const counted = reads.select({ count: sql<number>`count(*)` }).from(users).where(isAdmin()).prepare();
  return {
    /** Comes to the user's bots, which can't go on. */
    suspend(suspension: NewSuspension): Write<number[]> {
      const { user_id, at } = suspension;
      const job = [
        statements.guardAlive({ user_id }),
        statements.suspend(suspension),
        statements.endLogins({ user_id }),
      ];
      return {
        job: [...job, statements.bots({ user_id })],
        stored: (results) => (results[job.length]?.rows ?? []).map(([id]) => Number(id)),
        async find() {
          if ((await find(user_id))?.suspended_at !== at) return null;
          return (await read(bots.all({ user_id }))).map(({ id }) => id);
        },
      };
    },
    unsuspend(user_id: number): Write<true> {
      return {
        job: [statements.guardAlive({ user_id }), statements.unsuspend({ user_id })],
        stored: () => true,
        find: async () => ((await find(user_id))?.suspended_at === null ? true : null),
      };
    },
    endLogins(user_id: number): Write<true> {
      return {
        job: [statements.guardAlive({ user_id }), statements.endLogins({ user_id })],
        stored: () => true,
        find: async () => ((await find(user_id))?.logins === 0 ? true : null),
      };
    },
    /**
     * Stale, too, where it would be taken from the last and mustn't. Whoever gets it has no link of before any more: the
     * administrator who gave it could become them.
     */
    setAdmin({ user_id, since, now, keeps_one }: AdminChange): Write<true> {
      const guards = keeps_one && since === null ? [statements.guardLeaves({ user_id, now })] : [];
      const links = since === null ? [] : [statements.removeLinks({ user_id })];
      return {
        job: [statements.guardAlive({ user_id }), ...guards, ...links, statements.setAdmin({ user_id, since })],
        stored: () => true,
        find: async () => ((await find(user_id))?.admin_since === since ? true : null),
      };
    },
    /** The write, which is stale where the user runs the server and nobody else does at `now`. */
    leavingAnAdmin<Stored>(user_id: number, now: number, write: Write<Stored>): Write<Stored> {
      const stored: Write<Stored>["stored"] = (results) => write.stored(results.slice(1));
      return { ...write, job: [statements.guardLeaves({ user_id, now }), ...write.job], stored };
    },
    /** The write, which is stale where the user is gone. */
    ofLiving<Stored>(user_id: number, write: Write<Stored>): Write<Stored> {
      const stored: Write<Stored>["stored"] = (results) => write.stored(results.slice(1));
      return { ...write, job: [statements.guardAlive({ user_id }), ...write.job], stored };
    },
    /**
     * The write that makes the account, as that of the first administrator: stale where there is one, or the link is good
     * no more.
     */
    asFirstAdmin<Stored>(made: Write<Stored>, { user_id, now, token_hash }: FirstAdmin): Write<Stored> {
      const link = use({ token_hash, purpose: "setup", now });
      const guards = [...link, statements.guardNone({})];
      return {
        ...made,
        job: [...guards, ...made.job, statements.setAdmin({ user_id, since: now })],
        stored: (results) => made.stored(results.slice(guards.length)),
      };
    },
    /** Whether the user runs the server, and nobody else does who may log in at `now`. */
    async isLastAdmin(user_id: number, now: number): Promise<boolean> {
      return (await read(leaving.get({ user_id, now })))?.leaves === 0;
    },
    /** How many run the server, those who are suspended among them. */
    async countAdmins(): Promise<number> {
      return (await read(counted.get()))?.count ?? 0;
    },
  };
}

/** The row of `users` is one who runs the server; whoever is about to go runs nothing any more. */
function isAdmin(): SQL | undefined {
  const is_going = sql`exists (select 1 from ${account_removals} where ${account_removals.user_id} = ${users.id})`;
  return and(sql`${users.admin_since} is not null`, isNull(users.deleted_at), sql`not ${is_going}`);
}

/** The user's going leaves somebody who runs the server and may log in, at the time in `now`; or they don't run it. */
export function leavesAnAdmin(user: SQL): SQL {
  const is_one = sql`exists (select 1 from ${users} where ${users.id} = ${user} and ${users.admin_since} is not null)`;
  const others = and(isAdmin(), mayLogIn("now"), sql`${users.id} <> ${user}`);
  return sql`(not ${is_one} or exists (select 1 from ${users} where ${others}))`;
}

function standingQuery(reads: Access["reads"]) {
  return reads
    .select({
      ...{ admin_since: users.admin_since, suspended_at: users.suspended_at },
      logins: sql<number>`(select count(*) from ${logins} where user_id = ${sql.raw("users.id")})`,
    })
    .from(users)
    .where(and(eq(users.id, given("user_id")), isNull(users.deleted_at)))
    .prepare();
}

function botsOf(reads: Access["reads"]) {
  const owned = and(eq(users.bot_owner_id, given("user_id")), isNull(users.deleted_at));
  return reads.select({ id: users.id }).from(users).where(owned);
}

function standingStatements(reads: Access["reads"]) {
  const of_user = and(eq(users.id, given("user_id")), isNull(users.deleted_at));
  return {
    guardAlive: guard<{ user_id: number }>(reads, isAlive(given("user_id"))),
    guardLeaves: guard<{ user_id: number; now: number }>(reads, leavesAnAdmin(given("user_id"))),
    removeLinks: linkRemoval(reads),
    guardNone: guard<Record<string, never>>(reads, sql`not exists (select 1 from ${users} where ${isAdmin()})`),
    suspend: template<NewSuspension>(
      reads
        .update(users)
        .set({ suspended_at: given("at"), suspended_until: given("until"), suspended_reason: given("reason") })
        .where(of_user),
    ),
    unsuspend: template<{ user_id: number }>(
      reads.update(users).set({ suspended_at: null, suspended_until: null, suspended_reason: null }).where(of_user),
    ),
    setAdmin: template<{ user_id: number; since: number | null }>(
      reads
        .update(users)
        .set({ admin_since: given("since") })
        .where(of_user),
    ),
    bots: template<{ user_id: number }>(botsOf(reads)),
    endLogins: template<{ user_id: number }>(reads.delete(logins).where(eq(logins.user_id, given("user_id")))),
  };
}
