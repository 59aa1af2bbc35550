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

/**
 * Tells each session what it gained and lost sight of, and by which other roles the channels that it has loaded can be
 * viewed now, which has no event of its own; `viewed_before` is null where that stays. Ends what it heard of lost
 * channels.
 */
export function tellSight(
  { room, telling, before, after }: Occasion,
  created: ReadonlySet<number>,
  viewed_before: ViewingRoles | null,
  seqs: SightSeqs,
): void {
  const counts = (id: number) => room.structure.place(id) !== undefined && !created.has(id);
  const differenceOf = differences(counts);
  const frames = framesOfSight(room, seqs);
  const regranted = viewed_before ? changedViewers(room, viewed_before) : [];
  for (const [session, has] of after) {
    const had = before.get(session);
    const subscriber = room.subscribers.of(session);
    if (!had || !subscriber) continue;
    const { on_server, channels } = subscriber;
    const roles_of = on_server ? regranted.filter((id) => channels.has(id) && had.has(id) && has.has(id)) : [];
    if (had !== has) {
      const difference = differenceOf(had, has);
      const { lost } = difference;
      if (!on_server)
        telling.tellAll(session, frames.worded({ gained: [], lost: lost.filter((id) => channels.has(id)) }));
      else telling.tellAll(session, roles_of.length > 0 ? frames.begun(difference) : frames.of(difference));
      for (const id of lost) room.subscribers.fromChannel(session, id);
    }
    for (const [at, id] of roles_of.entries()) telling.tell(session, frames.roles(id, at === roles_of.length - 1));
  }
}

/** The frames of a difference, the last of which alone is `whole`, or none where more follows: made once for all. */
function framesOfSight(room: Audience, { unfinished, whole }: SightSeqs) {
  const kindOf = (id: number): Kind => (room.structure.channel(id) ? "channel" : "category");
  const added = memoized((seq: number) => memoized((id: number): Frame => frameOfAdded(room, id, seq)));
  const deleted = memoized((seq: number) => memoized((id: number): Frame => frameOfDeleted(room, kindOf(id), id, seq)));
  const roles = memoized((seq: number) => memoized((id: number): Frame => frameOfRoles(room, id, seq)));
  const ending =
    (last: number) =>
    ({ gained, lost }: Difference): Frame[] => {
      const told = [...lost.map((id) => ({ id, of: deleted })), ...gained.map((id) => ({ id, of: added }))];
      return told.map(({ id, of }, at) => of(at === told.length - 1 ? last : unfinished)(id));
    };
  const worded = ending(whole);
  return {
    worded,
    of: memoized(worded),
    begun: memoized(ending(unfinished)),
    roles: (id: number, is_last: boolean) => roles(is_last ? whole : unfinished)(id),
  };
}

/** The channels that can be viewed by other roles than before. */
function changedViewers({ structure }: Audience, viewed_before: ViewingRoles): number[] {
  const channel_ids = structure.channels().map(({ id }) => id);
  return structure.viewing.changedSince(viewed_before, channel_ids);
}

function frameOfRoles({ id: server_id, structure }: Audience, id: number, seq: number): LateFrame {
  const { viewing } = structure;
  return lateFrame(() => {
    const channel = { id, roles: viewing.of(id).map(roleSummary) };
    return encodeEvent("channel_updated", `server:${server_id}`, seq, { server_id, channel });
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
  const is_new = type === "channel_added" || type === "category_added";
  for (const [session, has] of after) {
    if (!has.has(viewers_of)) continue;
    // Those who see it only now were brought it whole.
    const is_told = is_new || before.get(session)?.has(viewers_of);
    if (is_told && room.subscribers.of(session)?.on_server) telling.tell(session, frame);
  }
}

/** An event that is one of several of its kind in a change. */
type Part = Extract<PlannedEvent, { type: "channel_updated" | "category_updated" }>;

/** Tells the events of a change, in their order: several in a row that change an order as parts of one. */
export function tellEvents(occasion: Occasion, events: readonly PlannedEvent[]): void {
  for (let at = 0; at < events.length; ) {
    const { type } = events[at] as PlannedEvent;
    const end = events.findIndex((event, index) => index > at && event.type !== type);
    const run = events.slice(at, end === -1 ? events.length : end);
    if (areParts(run)) tellTogether(occasion, run);
    else for (const event of run) tellEvent(occasion, event);
    at += run.length;
  }
}

const areParts = (run: readonly PlannedEvent[]): run is Part[] =>
  (run[0]?.type === "channel_updated" || run[0]?.type === "category_updated") && run.some(({ moves }) => moves);

/** All but the last that a session is told say that there is more. */
function tellTogether({ room, telling, before, after }: Occasion, parts: readonly Part[]): void {
  const topic = `server:${room.id}` as const;
  const frames = parts.map(({ type, seq, data }) => {
    const worded = (more: object) =>
      lateFrame(() => encodeEvent(type, topic, seq, { ...(typeof data === "function" ? data() : data), ...more }));
    return { whole: worded({}), begun: worded({ more: true }) };
  });
  for (const [session, has] of after) {
    const had = before.get(session);
    if (!had || !room.subscribers.of(session)?.on_server) continue;
    const told = frames.filter((_, at) => {
      const { viewers_of } = parts[at] as Part;
      return viewers_of === undefined || (has.has(viewers_of) && had.has(viewers_of));
    });
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
  const frame = frameOfDeleted(room, kind, id, seq);
  for (const [session, { on_server, channels }] of [...room.subscribers.entries()]) {
    const listened = channels.has(id) || (on_server && before.get(session)?.has(id));
    room.subscribers.fromChannel(session, id);
    if (listened) telling.tell(session, frame);
  }
}

type Kind = "category" | "channel";

/** As it looks now. */
function frameOfAdded({ id: server_id, structure }: Audience, id: number, seq: number): LateFrame {
  const topic = `server:${server_id}`;
  const place = structure.place(id) as Category | Channel;
  const now: Surroundings = { server: { id: server_id }, viewing: structure.viewing };
  return lateFrame(() => {
    if (!("category_id" in place)) {
      return encodeEvent("category_added", topic, seq, { server_id, category: categoryView(now, place) });
    }
    const { category_id } = place;
    return encodeEvent("channel_added", topic, seq, { server_id, category_id, channel: channelView(now, place) });
  });
}

function frameOfDeleted({ id: server_id }: Audience, kind: Kind, id: number, seq: number): LateFrame {
  const topic = `server:${server_id}`;
  return lateFrame(() =>
    kind === "channel"
      ? encodeEvent("channel_deleted", topic, seq, { server_id, channel_id: id })
      : encodeEvent("category_deleted", topic, seq, { server_id, category_id: id }),
  );
}

interface Difference {
  gained: number[];
  lost: number[];
}

/** Compares two sights once, however many sessions share them: those of equal standing do. */
function differences(counts: (id: number) => boolean) {
  const from = memoized((had: Sight) =>
    memoized((has: Sight): Difference => {
      // A category comes before its channels, and goes after them.
      return { gained: has.without(had).filter(counts), lost: had.without(has).filter(counts).reverse() };
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
