// A friendship actor owns what is between two people while something happens there, one action at a time: requests that
// cross meet here. It reads how each stands to the other, decides, and stores both sides in one transaction. Then the
// presence registry answers and tells them. It keeps no state between actions.

import type { FriendshipChanged, Standing } from "../../db/queries/friendships.ts";
import type { Store } from "../../db/store.ts";
import {
  applyFriendshipAction,
  type FriendshipRefusal,
  type RelationPair,
  shownRelation,
} from "../../domain/friendship.ts";
import type { IdGenerator } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { Person } from "../../domain/presence.ts";
import type { FriendEntry } from "../../protocol/community/entities.ts";
import type { Friend } from "../../protocol/entities.ts";
import { busy, type Failure, failure, success } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import { type Commit, type Committed, DECISIONS, nobodys } from "../commit/commit.ts";
import type { Actor, KindOptions, Reply } from "../kernel/actor.ts";
import type { FriendshipAnswer, FriendshipCalls } from "./calls.ts";

export interface FriendshipDependencies {
  actors: Actors;
  store: Pick<Store, "friendships">;
  commit: Commit;
  ids: IdGenerator;
  clock(): number;
}

const refusals: Record<FriendshipRefusal, Failure> = {
  already_friends: { code: "conflict", message: "You are already friends." },
  already_sent: { code: "conflict", message: "You have already sent them a request." },
  already_blocked: { code: "conflict", message: "You have already blocked them." },
  blocked: { code: "blocked", message: "One of you has blocked the other." },
  no_request: { code: "not_found", message: "There is no such friend request." },
  no_relation: { code: "not_found", message: "There is no such friend." },
  no_person: { code: "forbidden", message: "Bots have no friends." },
  no_block: { code: "not_found", message: "You haven't blocked such a user." },
};

const nobody = () => failure("not_found", "There is no such user.");

export function friendshipKind(on: FriendshipDependencies): KindOptions<FriendshipCalls> {
  return { mailbox_limit: limits.mailbox, idle_ms: limits.actor_idle_ms, start: () => friendshipActor(on) };
}

function friendshipActor(on: FriendshipDependencies): Actor<FriendshipCalls> {
  const { actors, store } = on;
  return {
    receive: {
      async act({ action, user_id, peer_id }, reply) {
        for (let left = DECISIONS; left > 0; left -= 1) {
          const between = await store.friendships.relation(user_id, peer_id);
          const { user: me, peer } = between;
          if (!me || !peer) return reply(nobody());
          const result = applyFriendshipAction(action, between, between.with_bot);
          if (!result.ok) return reply({ ok: false, error: refusals[result.refusal] });
          const decision = { me, peer, was: between, now: result.pair };
          const full = await limitFault(on, decision);
          if (full) return reply({ ok: false, error: full });
          if ((await commitChange(on, decision, reply)) === "done") return;
        }
        reply(busy());
      },

      async invite({ user_id, peer_id, text }, reply: Reply<null>) {
        const { user, mine } = await store.friendships.relation(user_id, peer_id);
        if (!user || mine !== "friend") return reply(failure("forbidden", "You are not friends."));
        actors.ask("presence", "invite", { from: { id: user_id, name: user.name }, to: peer_id, text }, reply);
      },
    },
  };
}

/** What an action comes to. */
interface Decision {
  me: Person;
  peer: Person;
  was: Pick<Standing, "mine" | "theirs" | "since">;
  now: RelationPair;
}

/** Why there is no room in one of the two lists for another entry. */
async function limitFault(
  { store }: FriendshipDependencies,
  { me, peer, was, now }: Decision,
): Promise<Failure | null> {
  const { relations_per_user, requests_per_user } = limits;
  const reached = (limit: string, message: string): Failure => ({ code: "limit_reached", message, details: { limit } });
  if (was.mine !== now.mine && (was.mine === "none" || now.mine === "outgoing")) {
    const { relations, requests } = await store.friendships.count(me.id);
    if (was.mine === "none" && relations >= relations_per_user) {
      return reached("relations_per_user", "You have too many friends.");
    }
    if (now.mine === "outgoing" && requests >= requests_per_user) {
      return reached("requests_per_user", "Too many of your requests are unanswered.");
    }
  }
  if (was.theirs === "none" && now.theirs !== "none") {
    const { relations } = await store.friendships.count(peer.id);
    if (relations >= relations_per_user) return reached("relations_per_user", "They have too many friends.");
  }
  return null;
}

/** Stores it; the registry then answers, and tells those of the two whose entry has changed. */
function commitChange(on: FriendshipDependencies, of: Decision, reply: Reply<FriendshipAnswer>): Promise<Committed> {
  const { actors, store, ids, clock } = on;
  const { me, peer, was, now } = of;
  const now_ms = clock();
  const stood = { mine: was.mine, theirs: was.theirs };
  const catchUp = () => void actors.tell("presence", "catch_up", { user_ids: [me.id, peer.id] });
  const relate = (stored: FriendshipChanged) =>
    actors.ask("presence", "relate", { me, peer, was: stood, now, stored }, (told) => {
      // It is stored, whatever keeps the registry from saying so.
      if (!told.ok) catchUp();
      reply(told.ok ? success(answerOf(of, told.value.friend, now_ms)) : told);
    });
  return on.commit(nobodys, {
    write: () =>
      store.friendships.change({
        ...{ user_id: me.id, peer_id: peer.id, ...now, was: stood },
        ...{
          at_most: limits.relations_per_user,
          requests_at_most: limits.requests_per_user,
          seq: ids.next(),
          now: now_ms,
        },
      }),
    unsure: catchUp,
    answer: relate,
  });
}

function answerOf(of: Decision, friend: Friend, now_ms: number): FriendshipAnswer {
  return { friend, entry: entryOf(of, friend.name, now_ms) };
}

function entryOf({ peer, was, now }: Decision, name: string, now_ms: number): FriendEntry {
  const ended = now.mine === "none";
  const state = shownRelation(ended ? was.mine : now.mine);
  const since = ended ? (was.since ?? now_ms) : now_ms;
  if (state === "none") throw new Error("nothing was and nothing is between the two");
  return { user_id: peer.id, name, state, since: new Date(since).toISOString() };
}
