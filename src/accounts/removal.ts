// The end of an account: its memberships end in their rooms, as if it had left; then the user and their friendships go
// in one transaction, and whoever had them in a list or has loaded them is told. What they wrote stays.

import type { Actors } from "../actors/calls.ts";
import type { OrderedTopics, Place } from "../actors/delivery/ordered-topics.ts";
import { deleted_user_name } from "../db/queries/users.ts";
import type { Store } from "../db/store.ts";
import type { IdGenerator } from "../domain/ids.ts";
import type { Person } from "../domain/presence.ts";
import type { Profile } from "../domain/profile.ts";
import { encodeEvent } from "../protocol/community/events.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";

export interface RemovalDependencies {
  store: Pick<Store, "users" | "friendships" | "rooms">;
  actors: Actors;
  topics: OrderedTopics;
  ids: IdGenerator;
  clock(): number;
}

/** `conflict` while the user owns servers. What fails on the way can be asked for again. */
export async function removeUser(on: RemovalDependencies, person: Person): Promise<Outcome<null>> {
  const { store, actors } = on;
  const user_id = person.id;
  const ownsServers = async () => (await store.rooms.ownedBy(user_id)).length > 0;
  if (await ownsServers()) return owner();
  const left = await leaveServers(on, user_id);
  if (!left.ok) return left;
  // Leaving many took a while.
  if (await ownsServers()) return owner();
  await removeAndTell(on, person);
  actors.tell("presence", "revoke", { user_id, logins: null });
  // What was joined meanwhile. The account is gone, whatever becomes of this.
  await leaveServers(on, user_id);
  return success(null);
}

const owner = () => failure("conflict", "Servers that you own must be transferred or deleted first.");

async function leaveServers({ store, actors }: RemovalDependencies, user_id: number): Promise<Outcome<null>> {
  for (const { id } of await store.rooms.listOf(user_id)) {
    const left = await actors.request(`room:${id}`, "depart", { user_id });
    if (!left.ok) return left;
  }
  return success(null);
}

async function removeAndTell(on: RemovalDependencies, person: Person): Promise<void> {
  const { store, actors, topics, ids, clock } = on;
  const related = await store.friendships.listFor(person.id);
  const seq = ids.next();
  const own = topics.reserve(`user:${person.id}`, seq);
  const places = new Map(related.map(({ id }) => [id, topics.reserve(`self:${id}`, seq)]));
  const release = () => [own, ...places.values()].forEach((place) => void place.release());
  const removed = await store.users.remove(person.id, { seq, now: clock() }).catch((error) => {
    release();
    throw error;
  });
  if (!removed) return release();
  await new Promise<void>((resolve) => {
    const profile: Profile = { id: person.id, ...remains, status: "online", created_at: 0, seq, deleted: true };
    actors.ask("presence", "part", { user: person, profile, peers: removed.peers }, () => {
      tellWatchers(own, person.id);
      for (const peer of removed.peers) tellPeer(places.get(peer) ?? topics.reserve(`self:${peer}`), person);
      release();
      resolve();
    });
  });
}

/** What others see of a user who is gone. */
const remains = { name: deleted_user_name, profile_pic: null, bio: null, custom_status: null };

function tellWatchers(place: Place, id: number): void {
  const changes = { id, ...remains, status: "offline" as const, playing: null };
  place.publish(encodeEvent("user_changed", `user:${id}`, place.seq, changes));
}

function tellPeer(place: Place, { id, name }: Person): void {
  const data = { user_id: id, name, state: "none" as const };
  place.publish(encodeEvent("friend_deleted", "self", place.seq, data));
}
