// How a server's structure and members are changed: decided alone among changes, committed, applied, answered, and
// told. Those who gained or lost sight of something are told first, then come the events, then those who came or went.
// What others wrote of the server meanwhile, by the end of an account, is taken in first.

import { DatabaseError } from "../../db/engine/driver.ts";
import type { Write } from "../../db/engine/write.ts";
import type { SavedRoom } from "../../db/queries/rooms.ts";
import type { IdGenerator } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import { busy, success } from "../../protocol/outcome.ts";
import { type Change, DECISIONS } from "../commit/commit.ts";
import type { Reply } from "../kernel/actor.ts";
import { lockOf } from "./asker.ts";
import type { Decide, Plan, PlannedRows } from "./plan.ts";
import type { Room } from "./room.ts";
import { selfNews } from "./self-news.ts";
import {
  type PlannedEvent,
  type SightSeqs,
  sightsOf,
  tellDeleted,
  tellEvents,
  tellSight,
} from "./structure/audience.ts";
import { Telling } from "./structure/telling.ts";

/** The numbers that a change takes: those of what is gained and lost are lower than those of its rows. */
interface Numbers {
  sight: SightSeqs;
  /** Of the last row. */
  seq: number;
}

/**
 * Makes a change. `decide` gets the next `seq` by calling its argument, in the order of its events; it is called again
 * where what it decided no longer holds when it is stored.
 */
export function makeChange<Value>(room: Room, decide: Decide<Value>, reply: Reply<Value>): Promise<void> {
  return room.gate.exclusively(async () => {
    for (let left = DECISIONS; left > 0; left -= 1) {
      if (room.hasEnded) return reply(busy());
      const sight = sightSeqs(room.on.ids);
      let seq = room.storedSeq;
      const decided = await decide(() => {
        seq = room.on.ids.next();
        return seq;
      });
      if (!decided.ok) return reply(decided);
      const plan = decided.value;
      if (Object.keys(plan.rows).length === 0) return reply(success(plan.value()));
      const locked = plan.while_locked ? null : lockOf(room);
      if (locked) return reply(locked);
      const change = changeOf(room, plan, { sight, seq }, reply);
      const committed = await room.gate.whileChanging(() => room.on.commit(room, change));
      if (committed === "done") return;
      await takeIn(room);
    }
    reply(busy());
  });
}

/**
 * Numbers of the sight's own, lower than those of the rows: a client that was told only this lacks the rows' change. The
 * one that is passed over keeps `unfinished` from being another's.
 */
function sightSeqs(ids: IdGenerator): SightSeqs {
  ids.next();
  const whole = ids.next();
  return { unfinished: whole - 1, whole };
}

function changeOf<Value>(
  room: Room,
  plan: Plan<Value>,
  { sight, seq }: Numbers,
  reply: Reply<Value>,
): Change<SavedRoom> {
  const { rows } = plan;
  const news = selfNews(room, plan);
  const kept = keptOverwrites(room, rows);
  const tokens = rowsCost(room, rows, kept);
  let tellListeners: TellListeners = () => undefined;
  return {
    write: () => writeOf(room, plan, { sight_seq: sight.whole, kept_overwrites: kept }),
    unsure: news.unsure,
    apply() {
      tellListeners = listening(room, rows);
      room.apply(rows, seq);
    },
    answer: () => reply({ ok: true, value: plan.value(), tokens }),
    tell(saved) {
      tellListeners(plan.events?.() ?? [], sight);
      news.tell(saved.self, rows.server ?? room.structure.server);
      if (rows.message_sweeps) room.on.sweepNoted();
    },
  };
}

/**
 * A change may find much else that changes with it, such as all channels that name a role; or, with a category's
 * overwrites, who sees the channels in it.
 */
function rowsCost(room: Room, rows: PlannedRows, kept: ReadonlySet<number>): number {
  const { server: _, ...lists } = rows;
  const written = Object.values(lists).reduce((sum, list) => sum + list.length, 0);
  const judged = (rows.categories ?? []).filter(({ id }) => !kept.has(id));
  const shown = judged.reduce((sum, { id }) => sum + room.structure.channels(id).length, 0);
  return Math.floor((written + shown) / limits.rows_per_token);
}

