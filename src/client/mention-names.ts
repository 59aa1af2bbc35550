// Who and what can be mentioned in a place, and what each is called there, as far as the cache knows.

import type { Cache } from "./cache.ts";
import type { Readable } from "./options.ts";

/** Where something is written: a channel of a server, or of a conversation. */
export interface WritingPlace {
  server_id: number | null;
  channel_id: number;
}

/** Somebody who can be meant there. */
export interface Mentionable {
  user_id: number;
  name: string;
  nickname: string | null;
  profile_pic: string | null;
}

export interface NamedRole {
  id: number;
  name: string;
  color: string | null;
}

type Known = Readable<Cache>;

/** Those who are loaded, in the server's order. */
export function peopleOf(cache: Known, { server_id, channel_id }: WritingPlace): Iterable<Mentionable> {
  if (server_id) return cache.servers.get(server_id)?.members.values() ?? [];
  for (const { channel_id: id, members } of cache.conversations?.values() ?? []) {
    if (id === channel_id) return members.map((member) => ({ ...member, nickname: null }));
  }
  return [];
}

/** What somebody is called, in this order of its being known: as a user, and there. */
export function userName(cache: Known, place: WritingPlace, user_id: number): string | null {
  const member = place.server_id ? cache.servers.get(place.server_id)?.members.get(user_id) : undefined;
  const known = member?.name ?? cache.users.get(user_id)?.name;
  if (known) return known;
  if (place.server_id) return null;
  for (const person of peopleOf(cache, place)) if (person.user_id === user_id) return person.name;
  return null;
}

/** What somebody is shown as there: their nickname, where they have one. */
export function shownName(cache: Known, place: WritingPlace, user_id: number): string | null {
  const member = place.server_id ? cache.servers.get(place.server_id)?.members.get(user_id) : undefined;
  return member?.nickname ?? userName(cache, place, user_id);
}

/** Everybody's role is none that is mentioned. */
export function rolesOf(cache: Known, { server_id }: WritingPlace): NamedRole[] {
  const roles = server_id ? (cache.servers.get(server_id)?.roles?.values() ?? []) : [];
  return [...roles].filter(({ position }) => position > 0);
}

export function channelsNamed(cache: Known, { server_id }: WritingPlace, name: string): number[] {
  const channels = server_id ? (cache.servers.get(server_id)?.channels?.values() ?? []) : [];
  return [...channels].flatMap((channel) => (channel.name === name ? [channel.id] : []));
}
