// Who is told what of a change: each event goes to those who may see what it tells of, a category or channel gained or
// lost to whom it concerns, and nothing to anybody else. It sends; it decides nothing and keeps nothing.

import { isDeepStrictEqual } from "node:util";
import type { Category, Channel, Member } from "../../../domain/community.ts";
import type * as wire from "../../../protocol/community/entities.ts";
import { type EventData, type EventType, encodeEvent } from "../../../protocol/community/events.ts";
import type { Gateway, SessionId } from "../../delivery/gateway.ts";
import type { Subscribers } from "../subscribers.ts";
import { categoryView, channelView } from "../views.ts";
import type { Structure } from "./structure.ts";

/** An event of a change, with the `seq` of the row that it tells of. */
export type PlannedEvent = {
  [Name in EventType]: {
    type: Name;
    seq: number;
    data: EventData<Name>;
    /** Only those who may view this category or channel are told; absent: everybody subscribed to the server. */
    viewers_of?: number;
  };
}[EventType];

/** What is told about, and to whom: a room. */
export interface Audience {
  readonly id: number;
  readonly on: { readonly gateway: Gateway };
  readonly structure: Structure;
  readonly subscribers: Subscribers;
  knownMember(user_id: number): Member | null;
}

/** The categories and channels that each subscribed session's user may know of. */
export type Sight = ReadonlyMap<SessionId, ReadonlySet<number>>;

export function sightOf(room: Audience): Sight {
  const sight = new Map<SessionId, ReadonlySet<number>>();
  for (const [session, { user_id }] of room.subscribers.entries()) {
    const member = room.knownMember(user_id);
    if (member) sight.set(session, room.structure.placesVisibleTo(member));
  }
  return sight;
}

/**
 * Under which a session is told what it gained and lost sight of: the last of it as `whole`, all before as `unfinished`,
 * so that a client that was cut off in between has a `seq` from which it is told again.
 */
export interface SightSeqs {
  readonly unfinished: number;
  readonly whole: number;
}

/** Tells each session what it gained and lost sight of since `before`, and ends what it heard of lost channels. */
export function tellSight(room: Audience, before: Sight, created: ReadonlySet<number>, seqs: SightSeqs): void {
  const after = sightOf(room);
  const differenceOf = differences((id) => room.structure.place(id) !== undefined && !created.has(id));
  const framesAt = memoized((seq: number) => ({
    added: memoized((id: number) => frameOfAdded(room, id, seq)),
    deleted: memoized((id: number) => frameOfDeleted(room, isChannel(room, id) ? "channel" : "category", id, seq)),
  }));
  for (const [session, { on_server, channels }] of [...room.subscribers.entries()]) {
    const [had, has] = [before.get(session), after.get(session)];
    if (!had || !has) continue;
    const { gained, lost } = differenceOf(had, has);
    const told = [
      ...lost.filter((id) => on_server || channels.has(id)).map((id) => ({ id, how: "deleted" as const })),
      ...(on_server ? gained : []).map((id) => ({ id, how: "added" as const })),
    ];
    for (const id of lost) room.subscribers.fromChannel(session, id);
    for (const [index, { id, how }] of told.entries()) {
      const seq = index === told.length - 1 ? seqs.whole : seqs.unfinished;
      room.on.gateway.send(session, framesAt(seq)[how](id));
    }
  }
}

/** By channel: by which roles one can view it, as somebody who listens to it has loaded it. */
export type ListedRoles = ReadonlyMap<number, wire.Channel["roles"]>;

/** Of the channels that somebody listens to: what follows from roles and categories, and has no event of its own. */
export function listedRoles({ structure, subscribers }: Audience): ListedRoles {
  const listened = new Set([...subscribers.entries()].flatMap(([, { channels }]) => [...channels]));
  const channels = [...listened].flatMap((id) => structure.channel(id) ?? []);
  return new Map(channels.map((channel) => [channel.id, channelView(structure, channel).roles]));
}

/** Tells those who have loaded a channel by which other roles it can be viewed now. */
export function tellRoles(room: Audience, before: ListedRoles, sight: Sight, { whole }: SightSeqs): void {
  for (const [id, roles] of listedRoles(room)) {
    if (isDeepStrictEqual(before.get(id), roles)) continue;
    const frame = encodeEvent("channel_updated", `server:${room.id}`, whole, {
      server_id: room.id,
      channel: { id, roles },
    });
    for (const [session, { on_server, channels }] of room.subscribers.entries()) {
      if (on_server && channels.has(id) && sight.get(session)?.has(id)) room.on.gateway.send(session, frame);
    }
  }
}

export function tellEvent(room: Audience, { type, seq, data, viewers_of }: PlannedEvent, before: Sight): void {
  const frame = encodeEvent(type, `server:${room.id}`, seq, data);
  if (viewers_of === undefined) return room.on.gateway.publish(`server:${room.id}`, frame);
  const is_new = type === "channel_added" || type === "category_added";
  for (const [session, { user_id, on_server }] of room.subscribers.entries()) {
    const member = room.knownMember(user_id);
    if (!on_server || !member || !room.structure.placesVisibleTo(member).has(viewers_of)) continue;
    // Those who see it only now were brought it whole.
    if (is_new || before.get(session)?.has(viewers_of)) room.on.gateway.send(session, frame);
  }
}

/** Tells those who could view it that it is gone. */
export function tellDeleted(room: Audience, kind: Kind, { id, seq }: { id: number; seq: number }, before: Sight): void {
  const frame = frameOfDeleted(room, kind, id, seq);
  for (const [session, { on_server, channels }] of [...room.subscribers.entries()]) {
    const listened = channels.has(id) || (on_server && before.get(session)?.has(id));
    room.subscribers.fromChannel(session, id);
    if (listened) room.on.gateway.send(session, frame);
  }
}

type Kind = "category" | "channel";

const isChannel = ({ structure }: Audience, id: number) => structure.channel(id) !== undefined;

function frameOfAdded(room: Audience, id: number, seq: number): string {
  const topic = `server:${room.id}`;
  const place = room.structure.place(id) as Category | Channel;
  if (!("category_id" in place)) {
    return encodeEvent("category_added", topic, seq, { server_id: room.id, category: categoryView(place) });
  }
  const channel = channelView(room.structure, place);
  return encodeEvent("channel_added", topic, seq, { server_id: room.id, category_id: place.category_id, channel });
}

function frameOfDeleted(room: Audience, kind: Kind, id: number, seq: number): string {
  const topic = `server:${room.id}`;
  if (kind === "channel") return encodeEvent("channel_deleted", topic, seq, { server_id: room.id, channel_id: id });
  return encodeEvent("category_deleted", topic, seq, { server_id: room.id, category_id: id });
}

interface Difference {
  gained: number[];
  lost: number[];
}

/** Compares two sets once, however many sessions share them: those of equal standing do. */
function differences(counts: (id: number) => boolean) {
  const without = (from: ReadonlySet<number>, what: ReadonlySet<number>) =>
    [...from].filter((id) => !what.has(id) && counts(id));
  const from = memoized((had: ReadonlySet<number>) =>
    memoized((has: ReadonlySet<number>): Difference => {
      // A category comes before its channels, and goes after them.
      return { gained: without(has, had), lost: without(had, has).reverse() };
    }),
  );
  return (had: ReadonlySet<number>, has: ReadonlySet<number>) => from(had)(has);
}

function memoized<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
