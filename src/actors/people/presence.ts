// The presence registry: the one actor that knows who is here, and that tells of people on `self:`, `user:` and
// `friends:`. Its answers and its pushes can't overtake each other. Reads of the database go on beside it: what it is
// to tell comes back as a message to itself.

import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import { OFFLINE } from "../../domain/presence.ts";
import { busy, failure, success } from "../../protocol/outcome.ts";
import { encodePush } from "../../protocol/pushes.ts";
import type { Actor, KindOptions } from "../kernel/actor.ts";
import type { Look, PresenceCalls, RelatedPerson } from "./calls.ts";
import { tellSaid, tellWritten } from "./conversation-news.ts";
import { answerSince } from "./own-topic-answers.ts";
import { receiveProfiles } from "./profile-changes.ts";
import { type PresenceDependencies, PresenceRegistry } from "./registry.ts";
import { Relations } from "./relations.ts";
import { Successor } from "./successor.ts";

/** What the registry is made of, with the store of which it uses so little. */
export interface PresenceServices
  extends Omit<PresenceDependencies, "saveLastOnline" | "sightBetween" | "selfSince" | "profile" | "manyPeople"> {
  store: Pick<Store, "users" | "manyPeople" | "writer">;
}

export function presenceKind(services: PresenceServices): KindOptions<PresenceCalls> {
  return { mailbox_limit: limits.presence_mailbox, always_taken, start: () => presenceActor(dependenciesIn(services)) };
}

function dependenciesIn(services: PresenceServices): PresenceDependencies {
  const { users, manyPeople, writer } = services.store;
  return {
    ...services,
    saveLastOnline: (seen) => writer.perform(users.setLastOnline(seen)),
    sightBetween: (user_id, ids) => users.sightBetween(user_id, ids),
    selfSince: (user_id, since, limit) => users.selfSince({ user_id, since, limit }),
    manyPeople,
    profile: (user_id) => users.storedProfile(user_id),
  };
}

/** What would never be learnt again, however full the mailbox is: it tells of rows, or of who has gone. */
const always_taken = [
  ...([
    "admit",
    "close",
    "node_has",
    "inherit",
    "retell",
    "hint_at_departures",
    "revoke",
    "revoke_all",
    "come_again",
    "lapse",
    "lapse_game",
    "gone",
    "checked",
    "part",
    "profile_changed",
  ] as const),
  ...(["profile_unchanged", "profile_unsure", "profile_read", "relate", "membership_changed"] as const),
  ...([
    "read_state_changed",
    "notification_changed",
    "conversation_written",
    "conversation_said",
    "catch_up",
    "caught_up",
  ] as const),
];

type Receive<Name extends keyof PresenceCalls> = Pick<Actor<PresenceCalls>["receive"], Name>;

function presenceActor(on: PresenceDependencies): Actor<PresenceCalls> {
  const registry = new PresenceRegistry(on);
  const relations = new Relations(registry, on.gateway);
  return {
    receive: {
      ...receiveSessions(registry, relations, on),
      ...receiveInheritance(registry, on),
      ...receiveRelations(registry, relations, on),
      ...receiveOwnTopics(registry, relations, on),
      ...receivePeople(registry),
      ...receiveProfiles(registry, relations, on),
    },
    stop: () => registry.stop(),
  };
}

type Inheritance = "inherit" | "retell" | "hint_at_departures";

function receiveInheritance(registry: PresenceRegistry, on: PresenceDependencies): Receive<Inheritance> {
  const successor = new Successor({ ...on, registry, pause: () => Bun.sleep(limits.catching_up_retry_ms) });
  return {
    async inherit(inherited, reply) {
      await successor.inherit(inherited);
      reply(success(null));
    },
    retell: (told) => successor.retell(told),
    // Others have their turn meanwhile.
    hint_at_departures: () => void successor.hintAtDepartures(),
  };
}