function writeOf(
  room: Room,
  plan: Plan<unknown>,
  found: { sight_seq: number; kept_overwrites: ReadonlySet<number> },
): Write<SavedRoom> {
  const { rows, picture, arrival, note = null, audit = [], also = [] } = plan;
  const [now, known_seq] = [room.on.clock(), room.storedSeq];
  if (arrival === undefined) {
    const guarded = { known_seq, note, audit, also, ...(picture && { picture }) };
    return room.on.store.rooms.save(room.id, { ...rows, ...guarded, ...found, now });
  }
  const [member] = rows.members ?? [];
  const server = rows.server ?? room.structure.server;
  if (!member) throw new Error("nobody is there who comes in");
  const at_most = limits.servers_per_user;
  const joining = { server_id: room.id, member, server, ...arrival, known_seq, at_most };
  return room.on.store.rooms.join({ ...joining, audit, also, now });
}

/** The places whose lists are not written again: they can be many, and long. */
function keptOverwrites({ structure }: Room, { categories = [], channels = [] }: PlannedRows): ReadonlySet<number> {
  const kept = [...categories, ...channels].filter(({ id, overwrites }) => {
    return structure.place(id)?.overwrites === overwrites;
  });
  return new Set(kept.map(({ id }) => id));
}

type TellListeners = (events: readonly PlannedEvent[], sight: SightSeqs) => void;

/** Who listens as the rows find them; what is returned, called when these are applied, tells them what has changed. */
function listening(room: Room, rows: PlannedRows): TellListeners {
  const before = sightsOf(room);
  const viewing = mayChangeRoles(rows) ? room.structure.viewing : null;
  const places = [...(rows.categories ?? []), ...(rows.channels ?? [])];
  const created = new Set(places.filter(({ id }) => !room.structure.place(id)).map(({ id }) => id));
  return (events, sight) => {
    for (const { user_id } of rows.left_members ?? []) room.subscribers.dropUser(user_id);
    const telling = new Telling(room.on.gateway);
    const occasion = { room, telling, before, after: sightsOf(room) };
    tellSight(occasion, created, viewing, sight, events);
    tellEvents(occasion, events);
    for (const channel of rows.deleted_channels ?? []) tellDeleted(occasion, "channel", channel);
    for (const category of rows.deleted_categories ?? []) tellDeleted(occasion, "category", category);
    telling.handOver();
  };
}

/** Whether they may change by which roles channels can be viewed, beside those of channels, which tell of it. */
function mayChangeRoles({ roles, deleted_roles, categories, deleted_categories }: PlannedRows): boolean {
  return [roles, deleted_roles, categories, deleted_categories].some(Boolean);
}

/** Takes in, and tells, what others wrote of the server since the room looked. It must be alone among changes. */
export async function takeIn(room: Room): Promise<void> {
  const { store } = room.on;
  const since = room.storedSeq;
  const greatest = await store.rooms.lastSeq(room.id);
  const departed = await store.rooms.departedSince(room.id, since);
  const newest = departed.at(-1)?.seq ?? since;
  // Something else was changed, by whom it may not be.
  if (greatest > newest) return room.end();
  await room.gate.whileChanging(async () => {
    for (const left of departed) takeInDeparture(room, left);
  });
}

function takeInDeparture(room: Room, { user_id, seq }: { user_id: number; seq: number }): void {
  const { server } = room.structure;
  const rows = { server: { ...server, num_members: server.num_members - 1 }, left_members: [{ user_id, seq }] };
  const tellListeners = listening(room, rows);
  room.apply(rows, seq);
  const data = { server_id: room.id, user_id };
  // Nobody gains or loses sight of anything when somebody else goes.
  tellListeners([{ type: "member_deleted", seq, data }], { unfinished: seq, whole: seq });
}

/** The end of an account is taken in when changes let it, and as often as it takes to read it. */
export async function takeInLater(room: Room): Promise<void> {
  for (let taken_in = false; !taken_in; ) {
    taken_in = await room.gate.exclusively(async () => room.deleted || room.hasEnded || (await hasTakenIn(room)));
    if (!taken_in) await new Promise<void>((resolve) => void setTimeout(resolve, limits.catching_up_retry_ms));
  }
}

/** False where it can't be read now. */
async function hasTakenIn(room: Room): Promise<boolean> {
  try {
    await takeIn(room);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError) return false;
    throw error;
  }
}
