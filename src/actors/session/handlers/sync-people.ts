// People as an owner of topics that `sync` asks about: how each looks now, and their profile where it has changed since it
// was heard of. Profiles of the others aren't read.

import type { Store } from "../../../db/store.ts";
import { OFFLINE } from "../../../domain/presence.ts";
import type { Profile } from "../../../domain/profile.ts";
import type { User } from "../../../protocol/community/entities.ts";
import { GONE, RESET, type SyncedTopic } from "../../../protocol/community/sync.ts";
import { success } from "../../../protocol/outcome.ts";
import type { Asking } from "../../calls.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Look, Viewer } from "../../people/calls.ts";
import { viewerOf } from "../../viewer.ts";
import type { Requester } from "../calls.ts";
import { newer, userView } from "./people.ts";
import type { Owner } from "./sync-passes.ts";

interface Dependencies {
  actors: Asking;
  store: Pick<Store, "users">;
}

/** By person, the `seq` to which their topic was heard. */
type HeardPeople = ReadonlyMap<number, number>;

/** Those who have something in common with the asker, as they are stored. */
interface Found {
  readonly viewer: Viewer;
  readonly ids: readonly number[];
  /** Of all of them. */
  readonly seqs: ReadonlyMap<number, number>;
  /** Of those whose profile isn't as it was heard. */
  readonly profiles: ReadonlyMap<number, Profile>;
}

/** Begins to read at once: what is read of other topics meanwhile goes to the database together with it. */
export function peopleOwner({ actors, store }: Dependencies, from: Requester, heard: HeardPeople): Owner {
  let gathered: Found | null = null;
  const find = () => findSince(store, from.id, heard);
  let ahead: Promise<Found> | null = find();
  // Whoever asks for it is told of its failure.
  ahead.catch(() => undefined);
  const look = <Value>({ ids, viewer }: Found, judge: (looked: Look) => Value, reply: Reply<Value>) =>
    actors.ask("presence", "look", { user_ids: ids, viewer, watch_with: from.session }, (looked) =>
      reply(looked.ok ? success(judge(looked.value)) : looked),
    );
  return {
    topics: [...heard.keys()].map((id) => `user:${id}`),
    async gather() {
      if (gathered) await actors.request("presence", "settled", { user_ids: gathered.ids });
      gathered = await (ahead ?? find());
      ahead = null;
      return success({ bytes: 0 });
    },
    holds(reply) {
      if (!gathered) return reply(success(false));
      actors.ask("presence", "look", { user_ids: gathered.ids, viewer: null, watch_with: null }, (looked) =>
        reply(looked.ok ? success(looked.value.moving.length === 0) : looked),
      );
    },
    answer(reply) {
      const found = gathered;
      if (found) look(found, (looked) => (looked.moving.length > 0 ? null : answersOf(heard, found, looked)), reply);
    },
    async insist(_bytes, reply) {
      const found = await find();
      look(found, (looked) => answersOf(heard, found, looked), reply);
    },
    unsubscribe: (dropped) => {
      const user_ids = dropped.map((topic) => Number(topic.slice("user:".length)));
      actors.tell("presence", "unwatch", { session: from.session, user_ids });
    },
  };
}

/** Whoever hasn't heard of the person at all has no profile of theirs. */
const isNews = (seq: number, since: number) => seq > since || since === 0;

async function findSince(store: Pick<Store, "users">, asker_id: number, heard: HeardPeople): Promise<Found> {
  const seen = await store.users.seenBy(asker_id, [...heard.keys()]);
  const seqs = new Map<number, number>();
  const news: number[] = [];
  for (const { id, seq } of seen) {
    if (seq === null) continue;
    seqs.set(id, seq);
    if (isNews(seq, heard.get(id) ?? 0)) news.push(id);
  }
  const profiles = new Map((await store.users.profiles(news)).map((profile) => [profile.id, profile]));
  for (const { id, deleted } of profiles.values()) if (deleted) seqs.delete(id);
  const listed = seen.map(({ id, hides }) => ({ user_id: id, hides }));
  return { viewer: viewerOf(asker_id, listed), ids: [...seqs.keys()], seqs, profiles };
}

function answersOf(
  heard: HeardPeople,
  { seqs, profiles }: Found,
  { seen, profiles: told_profiles, left_out, told }: Look,
): [string, SyncedTopic][] {
  const without = new Set(left_out);
  const presences = new Map(seen.map(({ user_id, presence }) => [user_id, presence]));
  const told_seqs = new Map(told.map(({ user_id, seq }) => [user_id, seq]));
  const told_lately = new Map(told_profiles.map((profile) => [profile.id, profile]));
  return [...heard].map(([id, since]) => {
    const stored = seqs.get(id);
    const topic = `user:${id}`;
    if (stored === undefined || without.has(id)) return [topic, stored === undefined ? GONE : RESET];
    const [read, lately] = [profiles.get(id), told_lately.get(id)];
    const profile = lately ? newer(read, lately) : read;
    const seq = Math.max(stored, profile?.seq ?? 0, told_seqs.get(id) ?? 0, since);
    const presence = presences.get(id) ?? OFFLINE;
    const { status, playing } = presence;
    const changed = profile && isNews(profile.seq, since);
    const data = changed ? withoutDate(userView(profile, presence)) : { id, status, playing };
    return [topic, { seq, events: [{ type: "user_changed", topic, seq, data }] }];
  });
}

function withoutDate({ created_date: _, ...user }: User): Omit<User, "created_date"> {
  return user;
}
