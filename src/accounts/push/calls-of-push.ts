// The calls by which a browser subscribes, as the log-in that asks, and ends it.

import { DECISIONS, nobodys } from "../../actors/commit/commit.ts";
import type { PushSubscription } from "../../db/queries/push-subscriptions.ts";
import { limits } from "../../domain/limits.ts";
import { crowded, failure, type Outcome, success } from "../../protocol/outcome.ts";
import { type Accounts, type AccountsDependencies, type SignedIn, signedOut } from "../accounts.ts";
import { answered } from "../answered.ts";
import type { PushDoor } from "./composition.ts";
import { endpointFault } from "./endpoints.ts";
import { areBrowserKeys } from "./keys.ts";

type Done = { success: true };
const done = success<Done>({ success: true });

type Subscribing = Pick<AccountsDependencies, "store" | "commit" | "clock" | "authenticator"> & { push: PushDoor };

export function callsOfPush(
  on: Subscribing,
): Pick<Accounts, "push_key" | "add_push_subscription" | "delete_push_subscription"> {
  return {
    push_key: async () => success({ success: true, key: on.push.public_key }),

    async add_push_subscription({ endpoint, keys, previews = true }, by) {
      const fault = endpointFault(endpoint, on.push.allow_private);
      if (fault) return failure("bad_request", fault, { path: "endpoint" });
      if (!areBrowserKeys(keys)) return failure("bad_request", "These are no keys of a browser.", { path: "keys" });
      const { user_id, login } = by.claims;
      return subscribe(on, { login_id: login, user_id, endpoint: new URL(endpoint).href, ...keys, previews }, by);
    },

    delete_push_subscription: (_, { claims }) =>
      answered(on.commit, nobodys, {
        write: () => on.store.pushSubscriptions.remove(claims.login),
        answer: () => done,
      }),
  };
}

async function subscribe(
  on: Subscribing,
  subscription: PushSubscription,
  { claims }: SignedIn,
): Promise<Outcome<Done>> {
  const { store, commit, clock, authenticator } = on;
  for (let left = DECISIONS; left > 0; left -= 1) {
    const stored = await answered<true, Done | null>(
      commit,
      nobodys,
      {
        write: () => store.pushSubscriptions.put(subscription, clock(), { login: claims.login, now: clock() }),
        answer() {
          on.push.onSubscribed();
          return done;
        },
      },
      () => success(null),
    );
    if (!stored.ok || stored.value !== null) return stored as Outcome<Done>;
    if (!(await authenticator.account(claims))) return signedOut();
    const all = await store.pushSubscriptions.listOf(claims.user_id);
    if (all.filter(({ login_id }) => login_id !== claims.login).length >= limits.push_subscriptions_per_user) {
      const limit = "push_subscriptions_per_user";
      return failure("limit_reached", "Too many of your log-ins have subscribed.", { limit });
    }
  }
  return crowded();
}