type SessionCall =
  | "admit"
  | "open"
  | "close"
  | "node_has"
  | "revoke"
  | "revoke_all"
  | "come_again"
  | "set_active"
  | "active_among"
  | "count"
  | "count_sessions"
  | "count_all_sessions";
type GraceCall = "lapse" | "gone" | "lapse_game";

function receiveSessions(
  registry: PresenceRegistry,
  relations: Relations,
  { bounds }: PresenceDependencies,
): Receive<SessionCall | GraceCall> {
  return {
    admit({ user_id, session }, reply) {
      registry.connections.admit(user_id, session);
      reply(success(null));
    },
    node_has: ({ node, sessions }) => registry.keepAt(node, new Set(sessions)),
    open: ({ user, seq, self_seq, owner_id, session, relations: read }, reply) => {
      // What it has read may be older than what was told by another registry, or it has gone.
      if (!registry.isExpected(user.id, session)) return reply(busy());
      const entry = registry.entryFor(user, seq);
      // Whose answer was lost asks once more.
      if (!entry.sessions.has(session) && entry.sessions.size >= bounds.sessions_per_user) {
        return reply(failure("limit_reached", "This user has too many sessions.", { limit: "sessions_per_user" }));
      }
      const told = registry.user_topics.toldLately(user.id);
      const profile = told && told.seq > seq ? told : null;
      const known = read && registry.self_topics.last(user.id) <= self_seq ? read : null;
      reply(success({ revision: entry.revision, profile, friends: known && relations.describeAll(known) }));
      registry.open(entry, session, self_seq, owner_id);
      if (known) relations.follow(session, friendsAmong(known));
    },
    close: ({ user_id, session }) => registry.close(user_id, session),
    revoke: ({ user_id, logins, spared, suspended }) => {
      const reason = suspended ? "suspended" : "token_revoked";
      registry.connections.revoke(user_id, { logins, reason, ...(spared !== undefined && { spared }) });
    },
    revoke_all: () => registry.connections.revokeAll(),
    come_again: ({ user_id }) => registry.connections.comeAgain(user_id),
    set_active: ({ user_id, session, active }, reply) => {
      registry.setActive(user_id, session, active);
      reply(success(null));
    },
    active_among: ({ user_ids }, reply) =>
      reply(success({ user_ids: user_ids.filter((user_id) => registry.roll.isActive(user_id)) })),
    count: (_, reply) => reply(success({ count: registry.count() })),
    count_all_sessions: (_, reply) => reply(success({ sessions: registry.roll.countAllSessions() })),
    count_sessions: ({ user_ids }, reply) =>
      reply(
        success({ sessions: user_ids.map((user_id) => ({ user_id, count: registry.roll.countSessions(user_id) })) }),
      ),
    lapse: ({ user_id, left_ms }) => registry.lapse(user_id, left_ms),
    gone: ({ user_id, left_ms }) => registry.gone(user_id, left_ms),
    lapse_game: ({ user_id, player }) => registry.lapseGame(user_id, player),
  };
}

const friendsAmong = (read: readonly RelatedPerson[]) =>
  read.flatMap(({ peer, relation }) => (relation === "friend" ? peer.id : []));

/** Whoever is asked is to know by whom; whoever asks learns nothing by it. */
const seenAmong = (read: readonly RelatedPerson[]) =>
  read.flatMap(({ peer, relation }) => (relation === "friend" || relation === "incoming" ? peer.id : []));

