// The presence registry: who has which sessions, what they play, and who is told. It alone sends `Friend` frames, so
// that what it answers and what it pushes can never cross. It asks nobody, and reads nothing from the database but,
// when two people part, what they still have in common.

import { failure, success } from "../../protocol/outcome.ts";
import { encodePush } from "../../protocol/pushes.ts";
import type { Actor } from "../kernel/system.ts";
import type { PresenceCalls } from "./calls.ts";
import { type PresenceDependencies, PresenceRegistry } from "./presence-registry.ts";

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
