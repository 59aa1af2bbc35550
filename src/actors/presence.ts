// The presence registry: who has which sessions, what they play, and who is told. It alone sends `Friend` frames, so
// that what it answers and what it pushes can never cross. It asks nobody, and reads nothing from the database but,
// when two people part, what they still have in common.

import type { Relation, RelationPair } from "../domain/friendship.ts";
import type { Person, SeenPresence } from "../domain/presence.ts";
import type { Profile } from "../domain/profile.ts";
import type { Friend } from "../protocol/entities.ts";
import { failure, success } from "../protocol/outcome.ts";
import { encodePush } from "../protocol/pushes.ts";
import type { SessionId } from "./gateway.ts";
import type { Actor, Call } from "./kernel/system.ts";
import { type PresenceDependencies, PresenceRegistry } from "./presence-registry.ts";

export type { PresenceDependencies } from "./presence-registry.ts";

export interface RelatedPerson {
  peer: Person;
  relation: Relation;
}

/** What a session wants of its friends: to hear of their coming and going, or to have loaded them. */
export interface Following {
  session: SessionId;
  topic: "friends" | "user";
}

export type PresenceCalls = {
  /** A connection claims a login of the user's: from now on it hears of each that is revoked. Nobody is told. */
  admit: Call<{ user_id: number; session: SessionId }>;
  /**
   * A session has proved who it is. `limit_reached` when the user has too many. Answered before anybody is told.
   * `seq` is that of the profile of which `user` is a part; `profile` is the newer one that was told meanwhile.
   */
  open: Call<{ user: Person; seq: number; session: SessionId }, { revision: number; profile: Profile | null }>;
  close: Call<{ user_id: number; session: SessionId }>;
  /**
   * Turns relations read from the database into `Friend`s, in their order, and lets a session follow the friends among
   * them. `stale` when the user's relations changed since `revision`: read again, with the revision given.
   */
  describe: Call<
    { user_id: number; revision: number; relations: RelatedPerson[]; following: Following | null },
    { stale: true; revision: number } | { stale: false; friends: Friend[] }
  >;
  /** A relation has been changed and stored. Answers how `me` sees `peer`, and one's own name, then tells both. */
  relate: Call<{ me: Person; peer: Person; was: RelationPair; now: RelationPair }, { friend: Friend; my_name: string }>;
  /** A person is gone for good, and from the lists of `peers`. Answered before they are told. */
  part: Call<{ user: Person; profile: Profile; peers: number[] }>;
  play: Call<{ user_id: number; app: string | null }>;
  /**
   * How others see these users: those who are not offline, and in `profiles` those whose profile was told of so lately
   * that the asker may have read an older one. A session in `watch_with` is subscribed to `user:<id>` of each in the
   * same turn; `left_out` are those for whom it has no room.
   */
  look: Call<
    { user_ids: readonly number[]; watch_with: SessionId | null },
    { seen: { user_id: number; presence: SeenPresence }[]; profiles: Profile[]; left_out: number[] }
  >;
  unwatch: Call<{ session: SessionId; user_ids: readonly number[] }>;
  /**
   * A profile has been changed and stored. Answers how the person looks to others now; whoever asks tells `user:<id>` of
   * the profile in that same turn. Then the registry tells what became of status and game, which don't wait for
   * commits, and tells friends, of another name as well when `renamed`.
   */
  profile_changed: Call<{ profile: Profile; renamed: boolean; last_online: number }, { seen: SeenPresence }>;
  /** The user left a server, or it is gone: those who have nothing in common any more stop hearing of each other. */
  separated: Call<{ user_id: number }>;
  /** To itself: who still has something in common with the one being looked up; null when it couldn't be read. */
  checked: Call<{ related: number[] | null }>;
  /** Hands `text` to the sessions of `to`; `offline` when they have none, or don't wish to be seen. */
  invite: Call<{ from: { id: number; name: string }; to: number; text: string }>;
  count: Call<null, { count: number }>;
  /** Logins died: their sockets close. `logins: null` means all of the user's. */
  revoke: Call<{ user_id: number; logins: number[] | null }>;
  /** To itself: the grace time is over; then: that they left is stored. */
  lapse: Call<{ user_id: number; left_ms: number }>;
  gone: Call<{ user_id: number; left_ms: number }>;
};

