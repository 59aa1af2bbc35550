// Catching up after an absence: what is asked of `sync`, what its answer does, and what is still to be asked after it.

import type { SyncedTopic } from "../protocol/community/sync.ts";
import { type Cache, type Change, type Kept, type Load, nothingKept, type Turn, takeTurn } from "./cache.ts";
import type { EventFrame } from "./contract.ts";
import { applyEvent } from "./events.ts";
import { dropTopic, resetTopic, startAnew } from "./forgetting.ts";

export type SyncedTopics = Record<string, SyncedTopic>;

/** What of it is this user's and of this history, ready to be synced; and where it is another now. */
export function keptUnder(kept: Kept, user_id: number, epoch: string): { kept: Kept; changes: Change[] } {
  if (kept.user_id === 0) return { kept: { ...kept, user_id, epoch }, changes: [] };
  if (kept.user_id !== user_id) return { kept: nothingKept(user_id, epoch), changes: placesIn(kept) };
  if (kept.epoch !== epoch) return { kept: startAnew(kept, epoch), changes: placesIn(kept) };
  return { kept, changes: takeTurn(kept, prepareToSync) };
}

function placesIn({ cache }: Kept): Change[] {
  const windows = [...cache.windows.keys()].map((channel_id): Change => ({ kind: "messages", channel_id }));
  const pins = [...cache.pins.keys()].map((channel_id): Change => ({ kind: "pins", channel_id }));
  const users = [...cache.users.keys()].map((user_id): Change => ({ kind: "user", user_id }));
  return [
    { kind: "servers" },
    { kind: "friends" },
    { kind: "conversations" },
    { kind: "notification_settings" },
    { kind: "last_read" },
    ...windows,
    ...pins,
    ...users,
  ];
}

/** What is kept is made such that it can be brought up to date: there is a `seq` for all of it, and it is whole. */
function prepareToSync(turn: Turn): void {
  undoOpenChange(turn);
  for (const topic of [...turn.kept.upkeep.wanted]) resetTopic(turn, topic);
}

/** The server would take a part of a change for all of it: it is to tell it again. */
function undoOpenChange({ kept: { cache, upkeep }, changes }: Turn): void {
  const { open_change } = upkeep;
  upkeep.open_change = null;
  const server = open_change && cache.servers.get(open_change.server_id);
  if (!server) return;
  const { seq, categories, channels } = open_change.before;
  Object.assign(server, { categories, channels });
  upkeep.seqs.set(`server:${server.id}`, { seq, told: true });
  changes.push({ kind: "channels", server_id: server.id });
}

/** The `seq` of all topics that are kept, in slices of so many. */
export function syncSlices({ upkeep }: Kept, length: number): Record<string, number>[] {
  const topics = [...upkeep.seqs].map(([topic, { seq }]) => [topic, seq] as const);
  const slices: Record<string, number>[] = [];
  for (let from = 0; from < topics.length; from += length) {
    slices.push(Object.fromEntries(topics.slice(from, from + length)));
  }
  return slices;
}

/** Takes the answer, and returns what happened, in order; what the cache had already is no news. */
export function applySynced(turn: Turn, topics: SyncedTopics): EventFrame[] {
  const news: EventFrame[] = [];
  for (const [topic, synced] of Object.entries(topics)) {
    if ("gone" in synced) dropTopic(turn, topic);
    else if ("reset" in synced) resetTopic(turn, topic);
    else {
      // Before its events, since they may end it.
      turn.kept.upkeep.seqs.set(topic, { seq: synced.seq, told: false });
      for (const event of synced.events) {
        if (isKnown(turn.kept.cache, event)) continue;
        applyEvent(turn, event);
        news.push(event);
      }
    }
  }
  return news;
}

/** How people look each answer says, whether or not it was otherwise before. */
function isKnown({ users }: Cache, event: EventFrame): boolean {
  if (event.type !== "user_changed") return false;
  const known = new Map(Object.entries(users.get(event.data.id) ?? {}));
  return Object.entries(event.data).every(([name, value]) => known.get(name) === value);
}

/** Where there is no `sync`, all is loaded again. */
export function applyNotSynced(turn: Turn, topics: Iterable<string>): void {
  for (const topic of topics) resetTopic(turn, topic);
}

/** One request of those that bring what is kept up to date. */
export type Need =
  | { kind: "load"; load: Load }
  | { kind: "users"; user_ids: number[] }
  | { kind: "topics"; topics: string[] };

const LOADS_AT_ONCE = 16;

/** What is to be asked next; nothing once all that is kept is up to date. */
export function needsOf({ upkeep }: Kept, page_length: number, topics_per_request: number): Need[] {
  const needs: Need[] = [];
  for (const load of upkeep.loads.values()) {
    if (needs.length < LOADS_AT_ONCE) needs.push({ kind: "load", load: withLength(load, page_length) });
  }
  const wanted = [...upkeep.wanted];
  const users = wanted.filter((topic) => topic.startsWith("user:")).slice(0, page_length);
  const topics = wanted.filter((topic) => !topic.startsWith("user:")).slice(0, topics_per_request);
  if (users.length > 0) {
    needs.push({ kind: "users", user_ids: users.map((topic) => Number(topic.slice("user:".length))) });
  }
  // What is loaded first brings the seqs of most.
  if (topics.length > 0 && upkeep.loads.size === 0) needs.push({ kind: "topics", topics });
  return needs;
}

export const hasNeeds = ({ upkeep }: Kept) => upkeep.loads.size > 0 || upkeep.wanted.size > 0;

function withLength(load: Load, page_length: number): Load {
  if (!("amount" in load.parameters)) return load;
  return { ...load, parameters: { ...load.parameters, amount: page_length } } as Load;
}
