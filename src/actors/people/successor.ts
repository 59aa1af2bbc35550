// A registry that goes on where another one ended, without a word to those who are here: from how people stood, as it was
// told, and from the sessions that there are, as their nodes know them. What was stored and not told, or told only to
// some, it finds out. Sessions that can't be told what they missed have to come again.

import type { ChangedHiding, Hiding, ManyPeople } from "../../db/queries/many-people.ts";
import type { StoredProfile } from "../../db/queries/profiles.ts";
import { firstIdAt, idsWithin, nodeOfId } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import { OFFLINE } from "../../domain/presence.ts";
import type { Actors } from "../calls.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import { friendUpdate } from "./announcements.ts";
import type { HeardSession, PresenceCalls } from "./calls.ts";
import type { PresenceRegistry } from "./registry.ts";
import { remainsOf } from "./relations.ts";

export interface SuccessorDependencies {
  registry: PresenceRegistry;
  gateway: Gateway;
  manyPeople: Omit<ManyPeople, "goodLogins">;
  actors: Pick<Actors, "requestIfThere">;
  /** Where the database can't be read now: settles when it may be tried again. */
  pause(): Promise<unknown>;
  clock(): number;
}

interface Stored {
  reached: ReadonlyMap<number, number>;
  /** Whose bots are here. */
  owners: ReadonlyMap<number, number>;
  hiding: readonly Hiding[];
  /** What the owner before changed last: profiles, and whom somebody hides from, or doesn't any more. */
  profiles: readonly StoredProfile[];
  hiding_lately: readonly ChangedHiding[];
}

type Inherited = PresenceCalls["inherit"]["request"];

/** Rooms that hear of a departure at the same time. */
const ROOMS_AT_ONCE = 32;

export class Successor {
  readonly #on: SuccessorDependencies;

  /** Those whose accounts ended lately, of which the rooms that they were in have heard. */
  #departed: ReadonlySet<number> = new Set();

  constructor(on: SuccessorDependencies) {
    this.#on = on;
  }

  /** Nothing is handled before it has settled. */
  async inherit(inherited: Inherited): Promise<void> {
    const { registry } = this.#on;
    const stored = await this.#stored(inherited);
    if (!stored) return;
    this.#takeIn(inherited, stored);
    for (const { one, from } of stored.hiding) registry.blindness.inherit(one, from);
    const by_user = Map.groupBy(inherited.sessions, ({ user_id }) => user_id);
    for (const [user_id, heard] of by_user) this.#catchUp(user_id, heard, stored.reached.get(user_id) ?? 0);
    for (const profile of stored.profiles) this.#retellProfile(profile);
    for (const changed of stored.hiding_lately) this.#retellHiding(changed);
    void this.hintAtDepartures();
    const separated = [...stored.reached].filter(([, reached]) => reached > this.#lately);
    for (const [user_id] of separated) registry.watching.separated({ user_id, from: null });
  }

  /** How these people look now, to sessions of that node who hear of them. */
  retell({ node, people }: PresenceCalls["retell"]["request"]): void {
    const { registry, gateway } = this.#on;
    for (const read of people) {
      const [person, seen] = [registry.roll.personOf(read), registry.roll.look(read.id)];
      for (const session of gateway.subscribers(`friends:${read.id}`)) {
        if (nodeOfId(session) === node) gateway.send(session, friendUpdate(person, seen));
      }
      const seeing = this.#watchersAt(node, read.id).filter(
        (session) => !registry.blindness.ofSession(session, read.id),
      );
      registry.user_topics.show(read.id, seeing, seen);
    }
  }

