// What a room answers and tells, against a database that takes its time in every possible way.

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatMessage } from "../../../src/domain/community.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Frame, Json } from "../../harness/client.ts";
import { CHANNEL, type FakeRoom, fakeRoom, OWNER, SERVER, settled } from "./fake-room.ts";

const READERS = [11, 12, 13];
const SENDERS = [21, 22];
const RUNS = 300;

type Step =
  | { do: "add"; by: number }
  | { do: "add many"; count: number }
  | { do: "edit" | "remove" | "react" | "unreact"; at: number }
  | { do: "remove many" | "remove together"; at: number; count: number }
  /** `above`: upwards from the message at this place; null: the newest. */
  | { do: "load"; reader: number; amount: number; above: number | null }
  | { do: "commit"; count: number }
  | { do: "see" | "answer"; at: number }
  | { do: "acknowledge" | "lose" | "see all" | "answer all" };

const place = fc.nat(300);
const some = <Name extends Step["do"]>(weight: number, ...names: Name[]) => {
  const fields = {
    ...{ by: fc.constantFrom(...SENDERS), at: place, reader: fc.constantFrom(...READERS) },
    ...{ amount: fc.constantFrom(1, 10, 60, 100), above: fc.option(place), count: fc.integer({ min: 1, max: 120 }) },
  };
  return { weight, arbitrary: fc.record({ ...fields, do: fc.constantFrom(...names) }) as fc.Arbitrary<Step> };
};

const step = fc.oneof(
  some(5, "add"),
  some(1, "add many", "remove many", "remove together", "lose"),
  some(4, "edit", "remove", "react", "unreact"),
  some(5, "load"),
  some(6, "commit"),
  some(6, "acknowledge"),
  some(6, "see", "answer", "see all", "answer all"),
);

const stored = (id: number): ChatMessage => ({
  ...{ id, channel_id: CHANNEL, server_id: SERVER, author_id: OWNER, content: "old", created_at: 0, edited_at: null },
  ...{
    reply_to: null,
    attachments: [],
    mentions: [],
    mentions_everyone: false,
    mention_roles: [],
    mentions_here: false,
    reactions: [],
    nonce: null,
    pin_order: null,
    reply_mention: null,
    seq: id,
  },
});

function take(room: FakeRoom, taken: Step): void {
  const { messages } = room;
  const idAt = (at: number) => messages.rows[at % (messages.rows.length || 1)]?.id ?? 1;
  const times = <Value>(count: number, run: (index: number) => Value) =>
    Array.from({ length: count }, (_, at) => run(at));
  switch (taken.do) {
    case "add":
      return room.ask(taken.by, "add_message", { channel_id: CHANNEL, content: "new" });
    case "add many":
      return void times(taken.count, () => take(room, { do: "add", by: 21 }));
    case "remove many":
      return void times(taken.count / 2, (index) => take(room, { do: "remove", at: taken.at + index }));
    case "remove together": {
      const message_ids = times(Math.min(taken.count, limits.messages_deleted_at_once), (index) =>
        idAt(taken.at + index),
      );
      return room.ask(21, "delete_messages", { channel_id: CHANNEL, message_ids });
    }
    case "edit":
      return room.ask(21, "update_message", { message_id: idAt(taken.at), content: `edit ${room.nextId()}` });
    case "remove":
      return room.ask(21, "delete_message", { message_id: idAt(taken.at) });
    case "react":
      return room.ask(21, "add_reaction", { message_id: idAt(taken.at), emoji: "👍" });
    case "unreact":
      return room.ask(21, "remove_reaction", { message_id: idAt(taken.at), emoji: "👍" });
    case "load": {
      const anchor = taken.above === null ? 0 : idAt(taken.above);
      const page = { channel_id: CHANNEL, amount: taken.amount, anchor, direction: true };
      return room.ask(taken.reader, "get_message_chunk", page);
    }
    case "commit":
      return void times(taken.count, () => messages.commit());
    case "see all":
      return void times(messages.reads.length, (at) => messages.see(at));
    case "answer all":
      return void times(messages.reads.length, () => messages.answer(0));
    case "see":
    case "answer":
      return messages[taken.do](taken.at);
    case "acknowledge":
    case "lose":
      return messages[taken.do]();
  }
}

/** A room with so many messages before, after all steps are taken and the database has done all that it was asked. */
async function after(before: number, steps: Step[]): Promise<FakeRoom> {
  const room = fakeRoom(Object.fromEntries([...READERS, ...SENDERS].map((session) => [session, OWNER])));
  for (let count = 0; count < before; count += 1) room.messages.rows.push(stored(room.nextId()));
  for (const taken of steps) {
    take(room, taken);
    await settled();
  }
  await room.messages.drain();
  await room.actors.close();
  expect(room.faults).toEqual([]);
  return room;
}

