// The events that bring somebody's copy of a server, as they saw it at an earlier `seq`, to what they see now. What they
// can't view now and couldn't then is in none of them. It only computes.

import { isDeepStrictEqual } from "node:util";
import type { ChangedMember, RoomHistory } from "../../../db/queries/rooms.ts";
import type { Category, Channel, Member } from "../../../domain/community.ts";
import type { EventData, EventType } from "../../../protocol/community/events.ts";
import type { SyncedEvent } from "../../../protocol/community/sync.ts";
import type { Structure } from "../structure/structure.ts";
import { categoryView, channelView, type MemberProfile, memberView, roleView } from "../views.ts";
import { type FormerSight, formerSight } from "./former-sight.ts";

export interface ServerCopy {
  readonly now: Structure;
  /** Whose copy it is. */
  readonly member: Member;
  readonly since: number;
  readonly history: RoomHistory;
  /** The `seq` of the server's last event. */
  readonly seq: number;
  profileOf(member: ChangedMember): MemberProfile;
}

/** An event with its place: by `seq`, and among those of one `seq` by `rank`. */
interface Placed {
  readonly event: SyncedEvent;
  readonly rank: number;
}

type Put = <Name extends EventType>(type: Name, seq: number, data: EventData<Name>, rank?: number) => void;

/** Whether there is room for more, when it is time for it. */
type GoesOn = () => Promise<boolean>;

/** What is told first of one `seq`: whatever others refer to is there before them, and goes after them. */
const rank = { thing: 0, category: 1, channel: 2, category_gone: 3, roles_of_channel: 4 };

/**
 * Oldest first, with about how many bytes they take; null where that is more than `most`. `turn` is awaited between
 * pieces of it: what is put together while the structure changes is of no use, and does no harm.
 */
export async function serverChanges(
  copy: ServerCopy,
  most: number,
  turn: () => Promise<void>,
): Promise<{ events: SyncedEvent[]; bytes: number } | null> {
  const placed: Placed[] = [];
  const topic = `server:${copy.now.server.id}`;
  let bytes = 0;
  const put: Put = (type, seq, data, at = rank.thing) => {
    bytes += Buffer.byteLength(JSON.stringify(data));
    placed.push({ event: { type, topic, seq, data } as SyncedEvent, rank: at });
  };
  const goesOn: GoesOn = async () => {
    await turn();
    return bytes <= most;
  };
  putServer(copy, put);
  putRoles(copy, put);
  await putPlaces(copy, put, goesOn);
  await putMembers(copy, put, goesOn);
  if (bytes > most) return null;
  placed.sort((one, other) => one.event.seq - other.event.seq || one.rank - other.rank);
  return { events: placed.map(({ event }) => event), bytes };
}

function putServer({ now: { server }, since }: ServerCopy, put: Put): void {
  if (server.seq <= since) return;
  const { id: server_id, name, image, description, owner_id, locked_at, joins } = server;
  const locked = locked_at !== null;
  put("server_updated", server.seq, { server_id, name, image, description, owner_id, locked, joins });
}

function putRoles({ now, since, history }: ServerCopy, put: Put): void {
  const server_id = now.server.id;
  for (const role of now.roles()) {
    if (role.id > since) put("role_added", role.id, { server_id, role: roleView(role) });
    else if (role.seq > since) put("role_changed", role.seq, { server_id, role: roleView(role) });
  }
  for (const { id, seq } of history.ended.roles) put("role_deleted", seq, { server_id, role_id: id });
}

async function putPlaces(copy: ServerCopy, put: Put, goesOn: GoesOn): Promise<void> {
  const { now, member, since, history } = copy;
  const sees = now.placesVisibleTo(member);
  const then = formerSight(now, member, since, history);
  const told_at = await putChannels(copy, sees, then, put, goesOn);
  const server_id = now.server.id;
  /** Before the channels that it holds now, after those that it held. */
  const first = (id: number, seq: number) => Math.min(seq, ...(told_at.now_in.get(id) ?? []));
  const last = (id: number, seq: number) => Math.max(seq, ...(told_at.then_in.get(id) ?? []));
  for (const category of now.categories()) {
    if (!(await goesOn())) return;
    const { id, seq } = category;
    const [had, has] = [then.places.has(id), sees.has(id)];
    const data = { server_id, category: categoryView(now, category) };
    if (has && !had) put("category_added", first(id, cameAt(category, since)), data, rank.category);
    else if (has && seq > since) put("category_updated", seq, data, rank.category);
    else if (had && !has)
      put("category_deleted", last(id, since + 1), { server_id, category_id: id }, rank.category_gone);
  }
  for (const { id, seq } of history.ended.categories) {
    if (then.places.has(id)) put("category_deleted", last(id, seq), { server_id, category_id: id }, rank.category_gone);
  }
}

