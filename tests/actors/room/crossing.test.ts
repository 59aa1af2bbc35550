// What crosses on its way between a room and its database, one case after another.

import { beforeEach, describe, expect, test } from "bun:test";
import type { ChatMessage } from "../../../src/domain/community.ts";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { CHANNEL, type FakeRoom, fakeRoom, OWNER, SERVER, settled } from "./fake-room.ts";

const [READER, WRITER, OTHER] = [11, 21, 22];
let room: FakeRoom;

function stored(id: number): ChatMessage {
  return {
    ...{ id, channel_id: CHANNEL, server_id: SERVER, author_id: OWNER, content: `old ${id}`, created_at: 0 },
    ...{
      edited_at: null,
      reply_to: null,
      attachments: [],
      mentions: [],
      mentions_everyone: false,
      mention_roles: [],
      mentions_here: false,
      reactions: [],
    },
    ...{ reply_mention: null, nonce: null, pin_order: null, seq: id },
  };
}

beforeEach(() => {
  room = fakeRoom({ [READER]: OWNER, [WRITER]: OWNER, [OTHER]: 31 });
});

/** So many messages are stored before anybody asks; their ids. */
function before(count: number): number[] {
  for (let index = 0; index < count; index += 1) room.messages.rows.push(stored(room.nextId()));
  return room.messages.rows.map(({ id }) => id);
}

const load = (page: object = {}) =>
  room.ask(READER, "get_message_chunk", { channel_id: CHANNEL, amount: 100, anchor: 0, direction: true, ...page });
const add = (content = "new", more: object = {}) =>
  room.ask(WRITER, "add_message", { channel_id: CHANNEL, content, ...more });

/** What the session was sent since it was last looked at. */
async function sent(session: number): Promise<Json[]> {
  await settled();
  return room.frames.get(session)?.splice(0) ?? [];
}

/** The one read that waits sees what there is; another may come before it is answered. */
async function see(): Promise<void> {
  await settled();
  room.messages.see(room.messages.reads.length - 1);
}

async function everything(): Promise<void> {
  await settled();
  await room.messages.drain();
}

/** Does every write, and every read but the first, which has seen what it will answer. */
async function allButTheFirstRead(): Promise<void> {
  const [held] = room.messages.reads.splice(0, 1);
  await everything();
  if (held) room.messages.reads.push(held);
}

const ids_from_20 = () => room.messages.rows.slice(20, 30).map(({ id }) => id);

describe("a page that was read before a change and is answered after it", () => {
  const changes: [string, () => void, (page: Json[], id: number) => void][] = [
    [
      "an edit",
      () => room.ask(WRITER, "update_message", { message_id: room.messages.rows[20]?.id, content: "edited" }),
      (page, id) => expect(page.find((message) => message.id === id)?.content).toBe("edited"),
    ],
    [
      "a deletion",
      () => room.ask(WRITER, "delete_message", { message_id: room.messages.rows[20]?.id }),
      (page, id) => expect(page.map((message) => message.id)).not.toContain(id),
    ],
    [
      "a deletion of many",
      () => room.ask(WRITER, "delete_messages", { channel_id: CHANNEL, message_ids: ids_from_20() }),
      (page, id) => expect(page.map((message) => message.id)).not.toContain(id),
    ],
    [
      "a reaction",
      () => room.ask(WRITER, "add_reaction", { message_id: room.messages.rows[20]?.id, emoji: "👍" }),
      (page, id) =>
        expect(page.find((message) => message.id === id)?.reactions).toEqual([{ emoji: "👍", count: 1, me: true }]),
    ],
  ];

  test.each(changes)("%s is read again, where it comes from the log in load", async (_, change, expectIn) => {
    const id = before(40)[20] as number;
    load();
    await see();
    room.messages.answer(0);
    await see();
    change();
    await settled();
    await allButTheFirstRead();
    expect(await sent(READER)).toEqual([]);
    await everything();
    const [{ reply }] = await sent(READER);
    expectIn(reply.messages, id);
  });

  test.each(changes)("%s is read again, where it comes from below the log", async (_, change, expectIn) => {
    const ids = before(150);
    load();
    await everything();
    await sent(READER);
    load({ anchor: ids[40], direction: false });
    await see();
    change();
    await settled();
    await allButTheFirstRead();
    expect((await sent(READER)).filter(({ reply }) => reply)).toEqual([]);
    await everything();
    const [{ reply }] = (await sent(READER)).filter(({ reply }) => reply);
    expectIn(reply.messages, ids[20] as number);
  });
});

