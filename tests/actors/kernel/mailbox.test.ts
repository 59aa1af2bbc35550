import { describe, expect, test } from "bun:test";
import { Mailbox, type MailboxOptions } from "../../../src/actors/kernel/mailbox.ts";

const mailboxOf = (options: Omit<MailboxOptions<number>, "afterTurn">) =>
  new Mailbox<number>({ afterTurn: () => {}, ...options }, undefined);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("mailbox", () => {
  test("handles one item at a time, in the order in which they were posted", async () => {
    const log: string[] = [];
    const mailbox = mailboxOf({
      limit: 10,
      async handle(item) {
        log.push(`begin ${item}`);
        await turn();
        log.push(`end ${item}`);
      },
      onFault: () => {},
    });
    for (const item of [1, 2, 3]) mailbox.post(item);
    while (!mailbox.idle) await turn();
    expect(log).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  test("rests once nothing waits and nothing is being handled, for all who wait for that", async () => {
    const handled: number[] = [];
    const mailbox = mailboxOf({
      limit: 10,
      async handle(item) {
        await turn();
        handled.push(item);
      },
      onFault: () => {},
    });
    await mailbox.rest();
    for (const item of [1, 2]) mailbox.post(item);
    const rested = await Promise.all([mailbox.rest(), mailbox.rest()].map((rest) => rest.then(() => [...handled])));
    expect(rested).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test("refuses what goes above its limit and takes more once there is room", async () => {
    const handled: number[] = [];
    const mailbox = mailboxOf({ limit: 2, handle: (item) => void handled.push(item), onFault: () => {} });
    expect([1, 2, 3].map((item) => mailbox.post(item))).toEqual([true, true, false]);
    expect(mailbox.length).toBe(2);
    await turn();
    expect(mailbox.post(4)).toBe(true);
    await turn();
    expect(handled).toEqual([1, 2, 4]);
  });

  test("takes above its limit what is always to be taken, in its turn", async () => {
    const handled: number[] = [];
    const mailbox = mailboxOf({ limit: 1, handle: (item) => void handled.push(item), onFault: () => {} });
    expect([mailbox.post(1), mailbox.post(2), mailbox.post(3, true)]).toEqual([true, false, true]);
    await turn();
    expect(handled).toEqual([1, 3]);
  });

  test("goes on after an item that throws, at once or later", async () => {
    const handled: number[] = [];
    const faults: string[] = [];
    const mailbox = mailboxOf({
      limit: 10,
      handle(item) {
        if (item === 1) throw new Error("at once");
        if (item === 2) return Promise.reject(new Error("later"));
        handled.push(item);
      },
      onFault: (error, item) => void faults.push(`${item} ${(error as Error).message}`),
    });
    for (const item of [1, 2, 3]) mailbox.post(item);
    while (!mailbox.idle) await turn();
    expect(handled).toEqual([3]);
    expect(faults).toEqual(["1 at once", "2 later"]);
  });

  test("goes on after whatever is given back in place of a promise", async () => {
    const handled: number[] = [];
    const faults: string[] = [];
    const seeming = (then: (resolve: () => void) => void) => ({ then });
    const broken = () => {
      throw new Error("no promise");
    };
    const given: unknown[] = ["a value", seeming((resolve) => resolve()), seeming(broken)];
    const mailbox = mailboxOf({
      limit: 10,
      handle(item) {
        handled.push(item);
        return given[item] as Promise<void>;
      },
      onFault: (error, item) => void faults.push(`${item} ${(error as Error).message}`),
    });
    for (const item of [0, 1, 2, 3]) mailbox.post(item);
    await mailbox.rest();
    expect(handled).toEqual([0, 1, 2, 3]);
    expect(faults).toEqual(["2 no promise"]);
  });

  test("knows how long its oldest item has waited", () => {
    const mailbox = mailboxOf({ limit: 10, handle: () => {}, onFault: () => {} });
    expect(mailbox.ageMs()).toBe(0);
    mailbox.post(1);
    expect(mailbox.ageMs(performance.now() + 1000)).toBeGreaterThanOrEqual(1000);
  });

  test("keeps its order through a long queue", async () => {
    const handled: number[] = [];
    const mailbox = mailboxOf({
      limit: 10_000,
      handle: (item) => void handled.push(item),
      onFault: () => {},
    });
    const items = Array.from({ length: 10_000 }, (_, index) => index);
    for (const item of items) mailbox.post(item);
    await turn();
    expect(handled).toEqual(items);
  });
});
