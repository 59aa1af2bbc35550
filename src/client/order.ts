// The order of what the server lists, which is the server's own: channels as they are shown, roles by rank, members by
// id, conversations by activity.

import type { CachedChannel, CachedServer, Turn } from "./cache.ts";
import { activityOf } from "./conversations.ts";

type Placed = { id: number; position: number };
type Compare<Thing> = (one: Thing, other: Thing) => number;

const byPlace: Compare<Placed> = (one, other) => one.position - other.position || one.id - other.id;
const byRank: Compare<Placed> = (one, other) => other.position - one.position || one.id - other.id;

/** Brings in order what the turn has changed. */
export function putInOrder({ kept: { cache }, changes }: Turn): void {
  for (const change of changes) {
    if (change.kind === "conversations" && cache.conversations) {
      cache.conversations = ordered(cache.conversations, (one, other) => activityOf(other) - activityOf(one));
    }
    const server = "server_id" in change ? cache.servers.get(change.server_id) : undefined;
    if (!server) continue;
    if (change.kind === "channels") orderPlaces(server);
    if (change.kind === "roles" && server.roles) server.roles = ordered(server.roles, byRank);
    if (change.kind === "members")
      server.members = ordered(server.members, (one, other) => one.user_id - other.user_id);
  }
}

function orderPlaces(server: CachedServer): void {
  if (server.categories) server.categories = ordered(server.categories, byPlace);
  if (!server.channels || !hasPlaces(server)) return;
  // Outside any category is above all of them.
  const ranks = new Map<number | null, number>([[null, -1]]);
  for (const id of server.categories?.keys() ?? []) ranks.set(id, ranks.size);
  const rankOf = ({ category_id }: CachedChannel) => ranks.get(category_id) ?? ranks.size;
  server.channels = ordered(
    server.channels,
    (one, other) => rankOf(one) - rankOf(other) || byPlace(one as Placed, other as Placed),
  );
}

/** Older servers list channels without their places. */
export const hasPlaces = ({ channels }: CachedServer) =>
  [...(channels?.values() ?? [])].every(({ position }) => typeof position === "number");

/** The same map where it was in order. */
function ordered<Thing>(things: Map<number, Thing>, compare: Compare<Thing>): Map<number, Thing> {
  let before: Thing | undefined;
  for (const thing of things.values()) {
    if (before !== undefined && compare(before, thing) > 0) {
      return new Map([...things].sort(([, one], [, other]) => compare(one, other)));
    }
    before = thing;
  }
  return things;
}
