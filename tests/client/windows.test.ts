// A channel's window, whatever pages and messages come: all messages from its start on, in order, and nothing else.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { END, type MessageWindow } from "../../src/client/cache.ts";
import { changedMessage, putMessage, withPage } from "../../src/client/windows.ts";
import type { Message } from "../../src/protocol/community/entities.ts";

const CHANNEL = 5;
const HIGHEST = 30;

const messageOf = (id: number): Message => ({
  ...{ id, channel_id: CHANNEL, server_id: 1, author_id: 9, content: `${id}`, created_date: "", edited_date: null },
  ...{
    reply_to: null,
    attachments: [],
    mentions: [],
    mention_roles: [],
    mentions_all: null,
    reactions: [],
    pinned: false,
  },
});

/** What `get_message_chunk` says. */
function pageOf(
  ids: readonly number[],
  { amount, anchor, direction }: { amount: number; anchor: number; direction: boolean },
) {
  const beyond = ids.filter((id) => anchor === 0 || (direction ? id > anchor : id < anchor));
  // From the anchor on, and without one from the end that the direction names.
  const from_start = direction ? anchor !== 0 : anchor === 0;
  const page = from_start ? beyond.slice(0, amount) : beyond.slice(-amount);
  return { messages: page.map(messageOf), has_more: page.length < beyond.length, seq: 0 };
}

const asked = fc.record({
  amount: fc.integer({ min: 1, max: 8 }),
  anchor: fc.integer({ min: 0, max: HIGHEST + 2 }),
  direction: fc.boolean(),
});
const ids = fc.uniqueArray(fc.integer({ min: 1, max: HIGHEST }), { maxLength: 20 });

test("pages in any order leave no gap", () => {
  fc.assert(
    fc.property(ids, fc.array(asked, { maxLength: 12 }), fc.boolean(), (unsorted, pages, adds) => {
      const all = unsorted.toSorted((one, other) => one - other);
      let window: MessageWindow | null = null;
      for (const page of pages) {
        window = withPage(window, { channel_id: CHANNEL, ...page }, pageOf(all, page));
        if (!window) continue;
        if (adds) {
          all.push((all.at(-1) ?? 0) + 1);
          putMessage(window, messageOf(all.at(-1) ?? 0));
        }
        const from = window.from;
        expect([...window.messages.keys()]).toEqual(all.filter((id) => id >= from));
      }
    }),
  );
});

test("the newest page begins a window, another only where it reaches the end", () => {
  const all = [1, 2, 3, 4, 5];
  const windowOf = (anchor: number, direction: boolean) => {
    const page = { amount: 2, anchor, direction };
    const window = withPage(null, { channel_id: CHANNEL, ...page }, pageOf(all, page));
    return window && { from: window.from, ids: [...window.messages.keys()] };
  };
  expect([windowOf(0, true), windowOf(3, true), windowOf(1, true), windowOf(5, false)]).toEqual([
    { from: 4, ids: [4, 5] },
    { from: 4, ids: [4, 5] },
    null,
    null,
  ]);
});

test("a page with the message that is looked at begins a window, wherever it lies", () => {
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const newest = { amount: 2, anchor: 0, direction: true };
  const window = withPage(null, { channel_id: CHANNEL, ...newest }, pageOf(all, newest));
  const older = { amount: 2, anchor: 4, direction: false };
  const reached = (looked_at: number | null) =>
    withPage(window, { channel_id: CHANNEL, ...older }, pageOf(all, older), looked_at);
  expect([reached(null), reached(8)]).toEqual([window, window]);
  const around = reached(3);
  expect([around?.from, around?.to, [...(around?.messages.keys() ?? [])]]).toEqual([2, 3, [2, 3]]);
  const newer = { amount: 6, anchor: 3, direction: true };
  const whole = withPage(around, { channel_id: CHANNEL, ...newer }, pageOf(all, newer), 3);
  expect([whole?.from, whole?.to, [...(whole?.messages.keys() ?? [])]]).toEqual([2, END, [2, 3, 4, 5, 6, 7, 8, 9]]);
});

test("a message told again takes its old place, one older than the window is passed over", () => {
  const window: MessageWindow = { from: 2, to: END, newest: 3, server_id: 1, messages: new Map([[3, messageOf(3)]]) };
  for (const id of [1, 2, 3]) putMessage(window, { ...messageOf(id), content: "again" });
  expect([...window.messages.values()].map(({ id, content }) => [id, content])).toEqual([
    [2, "again"],
    [3, "again"],
  ]);
});

test("which reactions are one's own follows from who reacted", () => {
  const added = { emoji: "👍", count: 2 };
  const known = { ...messageOf(3), reactions: [{ emoji: "👍", count: 1, me: true }] };
  const meOf = (user_id: number, is_added: boolean) => {
    const reaction = { emoji: "👍", user_id, added: is_added };
    return changedMessage(known, { id: 3, channel_id: CHANNEL, reactions: [added], reaction }, 7).reactions[0]?.me;
  };
  expect([meOf(8, true), meOf(7, false), meOf(7, true)]).toEqual([true, false, true]);
});
