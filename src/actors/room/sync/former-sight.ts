// What a member could see of a server at an earlier `seq`: the structure put back together from what stands, what ended
// since, and what triggers kept of who could view what. It only computes.

import type { RoomHistory } from "../../../db/queries/rooms.ts";
import type { Category, Channel, Member } from "../../../domain/community.ts";
import { Structure } from "../structure/structure.ts";

export interface FormerSight {
  readonly structure: Structure;
  /** Ids of the categories and channels. */
  readonly places: ReadonlySet<number>;
}

/** Whether what the member may follows from whose bot it is, or what was chosen for it, which isn't known as of `since`. */
export function followsOther({ bot, seq }: Member, since: number): boolean {
  return bot !== null && (seq > since || bot.owner === null || bot.owner.seq > since);
}

/** Whether the member could view the channel, which stands, at `since`, by what bears on it of what changed. */
export function couldView(
  now: Structure,
  member: Member,
  since: number,
  channel: Channel,
  history: RoomHistory,
): boolean {
  const { joined_seq, former } = history;
  if (joined_seq === null || since < joined_seq) return false;
  const held = former.flatMap(({ kind, value }) => (kind === "channel" ? [value.category_id] : []));
  const categories = [...new Set([channel.category_id, ...held])].flatMap((id) => now.category(id ?? 0) ?? []);
  return sightThen({ now, categories, channels: [channel] }, member, since, history).places.has(channel.id);
}

/** The structure as it was at `since`, as far as viewing goes: names and positions are those of today. */
export function formerSight(now: Structure, member: Member, since: number, history: RoomHistory): FormerSight {
  return sightThen({ now, categories: now.categories(), channels: now.channels() }, member, since, history);
}

/** Of the places that stand, those that are asked about. */
interface Asked {
  readonly now: Structure;
  readonly categories: readonly Category[];
  readonly channels: readonly Channel[];
}

function sightThen(asked: Asked, member: Member, since: number, history: RoomHistory): FormerSight {
  const { now } = asked;
  const former = new Map(history.former.map((value) => [`${value.kind} ${value.id}`, value]));
  const { ended, former_role_ids } = history;
  // Ids and seqs come from one generator: what has a lower id was there already.
  const there = <Thing extends { id: number }>(standing: readonly Thing[], gone: readonly Thing[]) =>
    [...standing, ...gone].filter(({ id }) => id <= since);
  const roles = there(now.roles(), ended.roles).map((role) => {
    const was = former.get(`role ${role.id}`);
    return was?.kind === "role" ? { ...role, rules: was.value } : role;
  });
  const categories = there(asked.categories, ended.categories).map((category) => {
    const was = former.get(`category ${category.id}`);
    return was?.kind === "category" ? { ...category, overwrites: was.value } : category;
  });
  const channels = there(asked.channels, ended.channels).map((channel): Channel => {
    const was = former.get(`channel ${channel.id}`);
    return was?.kind === "channel" ? { ...channel, ...was.value } : channel;
  });
  const owner = former.get(`server ${now.server.id}`);
  const server = owner?.kind === "server" ? { ...now.server, owner_id: owner.value } : now.server;
  const structure = new Structure({ server, roles, categories, channels });
  const places = structure.placesVisibleTo({ ...member, role_ids: former_role_ids ?? member.role_ids });
  return { structure, places };
}
