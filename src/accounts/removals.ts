// The ends of accounts that take longer than one transaction: what somebody owns goes to others before it, and what they
// wrote and uploaded goes after it, in slices. Each is noted until all of it is done, so that the next start goes on where
// this one ended. Every step may be done again.

import { type BurialDependencies, buryAll } from "../actors/burials.ts";
import { DECISIONS } from "../actors/commit/commit.ts";
import { performed } from "../db/engine/write.ts";
import type { AccountRemoval } from "../db/queries/account-removals.ts";
import type { Store } from "../db/store.ts";
import type { Duty } from "../db/upkeep/duty.ts";
import { type Rounds, startRounds } from "../db/upkeep/rounds.ts";
import { limits } from "../domain/limits.ts";
import { type RemovalDependencies, removeUser } from "./removal.ts";

export type RemovalsDependencies = RemovalDependencies &
  BurialDependencies & {
    store: Pick<Store, "users" | "rooms" | "friendships" | "messages" | "standing" | "writer">;
    /** Takes away what the user has uploaded and nothing shows any more. */
    clearUploads(user_id: number, isStopping: () => boolean): Promise<void>;
    duty: Duty;
    onFault(error: unknown): void;
  };

export interface Removals extends Rounds {
  /** Ends an account whose end is noted, now; whether it has ended. */
  end(user_id: number): Promise<boolean>;
}

/** Goes on with what is noted, now and then again and again. */
export function startRemovals(on: RemovalsDependencies): Removals {
  const rounds = startRounds((isStopping) => removeAll(on, isStopping), {
    ...{ every_ms: limits.removals_ms, closing_ms: limits.purge_closing_ms },
    ...{ onFault: on.onFault, duty: on.duty },
  });
  return { ...rounds, end: (user_id) => endAccount(on, user_id) };
}

async function removeAll(on: RemovalsDependencies, isStopping: () => boolean): Promise<void> {
  const tried = new Set<string>();
  for (;;) {
    const noted = await on.store.users.removals();
    const next = noted.find((one) => !tried.has(keyOf(one)));
    if (!next || isStopping()) return;
    tried.add(keyOf(next));
    if (await remove(on, next, isStopping)) await performed(on.store.writer.perform, on.store.users.removalDone(next));
  }
}

const keyOf = ({ user_id, messages }: AccountRemoval) => `${user_id} ${messages}`;

/** Whether all of it is done. */
async function remove(
  on: RemovalsDependencies,
  { user_id, messages }: AccountRemoval,
  isStopping: () => boolean,
): Promise<boolean> {
  if (!(await endAccount(on, user_id))) return false;
  if (!messages) return true;
  if (!(await buryMessagesOf(on, user_id, isStopping))) return false;
  await on.clearUploads(user_id, isStopping);
  return !isStopping();
}

/** Whether it has ended, now or before. What the user owns is another's, or locked, first. */
async function endAccount(on: RemovalsDependencies, user_id: number): Promise<boolean> {
  const { users, rooms } = on.store;
  for (let left = DECISIONS; left > 0; left -= 1) {
    const user = await users.byId(user_id);
    if (!user) return true;
    for (const server_id of await rooms.ownedBy(user_id)) {
      const succeeded = await on.actors.request(`room:${server_id}`, "succeed", { owner_id: user_id });
      if (!succeeded.ok && succeeded.error.code !== "not_found") return false;
    }
    const checked_hash = (await users.credentials(user_id))?.password_hash ?? null;
    const removed = await removeUser(on, { person: user, checked_hash, messages: false, by: "operator" });
    if (removed.ok ? removed.value !== null : removed.error.code !== "conflict") return removed.ok;
  }
  return false;
}

/** Through all channels: nothing keeps where somebody has written. */
async function buryMessagesOf(
  on: RemovalsDependencies,
  author_id: number,
  isStopping: () => boolean,
): Promise<boolean> {
  const limit = limits.channels_walked;
  for (let after: number | null = 0; after !== null; ) {
    const walked = await on.store.messages.channelsAfter(after, limit);
    for (const { id: channel_id, server_id, oldest_id } of walked) {
      if (oldest_id === null) continue;
      for (let from: number | null = oldest_id - 1; from !== null; ) {
        const looked_at = limits.authored_looked_at;
        const { ids, next } = await on.store.messages.authoredIn({ channel_id, author_id, after: from, looked_at });
        if (!(await buryAll(on, { server_id, channel_id, message_ids: ids }, isStopping))) return false;
        from = next;
        if (isStopping()) return false;
      }
    }
    after = walked.length < limit ? null : (walked.at(-1)?.id ?? null);
  }
  return true;
}
