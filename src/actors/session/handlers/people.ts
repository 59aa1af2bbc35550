// The handlers of the community dialect about people: profiles and friends. They read, and hand changes to the actors
// that own them. What they answer of somebody, and the subscription to that person, come in one turn of the presence
// registry, so that nothing is missed between.

import type { Store } from "../../../db/store.ts";
import { type FriendshipAction, shownRelation } from "../../../domain/friendship.ts";
import { nameKey } from "../../../domain/names.ts";
import type { Pools } from "../../../domain/pools.ts";
import { OFFLINE, type SeenPresence } from "../../../domain/presence.ts";
import type { Profile } from "../../../domain/profile.ts";
import type { FriendEntry, User } from "../../../protocol/community/entities.ts";
import type { user_messages } from "../../../protocol/community/users.ts";
import { failure, success } from "../../../protocol/outcome.ts";
import type { Asking } from "../../calls.ts";
import type { Gateway } from "../../delivery/gateway.ts";
import type { Reply } from "../../kernel/actor.ts";
import { inTurn } from "../../parties.ts";
import { friendshipAddress, type Look, type Viewer } from "../../people/calls.ts";
import { viewerOf } from "../../viewer.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import { lookInQuiet, readAsOf } from "../quiet-read.ts";
import { describeRows, type RelatedEntry } from "../related-people.ts";

/** Times that a list is read again because it changed meanwhile. */
const ATTEMPTS = 16;

type PeopleType = (typeof user_messages)[number]["type"];

export interface PeopleDependencies {
  actors: Asking;
  store: Pick<Store, "friendships" | "users">;
  gateway: Pick<Gateway, "isOpen">;
  /** A list of friends is as much to read as a `sync` of it. */
  pools: Pick<Pools, "syncs">;
}

export function peopleHandlers(on: PeopleDependencies): Handlers<PeopleType> {
  return { ...profileHandlers(on), ...friendHandlers(on) };
}

function profileHandlers(on: PeopleDependencies): Handlers<"get_user" | "get_users" | "update_user"> {
  return {
    get_user: ({ user_id }, from, reply) =>
      readPeople(on, from, [user_id], (read) => {
        if (!read.ok) return reply(read);
        const [user] = read.value.users;
        if (!user) return reply(failure("not_found", "There is no such user."));
        reply(success({ user, ...read.value.topics[`user:${user_id}`] }));
      }),

    get_users: ({ user_ids }, from, reply) =>
      readPeople(on, from, [...new Set(user_ids)], (read) =>
        reply(read.ok ? success({ users: read.value.users, topics: read.value.topics }) : read),
      ),

    update_user: ({ changes }, from, reply) => on.actors.ask(`profile:${from.id}`, "update", { changes }, reply),
  };
}

export interface People {
  /** In the order in which they were asked for. */
  users: User[];
  /** The seq of each one that the session is subscribed to. */
  topics: Record<string, { seq: number }>;
}

/** Reads users as the asker may see them, and subscribes the session to those who are related. */
export async function readPeople(
  { actors, store }: PeopleDependencies,
  from: Requester,
  user_ids: readonly number[],
  reply: Reply<People>,
): Promise<void> {
  await lookInQuiet(
    { actors },
    from.session,
    () => findPeople(store, from.id, user_ids),
    (read) => reply(read.ok ? success(describePeople(read.value.found, read.value.looked)) : read),
  );
}

/** People as they are stored. */
interface FoundPeople {
  asked: readonly number[];
  read: Map<number, Profile>;
  /** Those who have something in common with the asker. */
  known: number[];
  /** The asker, and who of those has blocked them. */
  viewer: Viewer;
}

async function findPeople(
  store: Pick<Store, "users">,
  asker_id: number,
  user_ids: readonly number[],
): Promise<FoundPeople> {
  const [profiles, seen] = await Promise.all([store.users.profiles(user_ids), store.users.seenBy(asker_id, user_ids)]);
  const read = new Map(profiles.map((profile) => [profile.id, profile]));
  const known = seen.flatMap(({ id }) => (read.get(id)?.deleted === false ? id : []));
  const listed = seen.map(({ id, hides }) => ({ user_id: id, hides }));
  return { asked: user_ids, read, known, viewer: viewerOf(asker_id, listed) };
}

