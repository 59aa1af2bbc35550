// Tells all whom it concerns how people look: their friends, those who have loaded them, and whoever may have to go on
// with it. Each change is told once, in the turn in which it came to be; whoever calls says how the person looked before.

import type { IdGenerator } from "../../domain/ids.ts";
import { type Person, type SeenPresence, seenChanges } from "../../domain/presence.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Gateway } from "../delivery/gateway.ts";
import { friendUpdate } from "./announcements.ts";
import type { Standing } from "./calls.ts";
import { FriendsNews } from "./friends-news.ts";
import type { Roll } from "./roll.ts";
import type { UserTopics } from "./user-topics.ts";

export interface PeopleNewsDependencies {
  gateway: Gateway;
  ids: IdGenerator;
  roll: Roll;
  user_topics: UserTopics;
  /** Told how many users others see online, whenever that changes. */
  onCount(online: number): void;
  /** Told how somebody stands, whenever that changes, where another process may have to go on with it. */
  onStanding: ((standing: Standing) => void) | null;
}

export class PeopleNews {
  readonly #on: PeopleNewsDependencies;
  readonly friends: FriendsNews;

  constructor(on: PeopleNewsDependencies) {
    this.#on = on;
    this.friends = new FriendsNews(on.gateway, on.onCount);
  }

  /** Tells friends, and those who have loaded the person, how they look now. */
  announce(person: Person, before: SeenPresence): void {
    const { roll, user_topics } = this.#on;
    const after = roll.look(person.id);
    this.friends.tell(person, before, after);
    const changes = seenChanges(before, after);
    if (changes) user_topics.publish(person.id, changes);
    this.#note(person);
  }

  /** Takes a stored profile over, and when the person was last online; returns how they looked before. */
  adopt(profile: Profile, last_online: number): SeenPresence {
    const { roll, user_topics } = this.#on;
    const { id, name, status } = profile;
    const before = roll.look(id);
    user_topics.note(profile);
    const entry = roll.entries.get(id);
    if (entry) {
      const { person } = entry;
      entry.person = { id, name, status, last_online: Math.max(person.last_online, last_online) };
    }
    return before;
  }

  /** Tells what an adopted profile changed in how the person looks, and friends of another name. */
  tellAdopted({ id, name, status }: Profile, before: SeenPresence, renamed: boolean, last_online: number): void {
    const { roll, gateway } = this.#on;
    const person = roll.personOf({ id, name, status, last_online });
    const after = roll.look(id);
    const came_or_went = (before.status === "offline") !== (after.status === "offline");
    this.announce(person, before);
    if (renamed && !came_or_went) gateway.publish(`friends:${id}`, friendUpdate(person, after));
  }

  /** What was told of them is known, before anything else of them is told, to whoever may have to go on with it. */
  #note(person: Person): void {
    const { onStanding, ids, roll } = this.#on;
    const entry = roll.entries.get(person.id);
    const game = entry?.game?.standing ?? null;
    onStanding?.({ person, game, is_here: entry !== undefined, version: ids.next() });
  }
}
