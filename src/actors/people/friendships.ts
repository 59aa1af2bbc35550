// A friendship actor owns what is between two people while something happens there: it reads both directed rows,
// decides, stores both in one transaction, and only then has the presence registry tell them. One action at a time
// for each pair, so that requests which cross meet here. It keeps no state between actions.

import type { Relation as Standing } from "../../db/queries/friendships.ts";
import type { Store } from "../../db/store.ts";
import {
  applyFriendshipAction,
  type FriendshipRefusal,
  type Relation,
  type RelationPair,
  shownRelation,
} from "../../domain/friendship.ts";
import type { IdGenerator } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { Person } from "../../domain/presence.ts";
import type { FriendEntry } from "../../protocol/community/entities.ts";
import { encodeEvent } from "../../protocol/community/events.ts";
import { type Failure, failure, success } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import type { OrderedTopics, Place } from "../delivery/ordered-topics.ts";
import type { Actor, Reply } from "../kernel/system.ts";
import type { FriendshipAnswer, FriendshipCalls } from "./calls.ts";

export interface FriendshipDependencies {
  actors: Actors;
  store: Pick<Store, "friendships">;
  ids: IdGenerator;
  topics: OrderedTopics;
  clock(): number;
}

const refusals: Record<FriendshipRefusal, Failure> = {
  already_friends: { code: "conflict", message: "You are already friends." },
  already_sent: { code: "conflict", message: "You have already sent them a request." },
  already_blocked: { code: "conflict", message: "You have already blocked them." },
  blocked: { code: "blocked", message: "One of you has blocked the other." },
  no_request: { code: "not_found", message: "There is no such friend request." },
  no_relation: { code: "not_found", message: "There is no such friend." },
  no_block: { code: "not_found", message: "You haven't blocked such a user." },
};

const nobody = () => failure("not_found", "There is no such user.");

export function friendshipActor(on: FriendshipDependencies): Actor<FriendshipCalls> {
  const { actors, store } = on;
  return {
    receive: {
      async act({ action, user_id, peer_id }, reply) {
        const between = await store.friendships.relation(user_id, peer_id);
        const { user: me, peer } = between;
        if (!me || !peer) return reply(nobody());
        const result = applyFriendshipAction(action, between);
        if (!result.ok) return reply({ ok: false, error: refusals[result.refusal] });
        const full = await limitFault(on, { me, peer, was: between, now: result.pair });
        if (full) return reply({ ok: false, error: full });
        await change(on, { me, peer, was: between, now: result.pair }, reply);
      },

      async invite({ user_id, peer_id, text }, reply: Reply<null>) {
        const { user, mine } = await store.friendships.relation(user_id, peer_id);
        if (!user || mine !== "friend") return reply(failure("forbidden", "You are not friends."));
        actors.ask("presence", "invite", { from: { id: user_id, name: user.name }, to: peer_id, text }, reply);
      },
    },
  };
}

interface Change {
  me: Person;
  peer: Person;
  was: Pick<Standing, "mine" | "theirs" | "since">;
  now: RelationPair;
}

/** Why there is no room in one of the two lists for another entry. */
async function limitFault({ store }: FriendshipDependencies, { me, peer, was, now }: Change): Promise<Failure | null> {
  const isFull = async (user_id: number) => (await store.friendships.count(user_id)) >= limits.relations_per_user;
  const details = { limit: "relations_per_user" };
  if (was.mine === "none" && now.mine !== "none" && (await isFull(me.id))) {
    return { code: "limit_reached", message: "You have too many friends.", details };
  }
  if (was.theirs === "none" && now.theirs !== "none" && (await isFull(peer.id))) {
    return { code: "limit_reached", message: "They have too many friends.", details };
  }
  return null;
}

/** Stores the change, answers, and tells whichever of the two has another entry now. */
async function change(on: FriendshipDependencies, of: Change, reply: Reply<FriendshipAnswer>): Promise<void> {
  const { me, peer, was, now } = of;
  const [seq, now_ms] = [on.ids.next(), on.clock()];
  const placeOf = (user_id: number, changed: boolean) => (changed ? on.topics.reserve(`self:${user_id}`, seq) : null);
  const mine = placeOf(me.id, was.mine !== now.mine);
  const theirs = placeOf(peer.id, was.theirs !== now.theirs);
  const release = () => [mine, theirs].forEach((place) => void place?.release());
  try {
    const stored = await on.store.friendships.change({ user_id: me.id, peer_id: peer.id, ...now, seq, now: now_ms });
    if (stored === "user_gone") {
      release();
      return reply(nobody());
    }
  } catch (error) {
    release();
    throw error;
  }
  on.actors.ask("presence", "relate", { me, peer, was: { mine: was.mine, theirs: was.theirs }, now }, (told) => {
    const names = told.ok ? { peer: told.value.friend.name, me: told.value.my_name } : { peer: peer.name, me: me.name };
    reply(told.ok ? success({ friend: told.value.friend, entry: entryOf(of, names.peer, now_ms) }) : told);
    tell(mine, { id: peer.id, name: names.peer }, was.mine, now.mine);
    tell(theirs, { id: me.id, name: names.me }, was.theirs, now.theirs);
  });
}

function entryOf({ peer, was, now }: Change, name: string, now_ms: number): FriendEntry {
  const ended = now.mine === "none";
  const state = shownRelation(ended ? was.mine : now.mine);
  const since = ended ? (was.since ?? now_ms) : now_ms;
  if (state === "none") throw new Error("nothing was and nothing is between the two");
  return { user_id: peer.id, name, state, since: new Date(since).toISOString() };
}

/** Tells the owner of an entry how it changed. */
function tell(place: Place | null, peer: { id: number; name: string }, was: Relation, now: Relation): void {
  const type = was === "none" ? "friend_added" : now === "none" ? "friend_deleted" : "friend_changed";
  const data = { user_id: peer.id, name: peer.name, state: shownRelation(now) };
  place?.publish(encodeEvent(type, "self", place.seq, data));
}