/** The same with what the presence registry says of them, in its turn. */
function describePeople({ asked, read, known }: FoundPeople, { seen, profiles, left_out, told }: Look): People {
  const newest = new Map(read);
  for (const profile of profiles) newest.set(profile.id, newer(newest.get(profile.id), profile));
  const presences = new Map(seen.map(({ user_id, presence }) => [user_id, presence]));
  const related = new Set(known);
  const users = asked.flatMap((id) => {
    const profile = newest.get(id);
    return profile ? userView(profile, related.has(id) ? (presences.get(id) ?? OFFLINE) : null) : [];
  });
  const told_seqs = new Map(told.map(({ user_id, seq }) => [user_id, seq]));
  const seqOf = (id: number) => Math.max(newest.get(id)?.seq ?? 0, told_seqs.get(id) ?? 0);
  const without = new Set(left_out);
  const subscribed = known.filter((id) => !without.has(id));
  const topic_seqs = Object.fromEntries(subscribed.map((id) => [`user:${id}`, { seq: seqOf(id) }]));
  return { users, topics: topic_seqs };
}

/** Of what was read and what was told lately. */
export function newer(read: Profile | undefined, told: Profile): Profile {
  return read && read.seq > told.seq ? read : told;
}

/** The public fields alone for a stranger, for whom `seen` is null, and of somebody whose account is deleted. */
export function userView(profile: Profile, seen: SeenPresence | null): User {
  const { id, name, profile_pic, bio, custom_status, created_at, bot, deleted } = profile;
  const known_to_all = { id, name, profile_pic, ...(bot && { bot }) };
  if (!seen || deleted) return known_to_all;
  const { status, playing } = seen;
  const created_date = new Date(created_at).toISOString();
  return { ...known_to_all, bio, status, custom_status, playing, created_date };
}

function friendHandlers(
  on: PeopleDependencies,
): Handlers<"get_friends" | "add_friend" | "update_friend" | "delete_friend"> {
  const { actors, store } = on;

  function act(action: FriendshipAction, from: Requester, peer_id: number, path: string, reply: Reply<FriendEntry>) {
    if (peer_id === from.id) return reply(failure("bad_request", "That is yourself.", { path }));
    const request = { action, user_id: from.id, peer_id };
    actors.ask(friendshipAddress(from.id, peer_id), "act", request, (done) =>
      reply(done.ok ? success(done.value.entry) : done),
    );
  }
  const withFriend =
    (reply: Reply<{ friend: FriendEntry }>): Reply<FriendEntry> =>
    (done) =>
      reply(done.ok ? success({ friend: done.value }) : done);

  return {
    get_friends: (_request, from, reply) => inTurn(on, from, reply, (at) => listFriends(at, from, reply)),

    add_friend: async ({ user_id, name }, from, reply) => {
      if (user_id !== undefined) return act("request", from, user_id, "data.user_id", withFriend(reply));
      if (name === undefined) {
        return reply(failure("bad_request", "One of user_id, name is wanted.", { path: "data.user_id" }));
      }
      const peer = await store.users.byNameKey(nameKey(name));
      if (!peer) return reply(failure("not_found", "There is no such user."));
      act("request", from, peer.id, "data.name", withFriend(reply));
    },

    update_friend: ({ user_id, action }, from, reply) =>
      act(action === "decline" ? "reject" : action, from, user_id, "data.user_id", withFriend(reply)),

    delete_friend: ({ user_id }, from, reply) =>
      act("drop", from, user_id, "data.user_id", (done) => reply(done.ok ? success({}) : done)),
  };
}

/** As of a turn in which just what was read has been told. */
async function listFriends(
  on: PeopleDependencies,
  from: Requester,
  reply: Reply<{ friends: FriendEntry[]; seq: number }>,
): Promise<void> {
  const following = { session: from.session, topic: "user" as const };
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    const { value: rows, seq } = await readAsOf(on, from.id, () => on.store.friendships.listFor(from.id));
    const told = await on.actors.request("presence", "told", { user_id: from.id, seq });
    if (!told.ok) return reply(told);
    if (told.value.seq !== seq) continue;
    const is_answered = await new Promise<boolean>((resolve) => {
      describeRows(on.actors, from.id, rows, null, following, (read) => {
        if (!read.ok) reply(read);
        else if ("stale" in read.value || read.value.self_seq !== seq) return resolve(false);
        else reply(success({ friends: read.value.entries.flatMap(friendEntry), seq }));
        resolve(true);
      });
    });
    if (is_answered) return;
  }
  reply(failure("unavailable", "Too much changes just now; ask again."));
}

function friendEntry({ row, friend }: RelatedEntry): FriendEntry[] {
  const state = shownRelation(row.state);
  if (state === "none") return [];
  return [{ user_id: row.id, name: friend.name, state, since: new Date(row.since).toISOString() }];
}
