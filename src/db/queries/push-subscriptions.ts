// The push_subscriptions table: where the browser of a log-in is reached. A browser has one endpoint: whoever logs in
// there takes it from who was logged in before, so that nobody is sent what is somebody else's.
// Must not say what is sent, nor judge an endpoint.

import { and, eq, gt, sql } from "drizzle-orm";
import { limits } from "../../domain/limits.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { doneAnew, sweeping, type Write } from "../engine/write.ts";
import { push_subscriptions } from "../schema/push.ts";
import { type AskedBy, type AskedByValues, askedBy, guard, isStillLoggedIn } from "./guards.ts";

export interface PushSubscription {
  login_id: number;
  user_id: number;
  endpoint: string;
  /** The browser's key and secret, Base64 for URLs. */
  p256dh: string;
  auth: string;
  /** Whether what is sent says what was said, by whom and where. */
  previews: boolean;
}

export type StandingSubscription = PushSubscription & { failures: number; failing_since: number | null };

/** One that its push service did not take something for. */
export interface PushFailure {
  login_id: number;
  endpoint: string;
  failing_since: number;
  held_until: number;
}

type Values = Omit<PushSubscription, "previews"> & { previews: number; created_at: number };

const { login_id, user_id, endpoint, p256dh, auth, previews, created_at, held_until, failures, failing_since } =
  push_subscriptions;

export type PushSubscriptions = ReturnType<typeof pushSubscriptionsOf>;

export function pushSubscriptionsOf({ reads, searches }: Access) {
  const thisOne = eq(login_id, given("login_id"));
  const one = searches
    .select({ login_id, user_id, endpoint, p256dh, auth, previews, failures, failing_since })
    .from(push_subscriptions)
    .where(thisOne)
    .prepare();
  const any = reads.select({ login_id }).from(push_subscriptions).where(gt(login_id, 0)).limit(1).prepare();
  const ofUser = reads
    .select({ login_id, endpoint, previews, created_at })
    .from(push_subscriptions)
    .where(eq(user_id, given("user_id")))
    .orderBy(login_id)
    .prepare();
  const statements = subscriptionStatements(reads);
  return {
    async find(of: number): Promise<StandingSubscription | null> {
      return (await read(one.get({ login_id: of }))) ?? null;
    },
    async areThereAny(): Promise<boolean> {
      return (await read(any.get())) !== undefined;
    },
    async listOf(of: number) {
      return read(ofUser.all({ user_id: of }));
    },
    /** In place of the one that the log-in had. Stale where the log-in has ended, or the user has as many as one may. */
    put({ previews: shown, ...subscription }: PushSubscription, now: number, by: AskedBy): Write<true> {
      const values: Values = { ...subscription, previews: shown ? 1 : 0, created_at: now };
      const { endpoint: at, login_id: of, user_id: whose } = subscription;
      return {
        job: [
          statements.mayAdd({ user_id: whose, login_id: of, ...askedBy(by) }),
          statements.takeOver({ endpoint: at, login_id: of }),
          statements.put(values),
        ],
        stored: () => true,
        find: async () => ((await read(one.get({ login_id: of })))?.endpoint === at ? true : null),
      };
    },
    remove: (of: number): Write<number> => sweeping(statements.remove({ login_id: of })),
    /** It is gone for good. Comes to 0 where the log-in has another one by now. */
    forget: (of: { login_id: number; endpoint: string }): Write<number> => sweeping(statements.forget(of)),
    failed: (failure: PushFailure) => statements.failed({ ...failure }),
    succeeded: (of: { login_id: number; endpoint: string }): Write<number> => {
      const statement = statements.succeeded(of);
      return { job: [statement], stored: ([done]) => done?.changes ?? 0, find: doneAnew };
    },
  };
}

function subscriptionStatements(reads: Access["reads"]) {
  const [login, user, at] = [given<number>("login_id"), given<number>("user_id"), given<string>("endpoint")];
  const thisOne = eq(login_id, login);
  const standing = and(thisOne, eq(endpoint, at));
  const most = sql.raw(String(limits.push_subscriptions_per_user));
  const others = sql`(select count(*) from ${push_subscriptions} where ${user_id} = ${user} and ${login_id} <> ${login})`;
  return {
    mayAdd: guard<{ user_id: number; login_id: number } & AskedByValues>(
      reads,
      sql`${isStillLoggedIn(user)} and ${others} < ${most}`,
    ),
    takeOver: template<{ endpoint: string; login_id: number }>(
      reads.delete(push_subscriptions).where(and(eq(endpoint, at), sql`${login_id} <> ${login}`)),
    ),
    put: template<Values>(
      reads
        .insert(push_subscriptions)
        .values({
          ...{ login_id: login, user_id: user, endpoint: at, p256dh: given("p256dh"), auth: given("auth") },
          ...{ previews: given<boolean>("previews"), created_at: given("created_at") },
        })
        .onConflictDoUpdate({
          target: login_id,
          set: {
            ...{ endpoint: sql`excluded.endpoint`, p256dh: sql`excluded.p256dh`, auth: sql`excluded.auth` },
            ...{ previews: sql`excluded.previews`, created_at: sql`excluded.created_at` },
            ...{ held_until: 0, failures: 0, failing_since: null },
          },
        }),
    ),
    remove: template<{ login_id: number }>(reads.delete(push_subscriptions).where(thisOne)),
    forget: template<{ login_id: number; endpoint: string }>(reads.delete(push_subscriptions).where(standing)),
    failed: template<PushFailure & Record<string, string | number>>(
      reads
        .update(push_subscriptions)
        .set({
          failures: sql`${failures} + 1`,
          failing_since: sql`coalesce(${failing_since}, ${given("failing_since")})`,
          held_until: sql`max(${held_until}, ${given("held_until")})`,
        })
        .where(standing),
    ),
    succeeded: template<{ login_id: number; endpoint: string }>(
      reads.update(push_subscriptions).set({ failures: 0, failing_since: null }).where(standing),
    ),
  };
}
