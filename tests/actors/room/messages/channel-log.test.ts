import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ChannelLog, type Page } from "../../../../src/actors/room/messages/channel-log.ts";
import type { ChatMessage } from "../../../../src/domain/community.ts";
import { limits } from "../../../../src/domain/limits.ts";

const message = (id: number, content = ""): ChatMessage => ({
  ...{ id, channel_id: 1, server_id: 2, author_id: 3, content, created_at: 0, edited_at: null, reply_to: null },
  ...{
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

const ids = ({ messages, has_more }: Page) => ({ ids: messages.map(({ id }) => id), has_more });

/** What the database holds, and answers as its pages are defined. */
class Stored {
  messages: ChatMessage[] = [];

  older(anchor: number, limit: number): Page {
    const all = this.messages.filter(({ id }) => id < anchor);
    return { messages: all.slice(-limit), has_more: all.length > limit };
  }

  newer(anchor: number, limit: number): Page {
    const all = this.messages.filter(({ id }) => id > anchor);
    return { messages: all.slice(0, limit), has_more: all.length > limit };
  }
}

/** The pages as the server puts them together: from the log, else with what is stored below it. */
function older(log: ChannelLog, stored: Stored, anchor: number, amount: number): Page {
  const page = log.olderThan(anchor, amount);
  if (page) return page;
  const below = stored.older(Math.min(anchor, log.floor), log.lacking(anchor, amount));
  const whole = log.olderThanWith(below, anchor, amount);
  if (anchor > log.floor) log.extend(below);
  return whole;
}

function newer(log: ChannelLog, stored: Stored, anchor: number, amount: number): Page {
  return log.newerThan(anchor, amount) ?? log.newerThanWith(stored.newer(anchor, amount), amount);
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("add" as const), count: fc.integer({ min: 1, max: 60 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("remove" as const), at: fc.nat(), count: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("edit" as const), at: fc.nat() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("older" as const, "newer" as const),
      anchor: fc.oneof(fc.constant(0), fc.nat(1_000)),
      amount: fc.integer({ min: 1, max: limits.page_length }),
    }),
  },
);

test("every page is what the database would answer, after whatever happened", () => {
  const property = fc.property(fc.nat(250), fc.array(step, { maxLength: 40 }), (before, steps) => {
    const stored = new Stored();
    let last = 0;
    for (; last < before; last += 1) stored.messages.push(message(last + 1));
    const log = new ChannelLog(stored.older(Number.MAX_SAFE_INTEGER, limits.recent_messages), last);
    for (const taken of steps) {
      if (taken.do === "add") {
        for (let count = 0; count < taken.count; count += 1) {
          last += 1;
          stored.messages.push(message(last));
          log.add(message(last));
        }
      } else if (taken.do === "remove") {
        for (const { id } of stored.messages.splice(taken.at % (stored.messages.length + 1), taken.count))
          log.remove(id);
      } else if (taken.do === "edit") {
        const at = taken.at % (stored.messages.length || 1);
        const edited = stored.messages[at];
        if (!edited) continue;
        stored.messages[at] = message(edited.id, "edited");
        log.replace(message(edited.id, "edited"));
      } else if (taken.do === "older") {
        const anchor = taken.anchor === 0 ? Number.MAX_SAFE_INTEGER : taken.anchor;
        expect(older(log, stored, anchor, taken.amount)).toEqual(stored.older(anchor, taken.amount));
      } else {
        expect(newer(log, stored, taken.anchor, taken.amount)).toEqual(stored.newer(taken.anchor, taken.amount));
      }
    }
  });
  fc.assert(property, { numRuns: 300 });
});

describe("a log", () => {
  const newest: Page = { messages: [5, 6, 7].map((id) => message(id)), has_more: true };

  test("leaves out what is stored and not told yet, and takes it in when it is", () => {
    const log = new ChannelLog(newest, 6);
    expect(log.newerThan(4, 10)).toEqual({ messages: [message(5), message(6)], has_more: false });
    log.add(message(7));
    expect(ids(log.newerThan(4, 10) as Page)).toEqual({ ids: [5, 6, 7], has_more: false });
  });

  test("knows its floor though nothing from it on has been told", () => {
    const log = new ChannelLog(newest, 4);
    expect(log.newerThan(3, 10)).toBeNull();
    expect(log.newerThan(4, 10)).toEqual({ messages: [], has_more: false });
    expect(log.olderThan(Number.MAX_SAFE_INTEGER, 1)).toBeNull();
  });

  test("finds and changes what it holds, and nothing else", () => {
    const log = new ChannelLog(newest, 7);
    log.replace(message(6, "edited"));
    log.replace(message(4, "edited"));
    expect([4, 5, 6, 7, 8].map((id) => log.find(id)?.content)).toEqual([undefined, "", "edited", "", undefined]);
    log.remove(6);
    expect(log.find(6)).toBeUndefined();
  });

  test("stays within bounds", () => {
    const log = new ChannelLog({ messages: [], has_more: false }, 0);
    for (let id = 1; id <= limits.recent_messages * 20; id += 1) log.add(message(id));
    expect(log.newerThan(log.floor - 1, 10_000)?.messages.length).toBeLessThanOrEqual(limits.recent_messages * 2);
    expect(log.olderThan(Number.MAX_SAFE_INTEGER, limits.page_length)?.messages).toHaveLength(limits.page_length);
  });
});
