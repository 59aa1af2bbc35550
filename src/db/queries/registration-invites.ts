// The codes that let somebody make an account. A use is spent in the job that makes the account, or that job is stale.
// One that lets nobody in any more stays until it is old or deleted, so that it can be seen how often it was used.

import { and, count, desc, eq, gt, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { registration_invites as invites } from "../schema/people.ts";
import { guard } from "./guards.ts";

/** `creator_id` is null for whoever sits at the machine; `expires_at` and `max_uses` for no end. */
export type RegistrationInvite = {
  code: string;
  creator_id: number | null;
  created_at: number;
  expires_at: number | null;
  max_uses: number | null;
  uses: number;
};

/** Which invite is used, and at what time. */
export type InviteUse = { code: string; now: number };

export type RegistrationInvites = ReturnType<typeof registrationInvitesOf>;

export function registrationInvitesOf({ reads }: Access) {
  const queries = inviteQueries(reads);
  const statements = inviteStatements(reads);
  return {
    create(invite: Omit<RegistrationInvite, "uses">): Write<true> {
      const { code } = invite;
      return {
        job: [statements.insert(invite)],
        stored: () => true,
        find: async () => ((await read(queries.byCode.get({ code }))) ? true : null),
      };
    },
    /** Newest first, the first so many. */
    list: (limit: number): Promise<RegistrationInvite[]> => read(queries.list.all({ limit })),
    async count(): Promise<number> {
      return (await read(queries.count.get()))?.invites ?? 0;
    },
    /** Whether it lets somebody in now. */
    async isOpen(of: InviteUse): Promise<boolean> {
      return (await read(queries.open.get(of))) !== undefined;
    },
    /** Comes to true, also where there is none of that code any more. */
    remove(code: string): Write<true> {
      return {
        job: [statements.remove({ code })],
        stored: () => true,
        find: async () => ((await read(queries.byCode.get({ code }))) ? null : true),
      };
    },
    async has(code: string): Promise<boolean> {
      return (await read(queries.byCode.get({ code }))) !== undefined;
    },
    /** Removes those that expired before; comes to how many. */
    removeExpired: (before: number): Write<number> => sweeping(statements.removeExpired({ before })),
  };
}

/** Words the statements that spend a use, at the head of the job that makes the account. */
export function inviteUses(reads: Access["reads"]): (use: InviteUse) => Statement[] {
  const check = guard<InviteUse>(reads, sql`exists (select 1 from ${invites} where ${isOpen()})`);
  const spend = template<{ code: string }>(
    reads
      .update(invites)
      .set({ uses: sql`${invites.uses} + 1` })
      .where(eq(invites.code, given("code"))),
  );
  return (use) => [check(use), spend(use)];
}

function isOpen(): SQL | undefined {
  const in_time = or(isNull(invites.expires_at), gt(invites.expires_at, given("now")));
  const unspent = or(isNull(invites.max_uses), gt(invites.max_uses, invites.uses));
  return and(eq(invites.code, given("code")), in_time, unspent);
}

function inviteQueries(reads: Access["reads"]) {
  return {
    byCode: reads
      .select({ code: invites.code })
      .from(invites)
      .where(eq(invites.code, given("code")))
      .prepare(),
    open: reads.select({ code: invites.code }).from(invites).where(isOpen()).prepare(),
    // A bound of the oldest has the index used, which has them in this order.
    list: reads
      .select()
      .from(invites)
      .where(gt(invites.created_at, 0))
      .orderBy(desc(invites.created_at), desc(sql`${invites}.rowid`))
      .limit(sql.placeholder("limit"))
      .prepare(),
    count: reads.select({ invites: count() }).from(invites).where(gt(invites.created_at, 0)).prepare(),
  };
}

function inviteStatements(reads: Access["reads"]) {
  return {
    insert: template<Omit<RegistrationInvite, "uses">>(
      reads.insert(invites).values({
        code: given("code"),
        creator_id: given("creator_id"),
        created_at: given("created_at"),
        expires_at: given("expires_at"),
        max_uses: given("max_uses"),
      }),
    ),
    remove: template<{ code: string }>(reads.delete(invites).where(eq(invites.code, given("code")))),
    removeExpired: template<{ before: number }>(reads.delete(invites).where(lte(invites.expires_at, given("before")))),
  };
}