describe("a page that reaches from below the log into it", () => {
  test("is whole though the log lets go of its older half meanwhile", async () => {
    const ids = before(150);
    load();
    await everything();
    for (const message_id of ids.slice(-90)) room.ask(WRITER, "delete_message", { message_id });
    await everything();
    await sent(READER);
    // Below the log's ten the database answers, before the log grows past its bound.
    load({ anchor: ids[30] });
    await see();
    for (let count = 0; count < limits.recent_messages * 3; count += 1) add();
    await settled();
    await allButTheFirstRead();
    await everything();
    const [{ reply }] = (await sent(READER)).filter(({ reply }) => reply);
    expect(reply.messages.map(({ id }: Json) => id)).toEqual(room.messages.rows.slice(31, 131).map(({ id }) => id));
  });

  test("is whole though the log is filled from below meanwhile", async () => {
    const ids = before(150);
    load();
    await everything();
    for (const message_id of ids.slice(-30)) room.ask(WRITER, "delete_message", { message_id });
    await everything();
    await sent(READER);
    load({ amount: 80 });
    load({ amount: 100 });
    await settled();
    room.messages.see(0);
    room.messages.see(1);
    room.messages.answer(0);
    await settled();
    await everything();
    const replies = (await sent(READER)).filter(({ reply }) => reply);
    const pages = replies.map(({ reply }) => reply.messages.map(({ id }: Json) => id));
    expect(pages).toEqual([ids.slice(40, 120), ids.slice(20, 120)]);
  });
});

describe("adding", () => {
  test("is answered and told in the order of seq, whatever is acknowledged first", async () => {
    before(3);
    load();
    await everything();
    await sent(READER);
    add("one");
    room.ask(WRITER, "update_message", { message_id: 101, content: "edited" });
    add("two");
    await settled();
    const [first, ...others] = room.messages.writes;
    expect(others).toHaveLength(2);
    for (const _ of [1, 2, 3]) room.messages.commit();
    for (const write of others.reverse()) write.resolve(write.result?.value);
    expect(await sent(READER)).toEqual([]);
    first?.resolve(first.result?.value);
    const told = await sent(READER);
    expect(told.map(({ type }) => type).sort()).toEqual(["message_added", "message_added", "message_changed"]);
    expect(told.map(({ seq }) => seq)).toEqual(told.map(({ seq }) => seq).sort((x, y) => x - y));
    room.messages.writes.splice(0);
  });

  test("is answered before it is told", async () => {
    room.ask(WRITER, "get_message_chunk", { channel_id: CHANNEL, amount: 1, anchor: 0, direction: true });
    await everything();
    await sent(WRITER);
    add();
    await everything();
    expect(await sent(WRITER)).toMatchObject([{ reply: { message: { content: "new" } } }, { type: "message_added" }]);
  });

  test("reads nothing from the database for a member that is known", async () => {
    add();
    await everything();
    for (let count = 0; count < 5; count += 1) add("new", { nonce: `nonce ${count}` });
    await settled();
    expect(room.messages.writes).toHaveLength(5);
    expect(room.messages.reads).toHaveLength(0);
    await everything();
  });

  test("that failed is answered with unavailable, and nobody is told", async () => {
    load();
    await everything();
    await sent(READER);
    add("lost", { nonce: "n" });
    add("kept");
    await settled();
    room.messages.lose();
    await everything();
    // The first one's end has to be looked up.
    expect(await sent(WRITER)).toMatchObject([
      { reply: { message: { content: "kept" } } },
      { refusal: { code: "unavailable" } },
    ]);
    expect((await sent(READER)).map(({ data }) => data.content)).toEqual(["kept"]);
    add("once more", { nonce: "n" });
    await everything();
    expect((await sent(READER)).map(({ data }) => data.content)).toEqual(["once more"]);
  });

  test("that was done though the connection was lost is answered and told, in its order", async () => {
    load();
    await everything();
    await sent(READER);
    add("one");
    add("two");
    await settled();
    room.messages.commit();
    room.messages.lose();
    room.messages.commit();
    room.messages.acknowledge();
    expect(await sent(READER)).toEqual([]);
    await everything();
    expect((await sent(READER)).map(({ data }) => data.content)).toEqual(["one", "two"]);
    expect((await sent(WRITER)).every(({ reply }) => reply)).toBe(true);
  });

  test("whose end can't be known ends the room: who listens must come again", async () => {
    load();
    await everything();
    await sent(READER);
    add("one");
    await settled();
    room.messages.commit();
    room.messages.lose();
    await settled();
    const [look] = room.messages.reads.splice(0);
    look?.reject(new Error("the database can't be read"));
    expect((await sent(READER))[0]).toEqual({ closed: true });
    expect(await sent(WRITER)).toMatchObject([{ refusal: { code: "unavailable" } }]);
    load();
    await everything();
    expect((await sent(READER))[0].reply.messages).toMatchObject([{ content: "one" }]);
  });

  test("copies of a nonce that fails are all answered, and may be sent again", async () => {
    for (let count = 0; count < 3; count += 1) add("x", { nonce: "n" });
    await settled();
    expect(room.messages.writes).toHaveLength(1);
    room.messages.lose();
    await everything();
    expect((await sent(WRITER)).map(({ refusal }) => refusal?.code)).toEqual(Array(3).fill("unavailable"));
    add("x", { nonce: "n" });
    await everything();
    expect(room.messages.rows).toHaveLength(1);
  });
});

