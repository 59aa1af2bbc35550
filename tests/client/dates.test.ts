// The way to a date: right for any messages and any time, in few looks, and without a word to the window.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { messageAt } from "../../src/client/dates.ts";
import type { Client } from "../../src/client/index.ts";

interface Entry {
  id: number;
  at_ms: number;
}

/** A client of a server that has these messages, and how often it was asked. */
function clientWith(entries: readonly Entry[]) {
  const asked = { times: 0 };
  const ask = async (_type: string, { anchor, direction }: { anchor: number; direction: boolean }) => {
    asked.times += 1;
    const found = direction
      ? entries.find(({ id }) => id > anchor)
      : anchor === 0
        ? entries[0]
        : entries.findLast(({ id }) => id < anchor);
    return { messages: found ? [{ id: found.id, created_date: new Date(found.at_ms).toISOString() }] : [] };
  };
  return { client: { ask } as unknown as Client, asked };
}

const steps = fc.array(
  fc.record({ id: fc.integer({ min: 1, max: 9_000 }), at_ms: fc.integer({ min: 0, max: 90_000 }) }),
  {
    maxLength: 60,
  },
);
const run = (entries: readonly Entry[]) => {
  let [id, at_ms] = [0, 1_000];
  return entries.map((step): Entry => {
    id += step.id;
    at_ms += step.at_ms;
    return { id, at_ms };
  });
};

test("it is the first from that time on, or the last there is", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 3_000_000 }), async (given, time_ms) => {
      const entries = run(given);
      const wanted = entries.find(({ at_ms }) => at_ms >= time_ms) ?? entries.at(-1);
      const found = await messageAt(clientWith(entries).client, 1, time_ms);
      expect(found?.id).toBe(wanted?.id);
    }),
  );
});

test("among many messages it takes few looks", async () => {
  const entries = Array.from({ length: 100_000 }, (_, at) => ({ id: at * 10 + 1, at_ms: at * at }));
  for (const time_ms of [1, 5_000, 1_000_000, 9_999_999, 5_000_000_000]) {
    const { client, asked } = clientWith(entries);
    await messageAt(client, 1, time_ms);
    expect(asked.times).toBeLessThan(80);
  }
});
