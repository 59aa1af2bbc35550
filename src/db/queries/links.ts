// The links table: what lets its bearer set a password, make the first admin, or prove to read mail at an address.
// A link is good for one use: it goes in the job that does what it is for, or that job is stale.
// Must not see tokens, only their hashes.

import { and, eq, gt, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { type LinkPurpose, links, users } from "../schema/people.ts";
import { type AskedBy, type AskedByValues, askedBy, guard, hasPassword, isStillLoggedIn } from "./guards.ts";

/** `user_id` is null for `setup`; `email` is the address that `confirm` is about. */
export type Link = {
  token_hash: string;
  purpose: LinkPurpose;
  user_id: number | null;
  email: string | null;
  created_at: number;
  expires_at: number;
};

/** Which link, and at what time. */
export type LinkUse = { token_hash: string; purpose: LinkPurpose; now: number };

export type EmailConfirmation = { token_hash: string; user_id: number; email: string; now: number };

export type Links = ReturnType<typeof linksOf>;

export function linksOf({ reads }: Access) {
  const use = linkUses(reads);
  const removeOf = linkRemoval(reads);
  const queries = linkQueries(reads);
  const statements = linkStatements(reads);
  return {
    create(link: Link): Write<true> {
      const { token_hash } = link;
      return {
        job: [statements.insert(link)],
        stored: () => true,
        find: async () => ((await read(queries.stored.get({ token_hash }))) ? true : null),
      };
    },
    /**
     * The same in place of the user's others of its purpose. Stale where the hash that was checked is no longer the
     * user's, or where the log-in that asks has ended.
     */
    offer(link: Link & { user_id: number }, checked_hash: string | null, by: AskedBy): Write<true> {
      const { token_hash, user_id, purpose } = link;
      return {
        job: [
          statements.guardAsked({ user_id, checked_hash, ...askedBy(by) }),
          statements.removeOthers({ user_id, purpose }),
          statements.insert(link),
        ],
        stored: () => true,
        find: async () => ((await read(queries.stored.get({ token_hash }))) ? true : null),
      };
    },
    /** Null for one that was used, has expired, is for something else or of a user who is gone. */
    async find(of: LinkUse): Promise<Link | null> {
      return (await read(queries.find.get(of))) ?? null;
    },
    /**
     * Gives the user the address that a `confirm` link is about, and takes all their other links away. Stale where the
     * link is good no more.
     */
    confirmEmail({ token_hash, user_id, email, now }: EmailConfirmation): Write<true> {
      return {
        job: [
          ...use({ token_hash, purpose: "confirm", now }),
          removeOf({ user_id }),
          statements.setEmail({ user_id, email, now }),
        ],
        stored: () => true,
        find: async () => ((await read(queries.confirmed.get({ user_id, email, now }))) ? true : null),
      };
    },
    /** Removes those that ended at `now` or before; comes to how many. */
    removeExpired: (now: number): Write<number> => sweeping(statements.removeExpired({ now })),
  };
}

/** Words the statements that use a link up, at the head of the job that does what it is for: stale where it is good no more. */
export function linkUses(reads: Access["reads"]): (use: LinkUse) => Statement[] {
  const check = guard<LinkUse>(reads, sql`exists (select 1 from ${links} where ${isGood()})`);
  const remove = template<{ token_hash: string }>(reads.delete(links).where(eq(links.token_hash, given("token_hash"))));
  return (use) => [check(use), remove(use)];
}

/** Words the statement that takes all links of a user away, as a new password or the end of the account does. */
export function linkRemoval(reads: Access["reads"]) {
  return template<{ user_id: number }>(reads.delete(links).where(eq(links.user_id, given("user_id"))));
}

function isGood(): SQL | undefined {
  return and(
    eq(links.token_hash, given("token_hash")),
    eq(links.purpose, given("purpose")),
    gt(links.expires_at, given("now")),
  );
}

function linkQueries(reads: Access["reads"]) {
  const of_user = and(eq(users.id, given("user_id")), isNull(users.deleted_at));
  return {
    stored: reads
      .select({ token_hash: links.token_hash })
      .from(links)
      .where(eq(links.token_hash, given("token_hash")))
      .prepare(),
    find: reads.select().from(links).where(isGood()).prepare(),
    confirmed: reads
      .select({ id: users.id })
      .from(users)
      .where(and(of_user, eq(users.email, given("email")), eq(users.email_confirmed_at, given("now"))))
      .prepare(),
  };
}

function linkStatements(reads: Access["reads"]) {
  return {
    insert: template<Link>(
      reads.insert(links).values({
        token_hash: given("token_hash"),
        purpose: given("purpose"),
        user_id: given("user_id"),
        email: given("email"),
        created_at: given("created_at"),
        expires_at: given("expires_at"),
      }),
    ),
    guardAsked: guard<{ user_id: number; checked_hash: string | null } & AskedByValues>(
      reads,
      sql`${hasPassword(given("user_id"), given("checked_hash"))} and ${isStillLoggedIn(given("user_id"))}`,
    ),
    removeOthers: template<{ user_id: number; purpose: LinkPurpose }>(
      reads.delete(links).where(and(eq(links.user_id, given("user_id")), eq(links.purpose, given("purpose")))),
    ),
    setEmail: template<{ user_id: number; email: string; now: number }>(
      reads
        .update(users)
        .set({ email: given("email"), email_confirmed_at: given("now") })
        .where(and(eq(users.id, given("user_id")), isNull(users.deleted_at))),
    ),
    removeExpired: template<{ now: number }>(reads.delete(links).where(lte(links.expires_at, given("now")))),
  };
}