const withoutMe = ({ reactions, ...message }: Json): Json => ({
  ...message,
  reactions: reactions.map(({ emoji, count }: Json) => ({ emoji, count })),
});

/** Applies an event to a client's copy as the protocol says; what it must not be throws. */
function apply(copy: Map<number, Json>, { type, data }: Frame, from: number): void {
  if (type === "message_added") {
    expect(copy.has(data.id)).toBe(false);
    copy.set(data.id, data);
  }
  if (type === "message_deleted") {
    expect(copy.has(data.id)).toBe(data.id >= from);
    copy.delete(data.id);
  }
  if (type === "message_changed" && data.id >= from) {
    expect(copy.has(data.id)).toBe(true);
    const { reaction: _, ...changes } = data;
    copy.set(data.id, { ...copy.get(data.id), ...changes });
  }
}

/** From each page of the newest, the events after it lead to what is there in the end. */
function expectNewestLeadTo(frames: Frame[], present: Json[]): void {
  for (const { page, events, seq } of pagesIn(frames)) {
    // Where the page begins, all that is newer is known to the client.
    const from = page.has_more ? (page.messages[0]?.id ?? Number.MAX_SAFE_INTEGER) : 0;
    const copy = new Map<number, Json>(page.messages.map((message: Json) => [message.id, withoutMe(message)]));
    for (const event of events) {
      expect(event["seq"]).toBeGreaterThan(seq);
      apply(copy, event, from);
    }
    expect([...copy.values()].sort((one, other) => one.id - other.id)).toEqual(present.filter(({ id }) => id >= from));
  }
}

/** Each page is in order; with the events after it it is as now, and what has nothing beyond it misses nothing. */
function expectPagesLeadTo(frames: Frame[], present: Json[]): void {
  for (const { page, events } of pagesIn(frames)) {
    const ids: number[] = page.messages.map(({ id }: Json) => id);
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
    const copy = new Map<number, Json>(page.messages.map((message: Json) => [message.id, withoutMe(message)]));
    const of_page = ({ type, data }: Frame) =>
      page.has_more ? copy.has(data.id) : type === "message_added" || copy.has(data.id);
    for (const event of events) if (of_page(event)) apply(copy, event, 0);
    const [first = 0, last = 0] = [ids[0], ids.at(-1)];
    // An empty page doesn't say where it begins.
    if (ids.length === 0) continue;
    const wanted = present.filter(({ id }) => id >= first && (!page.has_more || id <= last));
    expect([...copy.values()]).toEqual(wanted);
  }
}

function pagesIn(frames: Frame[]): { page: Json; seq: number; events: Frame[] }[] {
  return frames.flatMap(({ reply }, at) => {
    if (!reply?.messages) return [];
    return { page: reply, seq: reply.seq, events: frames.slice(at + 1).filter(({ topic }) => topic !== undefined) };
  });
}

function viewOf(row: ChatMessage): Json {
  const { id, channel_id, server_id, author_id, content, reply_to, nonce } = row;
  return {
    ...{
      id,
      channel_id,
      server_id,
      author_id,
      content,
      reply_to,
      attachments: [],
      mentions: [],
      mention_roles: [],
      mentions_all: null,
    },
    created_date: new Date(row.created_at).toISOString(),
    edited_date: row.edited_at === null ? null : new Date(row.edited_at).toISOString(),
    reactions: row.reactions.map(({ emoji, user_ids }) => ({ emoji, count: user_ids.length })),
    pinned: row.pin_order !== null,
    ...(nonce !== null && { nonce }),
  };
}

const history = [fc.constantFrom(0, 3, 40, 180), fc.array(step, { minLength: 5, maxLength: 80 })] as const;

test("a page of the newest and the events after it are the present, whatever comes between", async () => {
  const property = fc.asyncProperty(...history, async (before, steps) => {
    const room = await after(
      before,
      steps.map((taken) => (taken.do === "load" ? { ...taken, above: null } : taken)),
    );
    const present = room.messages.rows.map(viewOf);
    for (const reader of READERS) {
      const frames = room.frames.get(reader) ?? [];
      const seqs = frames.flatMap(({ topic, seq }) => (topic === undefined ? [] : seq));
      expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
      expectNewestLeadTo(frames, present);
    }
  });
  await fc.assert(property, { numRuns: RUNS });
}, 60_000);

test("so is every page as far as it goes", async () => {
  const property = fc.asyncProperty(...history, async (before, steps) => {
    const room = await after(before, steps);
    const present = room.messages.rows.map(viewOf);
    for (const reader of READERS) expectPagesLeadTo(room.frames.get(reader) ?? [], present);
  });
  await fc.assert(property, { numRuns: RUNS });
}, 60_000);
