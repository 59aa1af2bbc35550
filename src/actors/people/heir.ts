// A registry that goes on where another one ended, without a word to those who are here: from how people stood, as it was
// told, and from the sessions that there are, as their nodes know them. What was stored and not told, or told only to
// some, it finds out. Sessions that can't be told what they missed have to come again.

import type { Hiding, ManyPeople } from "../../db/queries/many-people.ts";
import { firstIdAt, nodeOfId } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Gateway, SessionId } from "../delivery/gateway.ts";
import { friendUpdate } from "./announcements.ts";
import type { HeardSession, PresenceCalls } from "./calls.ts";
import type { PresenceRegistry } from "./registry.ts";

export interface HeirDependencies {
  registry: PresenceRegistry;
  gateway: Gateway;
  manyPeople: Pick<ManyPeople, "reached" | "ownersOf" | "hidingFrom">;
  profiles(ids: readonly number[]): Promise<Profile[]>;
  /** Where the database can't be read now: settles when it may be tried again. */
  pause(): Promise<unknown>;
  clock(): number;
}

interface Stored {
  reached: ReadonlyMap<number, number>;
  /** Whose bots are here. */
  owners: ReadonlyMap<number, number>;
  hiding: readonly Hiding[];
  /** Those that changed a moment ago. */
  profiles: readonly Profile[];
}

type Inherited = PresenceCalls["inherit"]["request"];

export class Heir {
  readonly #on: HeirDependencies;

  constructor(on: HeirDependencies) {
    this.#on = on;
  }

  /** Nothing is handled before it has settled. */
  async inherit({ standings, sessions, opening }: Inherited): Promise<void> {
    const { registry } = this.#on;
    const by_user = Map.groupBy(sessions, ({ user_id }) => user_id);
    const here = standings.filter(({ is_here }) => is_here);
    const stored = await this.#stored(
      here.map(({ person }) => person.id),
      sessions,
    );
    for (const { session, user_id } of opening) registry.connections.admit(user_id, session);
    for (const standing of here) {
      const { id } = standing.person;
      const read = { stored: stored.reached.get(id) ?? 0, owner_id: stored.owners.get(id) ?? null };
      registry.inherit(standing, by_user.get(id) ?? [], read);
    }
    const known = new Set(here.map(({ person }) => person.id));
    for (const { session, user_id } of sessions) {
      if (!known.has(user_id)) this.#on.gateway.close(session, "server_fault");
    }
    for (const { one, from } of stored.hiding) registry.blindness.inherit(one, from);
    for (const [user_id, heard] of by_user) this.#catchUp(user_id, heard, stored.reached.get(user_id) ?? 0);
    for (const profile of stored.profiles) this.#retellProfile(profile);
  }

  #heardOf(sessions: readonly HeardSession[]): number[] {
    return [...new Set(sessions.flatMap(({ session }) => [...this.#on.gateway.people(session)]))];
  }

  #watchersAt(node: number, user_id: number): SessionId[] {
    return this.#on.gateway.subscribers(`user:${user_id}`).filter((session) => nodeOfId(session) === node);
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

  /** What was stored and not told is told; who wasn't told what others of the user's sessions were, comes again. */
  #catchUp(user_id: number, heard: readonly HeardSession[], reached: number): void {
    const { registry, gateway } = this.#on;
    const { self_topics, watching } = registry;
    const told = self_topics.told(user_id);
    for (const one of heard) if (one.told < told) gateway.close(one.session, "server_fault");
    if (reached > told) self_topics.catchUp(user_id);
    if (reached > this.#lately) watching.separated({ user_id, from: null });
  }

  #retellProfile(profile: Profile): void {
    const { registry, gateway } = this.#on;
    if (profile.deleted) return registry.watching.hide(profile.id);
    const before = registry.adopt(profile, 0);
    registry.user_topics.retell(profile, gateway.subscribers(`user:${profile.id}`));
    // Who isn't here is known by nothing else that friends are told.
    if (registry.roll.entries.has(profile.id)) registry.tellAdopted(profile, before, true, 0);
  }

  /** What has a greater number may not have been told. */
  get #lately(): number {
    return firstIdAt(this.#on.clock() - limits.people_lately_ms);
  }

  async #stored(user_ids: readonly number[], sessions: readonly HeardSession[]): Promise<Stored> {
    const { manyPeople, profiles, pause } = this.#on;
    for (;;) {
      try {
        const [reached, owners, hiding, read] = await Promise.all([
          manyPeople.reached(user_ids),
          manyPeople.ownersOf(user_ids),
          manyPeople.hidingFrom(user_ids),
          profiles(this.#heardOf(sessions)),
        ]);
        return { reached, owners, hiding, profiles: read.filter(({ seq }) => seq > this.#lately) };
      } catch {
        await pause();
      }
    }
  }
}