  /** Rooms hear of the accounts that ended lately, once of each: whoever ended one may be gone, and have told nobody. */
  async hintAtDepartures(): Promise<void> {
    const { actors, manyPeople } = this.#on;
    const left = await manyPeople.leftLately(idsWithin(limits.people_lately_ms)).catch(() => null);
    if (!left) return;
    const unheard = left.filter(({ user_id }) => !this.#departed.has(user_id));
    this.#departed = new Set(left.map(({ user_id }) => user_id));
    const rooms = [...new Set(unheard.map(({ id }) => id))];
    for (let at = 0; at < rooms.length; at += ROOMS_AT_ONCE) {
      const some = rooms.slice(at, at + ROOMS_AT_ONCE);
      await Promise.all(some.map((id) => actors.requestIfThere(`room:${id}`, "departed", null)));
    }
  }

  #takeIn({ standings, sessions, opening }: Inherited, { reached, owners }: Stored): void {
    const { registry, gateway } = this.#on;
    const by_user = Map.groupBy(sessions, ({ user_id }) => user_id);
    for (const standing of standings) {
      const { id, last_online } = standing.person;
      if (!standing.is_here) {
        registry.roll.left(id, last_online);
        continue;
      }
      const read = { stored: reached.get(id) ?? 0, owner_id: owners.get(id) ?? null };
      registry.inherit(standing, by_user.get(id) ?? [], read);
    }
    for (const { session, user_id } of opening) {
      registry.connections.admit(user_id, session);
      // What it has read may lack what was stored since.
      registry.self_topics.inherit(user_id, reached.get(user_id) ?? 0);
    }
    for (const { session, user_id } of sessions) {
      if (!registry.roll.entries.has(user_id)) gateway.close(session, "server_fault");
    }
  }

  #watchersAt(node: number, user_id: number): SessionId[] {
    return this.#on.gateway.subscribers(`user:${user_id}`).filter((session) => nodeOfId(session) === node);
  }

  /** What was stored and not told is told; who wasn't told what others of the user's sessions were, comes again. */
  #catchUp(user_id: number, heard: readonly HeardSession[], reached: number): void {
    const { registry, gateway } = this.#on;
    const { self_topics } = registry;
    const told = self_topics.told(user_id);
    for (const one of heard) if (one.told < told) gateway.close(one.session, "server_fault");
    if (reached > told) self_topics.catchUp(user_id);
  }

  #retellProfile({ last_online, ...profile }: StoredProfile): void {
    const { registry, gateway } = this.#on;
    const watchers = gateway.subscribers(`user:${profile.id}`);
    if (profile.deleted) {
      registry.user_topics.note(profile);
      registry.user_topics.show(profile.id, watchers, remainsOf(profile));
      return registry.watching.hide(profile.id);
    }
    const before = registry.news.adopt(profile, last_online);
    registry.user_topics.retell(profile, watchers);
    registry.news.tellAdopted(profile, before, true, last_online);
  }

  /** Nobody may have been told of it: they see how the one looks to them now, whatever they had read before. */
  #retellHiding({ one, from, hides }: ChangedHiding): void {
    const { roll, blindness, user_topics } = this.#on.registry;
    blindness.inheritTold(one, from, hides);
    const sessions = blindness.viewersOf(from).flatMap((viewer) => [...roll.sessionsOf(viewer)]);
    for (const [is_blind, alike] of Map.groupBy(sessions, (session) => blindness.ofSession(session, one))) {
      user_topics.show(one, alike, is_blind ? OFFLINE : roll.look(one));
    }
  }

  /** Of whose own topic goes beyond it, others may have read just before what they had in common. */
  get #lately(): number {
    return firstIdAt(this.#on.clock() - limits.people_lately_ms);
  }

  /** Null where the registry has ended before it could be read. */
  async #stored({ standings, opening }: Inherited): Promise<Stored | null> {
    const { registry, manyPeople, pause } = this.#on;
    const here = standings.flatMap(({ person, is_here }) => (is_here ? person.id : []));
    const user_ids = [...new Set([...here, ...opening.map(({ user_id }) => user_id)])];
    // Nobody but the owner changes these: within that of its last change it may have told none, however long ago it died.
    const within = idsWithin(limits.people_lately_ms);
    while (!registry.hasEnded) {
      try {
        const [reached, owners, hiding, profiles, hiding_lately] = await Promise.all([
          manyPeople.reached(user_ids),
          manyPeople.ownersOf(user_ids),
          manyPeople.hidingFrom(user_ids),
          manyPeople.profilesLately(within),
          manyPeople.hidingLately(within),
        ]);
        return registry.hasEnded ? null : { reached, owners, hiding, profiles, hiding_lately };
      } catch {
        await pause();
      }
    }
    return null;
  }
}
