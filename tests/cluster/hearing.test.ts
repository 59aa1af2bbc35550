// What a node hears of others while its lease has run out: nothing, until it is renewed; then all, in its order.

import { expect, test } from "bun:test";
import { Hearing } from "../../src/cluster/node/hearing.ts";
import { item } from "../../src/cluster/node/items.ts";
import type { Item } from "../../src/cluster/streams/envelope.ts";
import { limits } from "../../src/domain/limits.ts";

const told = (session: number) => item({ kind: "gone", session });
const asked = (id: number, is_told = false) =>
  item({ kind: "ask", id, address: "room:1", call: "perform", request: null, epoch: 1, told: is_told });

function open() {
  const heard: unknown[] = [];
  const lease = { is_good: true, now_ms: 0 };
  const hearing = new Hearing({ isGood: () => lease.is_good, clock: () => lease.now_ms });
  const say = (...items: Item[]) => hearing.take(items, (due) => void heard.push(...due));
  const note = (what: string) => hearing.take([], () => void heard.push(what));
  return { heard, lease, hearing, say, note };
}

test("what is said waits for the lease, with what is noted of it, and comes in its order", () => {
  const { heard, lease, hearing, say, note } = open();
  say(told(1));
  lease.is_good = false;
  say(told(2), asked(1));
  note("lost");
  say(told(3));
  hearing.goOn();
  expect(heard).toEqual([told(1)]);
  lease.is_good = true;
  // Not yet told that it is: behind what waits.
  say(told(4));
  expect(heard).toEqual([told(1)]);
  hearing.goOn();
  expect(heard).toEqual([told(1), told(2), asked(1), "lost", told(3), told(4)]);
  say(told(5));
  expect(heard).toHaveLength(7);
});

test("what comes because of something that waited comes behind all that did", () => {
  const { heard, lease, hearing, say } = open();
  lease.is_good = false;
  hearing.take([told(1)], () => {
    heard.push("first");
    say(told(3));
  });
  say(told(2));
  lease.is_good = true;
  hearing.goOn();
  expect(heard).toEqual(["first", told(2), told(3)]);
});

test("what was asked so long ago that nobody waits for it is neither heard nor kept", () => {
  const { heard, lease, hearing, say } = open();
  lease.is_good = false;
  say(asked(1), told(1));
  for (let id = 2; id < 5_000; id += 1) say(asked(id));
  lease.now_ms = limits.request_deadline_ms + 1;
  for (let id = 5_000; id < 20_000; id += 1) say(asked(id));
  lease.is_good = true;
  hearing.goOn();
  expect(heard[0]).toEqual(told(1));
  expect(heard).toHaveLength(1 + 15_000);
  expect(heard[1]).toEqual(asked(5_000));
});

test("what nobody waits for, since it is only told, is heard however late", () => {
  const { heard, lease, hearing, say } = open();
  lease.is_good = false;
  say(asked(1), asked(2, true));
  lease.now_ms = 10 * limits.request_deadline_ms;
  lease.is_good = true;
  hearing.goOn();
  expect(heard).toEqual([asked(2, true)]);
});

test("what is looked through while it is heard is neither passed over nor heard twice", () => {
  const { heard, lease, hearing, say } = open();
  lease.is_good = false;
  hearing.take([asked(1)], (due) => {
    heard.push(...due);
    // Much comes because of it, and takes so long that nobody waits for it any more.
    lease.now_ms = limits.request_deadline_ms + 1;
    for (let session = 10; session < 2_010; session += 1) say(told(session));
  });
  say(told(1), asked(2));
  lease.is_good = true;
  hearing.goOn();
  expect(heard.slice(0, 3)).toEqual([asked(1), told(1), told(10)]);
  expect(heard).toHaveLength(2 + 2_000);
});

test("what broke off while it was heard isn't heard again", () => {
  const { heard, lease, hearing, say } = open();
  lease.is_good = false;
  hearing.take([told(1)], () => {
    throw new Error("a bug");
  });
  say(told(2));
  lease.is_good = true;
  expect(() => hearing.goOn()).toThrow("a bug");
  expect(heard).toEqual([]);
  hearing.goOn();
  say(told(3));
  expect(heard).toEqual([told(2), told(3)]);
});

test("where the lease runs out meanwhile, the rest waits on", () => {
  const { heard, lease, hearing, say } = open();
  lease.is_good = false;
  hearing.take([told(1)], (due) => {
    heard.push(...due);
    lease.is_good = false;
  });
  say(told(2));
  lease.is_good = true;
  hearing.goOn();
  expect(heard).toEqual([told(1)]);
  lease.is_good = true;
  hearing.goOn();
  expect(heard).toEqual([told(1), told(2)]);
});
