// The handlers of the console dialect. Each finds out who should answer and hands the question on; what is decided is
// decided in the friendship actors and the presence registry.

import type { Store } from "../../../db/store.ts";
import type { FriendshipAction } from "../../../domain/friendship.ts";
import { limits } from "../../../domain/limits.ts";
import { nameKey } from "../../../domain/names.ts";
import type { Pools } from "../../../domain/pools.ts";
import type { ReplyBody } from "../../../protocol/catalogue.ts";
import type { console_messages } from "../../../protocol/console.ts";
import type { Friend } from "../../../protocol/entities.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Asking } from "../../calls.ts";
import type { Gateway } from "../../delivery/gateway.ts";
import type { Reply } from "../../kernel/actor.ts";
import { inTurn } from "../../parties.ts";
import { type FriendshipAnswer, friendshipAddress } from "../../people/calls.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import { describeRelatedPeople } from "../related-people.ts";

type ConsoleType = (typeof console_messages)[number]["type"];

export interface ConsoleDependencies {
  actors: Asking;
  store: Pick<Store, "friendships" | "users">;
  gateway: Pick<Gateway, "isOpen">;
  /** A list of friends is as much to read as a `sync` of it. */
  pools: Pick<Pools, "syncs">;
}

export function consoleHandlers(on: ConsoleDependencies): Handlers<ConsoleType> {
  return { ...presenceHandlers(on), ...friendshipHandlers(on), ...listHandlers(on) };
}

function presenceHandlers({ actors }: ConsoleDependencies): Handlers<"ping" | "now-playing" | "get" | "watchParty"> {
  return {
    ping: (_request, _from, reply) => reply(success({ type: "pong" })),

    "now-playing": ({ message }, from, reply) => {
      const app = message?.trim() || null;
      actors.ask("presence", "play", { user_id: from.id, session: from.session, app }, reply);
    },

    get: (_request, _from, reply) => actors.ask("presence", "count", null, reply),

    watchParty: ({ userId, message }, from, reply) => {
      if (Buffer.byteLength(message) > limits.watch_party_bytes) {
        const limit = `An invitation has at most ${limits.watch_party_bytes} bytes.`;
        return reply(failure("too_large", limit, { path: "message" }));
      }
      if (userId === from.id) return reply(failure("forbidden", "That is yourself."));
      const invitation = { user_id: from.id, peer_id: userId, text: message };
      const answer = mapped(reply, () => ({ type: "success" as const }));
      actors.ask(friendshipAddress(from.id, userId), "invite", invitation, answer);
    },
  };
}

type FriendshipType = "send-friend-request" | "accept-friend-request" | "reject-friend-request" | "remove-friend";

function friendshipHandlers({ actors, store }: ConsoleDependencies): Handlers<FriendshipType> {
  function act(action: FriendshipAction, from: Requester, peer_id: number, reply: Reply<Friend>): void {
    if (peer_id === from.id) return reply(failure("bad_request", "That is yourself.", { path: "message" }));
    const answer = mapped<FriendshipAnswer, Friend>(reply, ({ friend }) => friend);
    actors.ask(friendshipAddress(from.id, peer_id), "act", { action, user_id: from.id, peer_id }, answer);
  }
  const answerWith = (sentence: (friend: Friend) => string, reply: Reply<ReplyBody<"remove-friend">>) =>
    mapped(reply, (friend: Friend) => ({ ...done(sentence(friend)), result: friend }));

  return {
    "send-friend-request": async ({ message }, from, reply) => {
      const peer = await store.users.byNameKey(nameKey(message));
      if (!peer) return reply(failure("not_found", "There is no user of that name.", { path: "message" }));
      const sentence = (friend: Friend) => (friend.type === "friend" ? nowFriends(friend) : "Friend request sent.");
      act(
        "request",
        from,
        peer.id,
        mapped(reply, (friend: Friend) => done(sentence(friend))),
      );
    },

    "accept-friend-request": ({ message }, from, reply) =>
      act("accept", from, Number(message), answerWith(nowFriends, reply)),

    "reject-friend-request": ({ message }, from, reply) =>
      act(
        "reject",
        from,
        Number(message),
        answerWith(() => "Friend request declined.", reply),
      ),

    "remove-friend": ({ message }, from, reply) =>
      act(
        "remove",
        from,
        Number(message),
        answerWith(({ name }) => `${name} is off your list.`, reply),
      ),
  };
}

function listHandlers(on: ConsoleDependencies): Handlers<"get-friend-requests" | "get-friends"> {
  function list<Answer>(from: Requester, reply: Reply<Answer>, answer: (people: Friend[]) => NoInfer<Answer>) {
    return inTurn(on, from, reply, (at) => describeRelatedPeople(at, from.id, null, mapped(reply, answer)));
  }

  return {
    "get-friend-requests": (_request, from, reply) => {
      const isPending = ({ type }: Friend) => type === "incoming" || type === "outgoing";
      const answer = (people: Friend[]) => ({
        type: "retrieveFriendRequests" as const,
        result: people.filter(isPending),
      });
      return list(from, reply, answer);
    },

    "get-friends": (_request, from, reply) => {
      const isFriend = ({ type }: Friend) => type === "friend";
      const sorted = (people: Friend[]) => people.filter(isFriend).sort(onlineFirstThenByName);
      const answer = (people: Friend[]) => ({ type: "retrieveFriends" as const, result: sorted(people) });
      return list(from, reply, answer);
    },
  };
}

const done = (message: string) => ({ type: "success" as const, message });
const nowFriends = ({ name }: Friend) => `You and ${name} are now friends.`;

/** A reply that turns the value of a good answer into another. */
function mapped<From, To>(reply: Reply<To>, change: (value: From) => NoInfer<To>): Reply<From> {
  return (outcome: Outcome<From>) => reply(outcome.ok ? success(change(outcome.value)) : outcome);
}

function onlineFirstThenByName(one: Friend, other: Friend): number {
  if (one.status !== other.status) return other.status - one.status;
  const [key, other_key] = [nameKey(one.name), nameKey(other.name)];
  return key < other_key ? -1 : key > other_key ? 1 : one.id - other.id;
}