/** At which `seq` channels were told of, by the category they are in, and by the one that they were in. */
interface ToldAt {
  now_in: Map<number | null, number[]>;
  then_in: Map<number | null, number[]>;
}

async function putChannels(
  copy: ServerCopy,
  sees: ReadonlySet<number>,
  then: FormerSight,
  put: Put,
  goesOn: GoesOn,
): Promise<ToldAt> {
  const { now, since, history } = copy;
  const server_id = now.server.id;
  const changed_roles = new Set(now.roles().flatMap(({ id, seq }) => (seq > since ? id : [])));
  const may_change_viewers = changed_roles.size + history.former.length + history.ended.roles.length > 0;
  const told_at: ToldAt = { now_in: new Map(), then_in: new Map() };
  const note = (of: Map<number | null, number[]>, category_id: number | null, seq: number) =>
    void (of.get(category_id)?.push(seq) ?? of.set(category_id, [seq]));
  const gone = (id: number, seq: number) => {
    put("channel_deleted", seq, { server_id, channel_id: id }, rank.channel);
    note(told_at.then_in, then.structure.channel(id)?.category_id ?? null, seq);
  };
  for (const channel of now.channels()) {
    if (!(await goesOn())) break;
    const { id, seq, category_id } = channel;
    const [had, has] = [then.places.has(id), sees.has(id)];
    if (had && !has) gone(id, since + 1);
    if (!has) continue;
    const at = had ? seq : cameAt(channel, since);
    if (!had) put("channel_added", at, { server_id, category_id, channel: channelView(now, channel) }, rank.channel);
    else if (seq > since) put("channel_updated", at, { server_id, channel: changesOf(now, channel) }, rank.channel);
    else if (may_change_viewers) putRolesOfChannel(copy, channel, then, changed_roles, put);
    if (at > since) note(told_at.now_in, category_id, at);
    if (at > since && had) note(told_at.then_in, then.structure.channel(id)?.category_id ?? null, at);
  }
  for (const { id, seq } of history.ended.channels) if (then.places.has(id)) gone(id, seq);
  return told_at;
}

/** When something came to be seen: when it was made or, if it was there already, before all else. */
function cameAt({ id }: Category | Channel, since: number): number {
  return id > since ? id : since + 1;
}

/** All but what never changes. */
function changesOf(structure: Structure, channel: Channel): EventData<"channel_updated">["channel"] {
  const { server_id: _, ...changes } = channelView(structure, channel);
  return changes;
}

/** Who can view a channel follows from roles and categories as well. */
function putRolesOfChannel(
  { now, seq }: ServerCopy,
  channel: Channel,
  then: FormerSight,
  changed_roles: ReadonlySet<number>,
  put: Put,
): void {
  const before = then.structure.channel(channel.id);
  const { roles } = channelView(now, channel);
  // Their names then aren't known.
  const names_may_differ = roles.some(({ id }) => changed_roles.has(id));
  if (!names_may_differ && before && isDeepStrictEqual(channelView(then.structure, before).roles, roles)) return;
  const data = { server_id: now.server.id, channel: { id: channel.id, roles } };
  put("channel_updated", seq, data, rank.roles_of_channel);
}

/** Who came and went, or went and came back, is told of as they were and are: so how many there are can be counted. */
async function putMembers({ now, since, history, profileOf }: ServerCopy, put: Put, goesOn: GoesOn): Promise<void> {
  const server_id = now.server.id;
  for (const changed of history.members) {
    if (!(await goesOn())) return;
    const { user_id, seq, joined_seq, was_there, left } = changed;
    if (left && was_there) put("member_deleted", seq, { server_id, user_id });
    if (left) continue;
    const member = memberView(changed, profileOf(changed));
    const { nickname, roles, joined_date, timed_out_until, rules } = member;
    const has = { nickname, roles, timed_out_until, ...(rules && { rules }) };
    const came_again = was_there && joined_seq > since;
    const changes = { user_id, ...has, ...(came_again && { joined_date }) };
    // A bot may be without rules of its own that it had before: no change could say so.
    const is_another = came_again && member.bot === true;
    if (is_another) put("member_deleted", joined_seq, { server_id, user_id });
    if (was_there && !is_another) put("member_changed", seq, { server_id, member: changes });
    else put("member_added", joined_seq, { server_id, member });
  }
}
