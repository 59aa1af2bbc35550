// Who is told what of a change: each event goes to those who may see what it tells of, a category or channel gained or
// lost to whom it concerns, and nothing to anybody else. It gathers what is told; it decides nothing and keeps nothing.

import type { Category, Channel, Member } from "../../../domain/community.ts";
import { type EventData, type EventType, encodeEvent } from "../../../protocol/community/events.ts";
import type { Gateway, SessionId } from "../../delivery/gateway.ts";
import { type Frame, type LateFrame, lateFrame } from "../../delivery/late-frame.ts";
import type { Subscribers } from "../subscribers.ts";
import { categoryView, channelView, roleSummary, type Surroundings } from "../views.ts";
import type { Sight } from "./sight.ts";
import type { Structure } from "./structure.ts";
import type { Telling } from "./telling.ts";
import type { ViewingRoles } from "./viewing-roles.ts";

/** An event of a change, with the `seq` of the row that it tells of. */
export type PlannedEvent = {
  [Name in EventType]: {
    type: Name;
    seq: number;
    /** As a function, it is called when the event is worded: it rests on values that stay as they are. */
    data: EventData<Name> | (() => EventData<Name>);
    /** Only those who may view this category or channel are told; absent: everybody subscribed to the server. */
    viewers_of?: number;
    /** It changes an order, which others of its kind in the change may change with it. */
    moves?: boolean;
    /** What these users are told in its place: whoever it tells of hides from them. */
    hiding?: { from: ReadonlySet<number>; data: EventData<Name> };
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

/** What each subscribed session's user sees. */
export type Sights = ReadonlyMap<SessionId, Sight>;

export function sightsOf(room: Audience): Sights {
  const sights = new Map<SessionId, Sight>();
  for (const [session, { user_id }] of room.subscribers.entries()) {
    const member = room.knownMember(user_id);
    if (member) sights.set(session, room.structure.sightOf(member));
  }
  return sights;
}

/** How a change is told. */
interface Occasion {
  readonly room: Audience;
  readonly telling: Telling;
  /** What was seen before it. */
  readonly before: Sights;
  readonly after: Sights;
}

/**
 * Under which a session is told what follows from a change and has no number of its own: the last of it as `whole`, all
 * before as `unfinished`, one less, so that it shows which client was cut off in between.
 */
export interface SightSeqs {
  readonly unfinished: number;
  readonly whole: number;
}

/** How a frame of what follows from a change ends: under which number, and whether more of an order is to come. */
interface Ending {
  readonly seq: number;
  readonly part: { readonly more?: true };
}

const MORE = { more: true } as const;

/**
 * Tells each session what it gained and lost sight of, and by which other roles the channels that it has loaded can be
 * viewed now, which has no event of its own; `viewed_before` is null where that stays. Ends what it heard of lost
 * channels. Where `events` change an order, all of it is part of that.
 */
export function tellSight(
  { room, telling, before, after }: Occasion,
  created: ReadonlySet<number>,
  viewed_before: ViewingRoles | null,
  seqs: SightSeqs,
  events: readonly PlannedEvent[],
): void {
  const counts = (id: number) => room.structure.place(id) !== undefined && !created.has(id);
  const parts = changesOrder(events) ? events.filter(isPart) : [];
  const differenceOf = differences(counts, parts);
  const ended = { seq: seqs.whole, part: {} };
  const begun = { seq: seqs.unfinished, part: parts.length > 0 ? MORE : {} };
  const followed = { seq: seqs.whole, part: MORE };
  const frames = framesOfSight(room, begun);
  const regranted = viewed_before ? changedViewers(room, viewed_before) : [];
  for (const [session, has] of after) {
    const had = before.get(session);
    const subscriber = room.subscribers.of(session);
    if (!had || !subscriber) continue;
    const { on_server, channels } = subscriber;
    const roles_of = on_server ? regranted.filter((id) => channels.has(id) && had.has(id) && has.has(id)) : [];
    if (had === has && roles_of.length === 0) continue;
    const difference = differenceOf(had, has);
    const { lost, is_followed } = difference;
    const last = on_server && is_followed ? followed : ended;
    if (!on_server) {
      const known = { gained: [], lost: lost.filter((id) => channels.has(id)) };
      telling.tellAll(session, frames.worded(last, known));
    } else telling.tellAll(session, frames.of(roles_of.length > 0 ? begun : last)(difference));
    for (const id of lost) room.subscribers.fromChannel(session, id);
    for (const [at, id] of roles_of.entries())
      telling.tell(session, frames.roles(at < roles_of.length - 1 ? begun : last)(id));
  }
}

/** The frames of a difference, all but the last of which are `begun`: made once for all. */
function framesOfSight(room: Audience, begun: Ending) {
  const kindOf = (id: number): Kind => (room.structure.channel(id) ? "channel" : "category");
  const added = memoized((end: Ending) => memoized((id: number): Frame => frameOfAdded(room, id, end)));
  const deleted = memoized((end: Ending) => memoized((id: number): Frame => frameOfDeleted(room, kindOf(id), id, end)));
  const worded = (last: Ending, { gained, lost }: Pick<Difference, "gained" | "lost">): Frame[] => {
    const told = [...lost.map((id) => ({ id, of: deleted })), ...gained.map((id) => ({ id, of: added }))];
    return told.map(({ id, of }, at) => of(at === told.length - 1 ? last : begun)(id));
  };
  return {
    worded,
    of: memoized((last: Ending) => memoized((difference: Difference) => worded(last, difference))),
    roles: memoized((end: Ending) => memoized((id: number): Frame => frameOfRoles(room, id, end))),
  };
}

/** The channels that can be viewed by other roles than before. */
function changedViewers({ structure }: Audience, viewed_before: ViewingRoles): number[] {
  const channel_ids = structure.channels().map(({ id }) => id);
  return structure.viewing.changedSince(viewed_before, channel_ids);
}

function frameOfRoles({ id: server_id, structure }: Audience, id: number, { seq, part }: Ending): LateFrame {
  const { viewing } = structure;
  return lateFrame(() => {
    const channel = { id, roles: viewing.of(id).map(roleSummary) };
    return encodeEvent("channel_updated", `server:${server_id}`, seq, { server_id, channel, ...part });
  });
}

function tellEvent(
  { room, telling, before, after }: Occasion,
  { type, seq, data, viewers_of, hiding }: PlannedEvent,
): void {
  const topic = `server:${room.id}` as const;
  const encode = () => encodeEvent(type, topic, seq, typeof data === "function" ? data() : data);
  if (hiding) return tellHiding(room, telling, hiding.from, encode(), encodeEvent(type, topic, seq, hiding.data));
  if (viewers_of === undefined) return telling.publish(topic, encode());
  const frame = lateFrame(encode);
  for (const [session, has] of after) {
    const is_told = isToldTo(before.get(session), has, { type, viewers_of });
    if (is_told && room.subscribers.of(session)?.on_server) telling.tell(session, frame);
  }
}

/** Those who see it only now were brought it whole. */
function isToldTo(
  had: Sight | undefined,
  has: Sight,
  { type, viewers_of }: Pick<PlannedEvent, "type" | "viewers_of">,
): boolean {
  if (viewers_of === undefined) return true;
  const is_new = type === "channel_added" || type === "category_added";
  return has.has(viewers_of) && (is_new || had?.has(viewers_of) === true);
}

/** An event that may be one of several by which an order changes. */
type Part = Extract<PlannedEvent, { type: `${Kind}_added` | `${Kind}_updated` }>;

const part_types = ["category_added", "category_updated", "channel_added", "channel_updated"] as const;
const isPart = (event: PlannedEvent): event is Part => part_types.some((type) => type === event.type);
const changesOrder = (events: readonly PlannedEvent[]) => events.some(({ moves }) => moves);

/** Tells the events of a change, in their order: several in a row of categories and channels as parts of one order. */
export function tellEvents(occasion: Occasion, events: readonly PlannedEvent[]): void {
  for (let at = 0; at < events.length; ) {
    const end = events.findIndex((event, index) => index >= at && !isPart(event));
    const run = events.slice(at, end === -1 ? events.length : Math.max(end, at + 1));
    if (changesOrder(run)) tellTogether(occasion, run.filter(isPart));
    else for (const event of run) tellEvent(occasion, event);
    at += run.length;
  }
}

/** All but the last that a session is told say that there is more. */
function tellTogether({ room, telling, before, after }: Occasion, parts: readonly Part[]): void {
  const topic = `server:${room.id}` as const;
  const frames = parts.map(({ type, seq, data }) => {
    const worded = (more: object) =>
      lateFrame(() => encodeEvent(type, topic, seq, { ...(typeof data === "function" ? data() : data), ...more }));
    return { whole: worded({}), begun: worded(MORE) };
  });
  for (const [session, has] of after) {
    const had = before.get(session);
    if (!had || !room.subscribers.of(session)?.on_server) continue;
    const told = frames.filter((_, at) => isToldTo(had, has, parts[at] as Part));
    for (const [at, { whole, begun }] of told.entries()) telling.tell(session, at < told.length - 1 ? begun : whole);
  }
}

/** Tells the users in `from` what is `hidden`, and everybody else what is `shown`. */
function tellHiding(
  { subscribers }: Audience,
  telling: Telling,
  from: ReadonlySet<number>,
  shown: string,
  hidden: string,
): void {
  for (const [session, { user_id, on_server }] of subscribers.entries()) {
    if (on_server) telling.tell(session, from.has(user_id) ? hidden : shown);
  }
}

/** Tells those who could view it that it is gone. */
export function tellDeleted(
  { room, telling, before }: Occasion,
  kind: Kind,
  { id, seq }: { id: number; seq: number },
): void {
  const frame = frameOfDeleted(room, kind, id, { seq, part: {} });
  for (const [session, { on_server, channels }] of [...room.subscribers.entries()]) {
    const listened = channels.has(id) || (on_server && before.get(session)?.has(id));
    room.subscribers.fromChannel(session, id);
    if (listened) telling.tell(session, frame);
  }
}

type Kind = "category" | "channel";

/** As it looks now. */
function frameOfAdded({ id: server_id, structure }: Audience, id: number, { seq, part }: Ending): LateFrame {
  const topic = `server:${server_id}`;
  const place = structure.place(id) as Category | Channel;
  const now: Surroundings = { server: { id: server_id }, viewing: structure.viewing };
  return lateFrame(() => {
    if (!("category_id" in place)) {
      return encodeEvent("category_added", topic, seq, { server_id, category: categoryView(now, place), ...part });
    }
    const { category_id } = place;
    const channel = channelView(now, place);
    return encodeEvent("channel_added", topic, seq, { server_id, category_id, channel, ...part });
  });
}

function frameOfDeleted({ id: server_id }: Audience, kind: Kind, id: number, { seq, part }: Ending): LateFrame {
  const topic = `server:${server_id}`;
  return lateFrame(() =>
    kind === "channel"
      ? encodeEvent("channel_deleted", topic, seq, { server_id, channel_id: id, ...part })
      : encodeEvent("category_deleted", topic, seq, { server_id, category_id: id, ...part }),
  );
}

interface Difference {
  gained: number[];
  lost: number[];
  /** By events of an order that they are part of. */
  is_followed: boolean;
}

/** Compares two sights once, however many sessions share them: those of equal standing do. */
function differences(counts: (id: number) => boolean, parts: readonly Part[]) {
  const from = memoized((had: Sight) =>
    memoized((has: Sight): Difference => {
      // A category comes before its channels, and goes after them.
      const [gained, lost] = [has.without(had).filter(counts), had.without(has).filter(counts).reverse()];
      return { gained, lost, is_followed: parts.some((part) => isToldTo(had, has, part)) };
    }),
  );
  return (had: Sight, has: Sight) => from(had)(has);
}

function memoized<Key, Value extends {}>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
