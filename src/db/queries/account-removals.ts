// Accounts whose end has begun and isn't all done: noted with the first step of it, and forgotten after the last.

import { asc, eq, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { account_removals } from "../schema/people.ts";

/** `messages`: what they wrote goes as well. */
export interface AccountRemoval {
  user_id: number;
  messages: boolean;
  created_at: number;
}

export function accountRemovalsOf({ reads }: Access) {
  const all = reads.select().from(account_removals).orderBy(asc(account_removals.created_at)).prepare();
  const one = reads
    .select()
    .from(account_removals)
    .where(eq(account_removals.user_id, given("user_id")))
    .prepare();
  const begin = template<{ user_id: number; messages: number; created_at: number }>(
    reads
      .insert(account_removals)
      .values({ user_id: given("user_id"), messages: given("messages"), created_at: given("created_at") })
      .onConflictDoUpdate({
        target: account_removals.user_id,
        set: { messages: sql`max(${account_removals.messages}, excluded.messages)` },
      }),
  );
  const forget = template<{ user_id: number; messages: number }>(
    reads
      .delete(account_removals)
      .where(
        sql`${eq(account_removals.user_id, given("user_id"))} and ${account_removals.messages} = ${given("messages")}`,
      ),
  );
  return {
    /** The first to begin first. */
    async removals(): Promise<AccountRemoval[]> {
      return read(all.all());
    },
    /** Notes that the account is to end, with what else is to be stored with that. */
    beginRemoval({ messages, ...of }: AccountRemoval, also: readonly Statement[] = []): Write<true> {
      return {
        job: [begin({ ...of, messages: messages ? 1 : 0 }), ...also],
        stored: () => true,
        find: async () => ((await read(one.get({ user_id: of.user_id }))) ? true : null),
      };
    },
    /** Nothing is left to do, unless more was asked for meanwhile. */
    removalDone: ({ user_id, messages }: AccountRemoval): Write<number> =>
      sweeping(forget({ user_id, messages: messages ? 1 : 0 })),
  };
}