function receiveRelations(
  registry: PresenceRegistry,
  relations: Relations,
  { gateway }: PresenceDependencies,
): Receive<"describe" | "relate" | "part" | "checked" | "invite"> {
  return {
    describe: ({ user_id, revision, relations: read, following }, reply) => {
      const current = registry.roll.revisionOf(user_id);
      if (revision !== null && current !== revision) return reply(success({ stale: true, revision: current }));
      if (following?.topic === "friends") relations.follow(following.session, friendsAmong(read));
      if (following?.topic === "user") registry.watching.watch(following.session, seenAmong(read));
      const self_seq = registry.self_topics.told(user_id);
      reply(success({ stale: false, friends: relations.describeAll(read), self_seq }));
    },
    relate: (related, reply) => {
      const { me, peer, now } = related;
      reply(success({ friend: relations.describe(peer, now.mine), my_name: registry.roll.nameOf(me) }));
      relations.relate(related);
    },
    part: (parted, reply) => {
      reply(success(null));
      relations.part(parted);
    },
    checked: ({ sight }) => registry.watching.checked(sight),
    invite: ({ from, to, text }, reply) => {
      if (!registry.roll.canBeInvited(to)) return reply(failure("offline", "They are not online."));
      reply(success(null));
      const data = { text, from: { id: from.id, name: registry.roll.nameOf(from) } };
      gateway.publish(`self:${to}`, encodePush("watchParty", data));
    },
  };
}

type OwnTopicCall =
  | "membership_changed"
  | "read_state_changed"
  | "notification_changed"
  | "conversation_written"
  | "conversation_said"
  | "catch_up"
  | "caught_up"
  | "told"
  | "self_since";

function receiveOwnTopics(
  { self_topics }: PresenceRegistry,
  relations: Relations,
  on: PresenceDependencies,
): Receive<OwnTopicCall> {
  return {
    membership_changed: (changed) => relations.membershipChanged(changed),
    read_state_changed: (changed) => relations.readStateChanged(changed),
    notification_changed: ({ setting, but_not, ...self }) => relations.tellNotification(self, setting, but_not),
    conversation_written: (written) => tellWritten(self_topics, written),
    conversation_said: (said) => tellSaid(self_topics, on.gateway, said),
    catch_up: ({ user_ids }) => {
      for (const user_id of user_ids) self_topics.catchUp(user_id);
    },
    caught_up: (caught) => relations.caughtUp(caught),
    told: ({ user_id, seq }, reply) => self_topics.whenTold(user_id, seq, (told) => reply(success({ seq: told }))),
    self_since: ({ user_id, since }, reply) => answerSince(on, self_topics, user_id, since, reply),
  };
}

const nobody: ReadonlySet<number> = new Set();

function receivePeople(registry: PresenceRegistry): Receive<"play" | "look" | "settled" | "unwatch"> {
  const { user_topics, watching, blindness } = registry;
  return {
    play: ({ user_id, session, app }, reply) => {
      registry.play(user_id, session, app);
      reply(success(null));
    },
    look: ({ user_ids, viewer, watch_with }, reply) => {
      const hiding = viewer ? blindness.among(user_ids, viewer) : nobody;
      if (viewer && watch_with !== null) blindness.remember(user_ids, viewer);
      const looked: Look = { seen: [], profiles: [], left_out: [], told: [], moving: [] };
      if (watch_with !== null) looked.left_out = watching.watch(watch_with, user_ids);
      for (const user_id of user_ids) {
        const presence = hiding.has(user_id) ? OFFLINE : registry.roll.look(user_id);
        if (presence.status !== "offline") looked.seen.push({ user_id, presence });
        const profile = user_topics.toldLately(user_id);
        if (profile) looked.profiles.push(profile);
        const seq = user_topics.told(user_id);
        if (seq > 0) looked.told.push({ user_id, seq });
        if (user_topics.isMoving(user_id)) looked.moving.push(user_id);
      }
      reply(success(looked));
    },
    settled: ({ user_ids, heard }, reply) => {
      const moving = user_ids.flatMap((user_id) => user_topics.settled(user_id) ?? []);
      void Promise.all(heard ? [...moving, registry.connections.heard()] : moving).then(() => reply(success(null)));
    },
    unwatch: ({ session, user_ids }, reply) => {
      watching.unwatch(session, user_ids);
      reply(success(null));
    },
  };
}