type Receive<Name extends keyof PresenceCalls> = Pick<Actor<PresenceCalls>["receive"], Name>;

export function presenceActor(dependencies: PresenceDependencies): Actor<PresenceCalls> {
  const registry = new PresenceRegistry(dependencies);
  return {
    receive: {
      ...receiveSessions(registry, dependencies),
      ...receiveRelations(registry, dependencies),
      ...receivePeople(registry),
    },
    stop: () => registry.stop(),
  };
}

function receiveSessions(
  registry: PresenceRegistry,
  { bounds }: PresenceDependencies,
): Receive<"admit" | "open" | "close" | "revoke" | "count" | "lapse" | "gone"> {
  return {
    admit: ({ user_id, session }) => registry.admit(user_id, session),
    open: ({ user, seq, session }, reply) => {
      const entry = registry.entryFor(user, seq);
      if (entry.sessions.size >= bounds.sessions_per_user) {
        return reply(failure("limit_reached", "This user has too many sessions.", { limit: "sessions_per_user" }));
      }
      const [told] = registry.toldLately([user.id]);
      reply(success({ revision: entry.revision, profile: told && told.seq > seq ? told : null }));
      registry.open(entry, session);
    },
    close: ({ user_id, session }) => registry.close(user_id, session),
    revoke: ({ user_id, logins }) => registry.revoke(user_id, logins),
    count: (_, reply) => reply(success({ count: registry.count() })),
    lapse: ({ user_id, left_ms }) => registry.lapse(user_id, left_ms),
    gone: ({ user_id, left_ms }) => registry.gone(user_id, left_ms),
  };
}

function receiveRelations(
  registry: PresenceRegistry,
  { gateway }: PresenceDependencies,
): Receive<"describe" | "relate" | "part" | "separated" | "checked" | "invite"> {
  return {
    describe: ({ user_id, revision, relations, following }, reply) => {
      const current = registry.revisionOf(user_id);
      if (current !== revision) return reply(success({ stale: true, revision: current }));
      const friends = relations.flatMap(({ peer, relation }) => (relation === "friend" ? peer.id : []));
      if (following?.topic === "friends") registry.follow(following.session, friends);
      if (following?.topic === "user") registry.sight.watch(following.session, friends);
      const described = relations.map(({ peer, relation }) => registry.describe(peer, relation));
      reply(success({ stale: false, friends: described }));
    },
    relate: ({ me, peer, was, now }, reply) => {
      reply(success({ friend: registry.describe(peer, now.mine), my_name: registry.nameOf(me) }));
      registry.relate(me, peer, was, now);
    },
    part: ({ user, profile, peers }, reply) => {
      reply(success(null));
      registry.part(user, profile, peers);
    },
    separated: ({ user_id }) => registry.sight.separated({ user_id, from: null }),
    checked: ({ related }) => registry.sight.checked(related),
    invite: ({ from, to, text }, reply) => {
      if (!registry.canBeInvited(to)) return reply(failure("offline", "They are not online."));
      reply(success(null));
      const data = { text, from: { id: from.id, name: registry.nameOf(from) } };
      gateway.publish(`self:${to}`, encodePush("watchParty", data));
    },
  };
}

function receivePeople(registry: PresenceRegistry): Receive<"play" | "look" | "unwatch" | "profile_changed"> {
  return {
    play: ({ user_id, app }, reply) => {
      registry.play(user_id, app);
      reply(success(null));
    },
    look: ({ user_ids, watch_with }, reply) => {
      const everybody = user_ids.map((user_id) => ({ user_id, presence: registry.look(user_id) }));
      const seen = everybody.filter(({ presence }) => presence.status !== "offline");
      const left_out = watch_with === null ? [] : registry.sight.watch(watch_with, user_ids);
      reply(success({ seen, profiles: registry.toldLately(user_ids), left_out }));
    },
    unwatch: ({ session, user_ids }, reply) => {
      registry.sight.unwatch(session, user_ids);
      reply(success(null));
    },
    profile_changed: ({ profile, renamed, last_online }, reply) => {
      const before = registry.adopt(profile, last_online);
      reply(success({ seen: registry.look(profile.id) }));
      registry.tellAdopted(profile, before, renamed, last_online);
    },
  };
}
