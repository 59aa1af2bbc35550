// A friendship actor owns what is between two people while something happens there: it reads both directed rows,
// decides, stores both in one transaction, and only then lets the presence registry tell them. One action at a time
// for each pair, so that requests which cross meet here. It keeps no state between actions.

import type { Store } from "../db/store.ts";
import { applyFriendshipAction, type FriendshipAction, type FriendshipRefusal } from "../domain/friendship.ts";
import { limits } from "../domain/limits.ts";
import type { Friend } from "../protocol/entities.ts";
import { type Failure, failure } from "../protocol/outcome.ts";
import type { Actors } from "./addresses.ts";
import type { Actor, Call, Reply } from "./kernel/system.ts";

export type FriendshipCalls = {
  /** Answers how `user_id` sees `peer_id` afterwards. */
  act: Call<{ action: FriendshipAction; user_id: number; peer_id: number }, { friend: Friend }>;
  /** An invitation for a friend; `forbidden` when they aren't one. */
  invite: Call<{ from: { id: number; name: string }; peer_id: number; text: string }>;
};

export interface FriendshipDependencies {
  actors: Actors;
  store: Pick<Store, "friendships">;
  clock(): number;
}

/** The address of the one actor for these two, whoever of them acts. */
export function friendshipAddress(one: number, other: number) {
  return `friendship:${Math.min(one, other)}-${Math.max(one, other)}` as const;
}

const refusals: Record<FriendshipRefusal, Failure> = {
  already_friends: { code: "conflict", message: "You are already friends." },
  already_sent: { code: "conflict", message: "You have already sent them a request." },
  blocked: { code: "blocked", message: "One of you has blocked the other." },
  no_request: { code: "not_found", message: "There is no such friend request." },
  no_relation: { code: "not_found", message: "There is no such friend." },
};

const nobody = () => failure("not_found", "There is no such user.");

export function friendshipActor({ actors, store, clock }: FriendshipDependencies): Actor<FriendshipCalls> {
  return {
    receive: {
      async act({ action, user_id, peer_id }, reply: Reply<{ friend: Friend }>) {
        const between = await store.friendships.relation(user_id, peer_id);
        const { user: me, peer } = between;
        if (!me || !peer) return reply(nobody());
        const result = applyFriendshipAction(action, between);
        if (!result.ok) return reply({ ok: false, error: refusals[result.refusal] });
        const { pair } = result;
        if (pair.mine === "outgoing" && (await store.friendships.count(user_id)) >= limits.relations_per_user) {
          return reply(failure("limit_reached", "You have too many friends.", { limit: "relations_per_user" }));
        }
        const changed = await store.friendships.change({ user_id, peer_id, ...pair, now: clock() });
        if (changed === "user_gone") return reply(nobody());
        actors.ask("presence", "relate", { me, peer, pair }, reply);
      },

      async invite({ from, peer_id, text }, reply: Reply<null>) {
        const between = await store.friendships.relation(from.id, peer_id);
        if (between.mine !== "friend") return reply(failure("forbidden", "You are not friends."));
        actors.ask("presence", "invite", { from, to: peer_id, text }, reply);
      },
    },
  };
}