test("who edits, deletes or reacts at once does it one after another, on what the one before left", async () => {
  const [message_id] = before(1);
  load();
  await everything();
  await sent(READER);
  for (const emoji of ["👍", "🎉", "👍"]) room.ask(WRITER, "add_reaction", { message_id, emoji });
  room.ask(WRITER, "update_message", { message_id, content: "edited" });
  room.ask(WRITER, "remove_reaction", { message_id, emoji: "🎉" });
  room.ask(WRITER, "delete_message", { message_id });
  room.ask(WRITER, "update_message", { message_id, content: "too late" });
  await everything();
  const told = await sent(READER);
  expect(told.map(({ type, data }) => data.reaction ?? data.content ?? type)).toEqual([
    { emoji: "👍", user_id: OWNER, added: true },
    { emoji: "🎉", user_id: OWNER, added: true },
    "edited",
    { emoji: "🎉", user_id: OWNER, added: false },
    "message_deleted",
  ]);
  expect(told[3].data.reactions).toEqual([{ emoji: "👍", count: 1 }]);
  expect((await sent(WRITER)).at(-1)).toMatchObject({ refusal: { code: "not_found" } });
});

test("typing is told again after its time, by user and channel, and to everybody who listens", async () => {
  load();
  await everything();
  await sent(READER);
  const typing = async (session: number, at_ms: number) => {
    room.clock.now_ms = at_ms;
    room.ask(session, "typing", { channel_id: CHANNEL });
    return (await sent(READER)).map(({ type, data }) => [type, data.user_id]);
  };
  expect(await typing(WRITER, 1_000)).toEqual([["typing_started", OWNER]]);
  expect(await typing(WRITER, 1_000 + limits.typing_interval_ms - 1)).toEqual([]);
  expect(await typing(OTHER, 2_000)).toEqual([["typing_started", 31]]);
  expect(await typing(WRITER, 1_000 + limits.typing_interval_ms)).toEqual([["typing_started", OWNER]]);
});

test("a room of which nothing is in memory catches somebody up while its changes wait, and goes on", async () => {
  const [first = 0, last = 0] = before(2);
  const from = { id: OWNER, session: READER, address: "" };
  const heard = { [`channel:${CHANNEL}`]: first };
  const asked = room.actors.request(`room:${SERVER}`, "catch_up_alone", {
    from,
    heard,
    bytes: 1_000,
    again: true,
    within_ms: Infinity,
  });
  for (let reads = 0; reads < 4; reads += 1) await everything();
  const events = [{ type: "message_added", seq: last }];
  expect(await asked).toMatchObject({ ok: true, value: { [`channel:${CHANNEL}`]: { seq: last, events } } });
  room.ask(WRITER, "delete_message", { message_id: last });
  for (let steps = 0; steps < 4; steps += 1) await everything();
  expect(await sent(READER)).toMatchObject([{ type: "message_deleted" }]);
});

test("when a message was edited is told as it is stored", async () => {
  const [id = 0] = before(1);
  load();
  await everything();
  await sent(READER);
  room.ask(WRITER, "update_message", { message_id: id, content: "changed" });
  await everything();
  await everything();
  const [stored_row] = room.messages.rows;
  const edited_date = new Date(stored_row?.edited_at ?? 0).toISOString();
  expect(await sent(READER)).toMatchObject([{ type: "message_changed", data: { edited_date } }]);
});
