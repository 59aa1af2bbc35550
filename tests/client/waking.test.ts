// When a client comes back: at once where only it was away, spread over a while where many were thrown out.

import { afterEach, describe, expect, test } from "bun:test";
import { seededRandom } from "../harness/random.ts";
import { connectedFake, type Fake, fakeClient, turn } from "./fake-server.ts";

const LONG_MS = 15_000;
const HOUR_MS = 60 * 60 * 1000;

/** How long the client takes for the next socket. */
async function pauseOf({ sockets, clock }: Fake): Promise<number> {
  const [opened, began_ms] = [sockets.length, clock.now()];
  await turn();
  while (sockets.length === opened) await clock.pass(10);
  return clock.now() - began_ms;
}

describe("a crowd that was thrown out", () => {
  const CROWD = 200;

  async function pausesAfter(code: number, more: { lived_ms: number }): Promise<number[]> {
    const random = seededRandom(code);
    const pauses: number[] = [];
    for (let count = 0; count < CROWD; count += 1) {
      const fake = await connectedFake({ random: () => random.next() });
      await fake.clock.pass(more.lived_ms);
      fake.socket().drop(code);
      pauses.push(await pauseOf(fake));
      fake.client.close();
    }
    return pauses.toSorted((one, other) => one - other);
  }

  test.each([
    [1012, LONG_MS],
    [1012, 0],
    [1006, LONG_MS],
  ])("by %i after %i ms comes back over several seconds", async (code, lived_ms) => {
    const pauses = await pausesAfter(code, { lived_ms });
    for (let second = 0; second < 5; second += 1) {
      const back = pauses.filter((pause_ms) => pause_ms >= second * 1_000 && pause_ms < (second + 1) * 1_000);
      expect(back.length).toBeGreaterThan(CROWD / 10);
      expect(back.length).toBeLessThan(CROWD / 3);
    }
    expect(pauses.at(-1)).toBeLessThanOrEqual(5_010);
  });

  test("is no crowd where it is one that the server closed, or a program that chose its own pauses", async () => {
    const slow = await connectedFake({ random: () => 0.99 });
    await slow.clock.pass(LONG_MS);
    slow.socket().drop(4009);
    expect(await pauseOf(slow)).toBeLessThanOrEqual(500);
    const eager = await connectedFake({ random: () => 0.99, backoff_first_ms: 20 });
    eager.socket().drop(1012);
    expect(await pauseOf(eager)).toBeLessThanOrEqual(20);
    for (const { client } of [slow, eager]) client.close();
  });
});

/** What a page has, and a runtime of another kind has not. */
class FakePage extends EventTarget {
  visibilityState = "visible";
}
const runtime = globalThis as unknown as EventTarget;
const page = globalThis as { document?: unknown };
const own_document = page.document;
afterEach(() => {
  if (own_document === undefined) delete page.document;
  else page.document = own_document;
});

describe("coming back", () => {
  test("a pause between attempts ends when the network is back", async () => {
    const fake = fakeClient({ backoff_first_ms: HOUR_MS, backoff_max_ms: HOUR_MS });
    void fake.client.connect();
    await turn();
    fake.socket().fail();
    await fake.clock.pass(1_000);
    expect(fake.sockets.length).toBe(1);
    runtime.dispatchEvent(new Event("online"));
    expect(await pauseOf(fake)).toBe(0);
    fake.client.close();
    runtime.dispatchEvent(new Event("online"));
    await turn();
    expect([fake.sockets.length, fake.clock.timers]).toEqual([2, 0]);
  });

  test("a page that is shown again looks whether the server is there, and one that is hidden doesn't", async () => {
    const document = new FakePage();
    page.document = document;
    const fake = await connectedFake();
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    expect(fake.socket().sent).toEqual([]);
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    const { id } = await fake.socket().next("ping");
    fake.socket().push({ id, type: "pong" });
    await fake.clock.pass(4_000);
    expect(fake.sockets.length).toBe(1);
    fake.client.close();
    document.dispatchEvent(new Event("visibilitychange"));
    expect(fake.clock.timers).toBe(0);
  });

  test("a page that was kept aside looks as well, one that is loaded has nothing to look at", async () => {
    const fake = await connectedFake();
    runtime.dispatchEvent(new Event("pageshow"));
    expect(fake.socket().sent).toEqual([]);
    runtime.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    await fake.socket().next("ping");
    fake.client.close();
  });

  test("a connection that the sleep has cut is known soon, and another is there at once", async () => {
    const fake = await connectedFake({ backoff_first_ms: HOUR_MS, backoff_max_ms: HOUR_MS });
    await fake.clock.pass(60);
    fake.clock.sleep(8 * HOUR_MS);
    expect(await pauseOf(fake)).toBeLessThan(10_000);
    expect(fake.sockets[0]?.closed).toBe(true);
    fake.socket().ready();
    await turn();
    expect(fake.client.state).toBe("ready");
    fake.client.close();
    expect(fake.clock.timers).toBe(0);
  });

  test("a connection that was being opened isn't waited for", async () => {
    const fake = fakeClient({ connect_deadline_ms: HOUR_MS });
    void fake.client.connect();
    await turn();
    fake.client.wake();
    expect(await pauseOf(fake)).toBeLessThanOrEqual(3_000);
    fake.client.close();
  });

  test("being woken all the time neither opens sockets nor puts off the end of one that is dead", async () => {
    const fake = await connectedFake();
    for (const _ of Array(100)) {
      fake.client.wake();
      for (const { id, type } of fake.socket().sent.splice(0))
        if (type === "ping") fake.socket().push({ id, type: "pong" });
      await fake.clock.pass(100);
    }
    expect([fake.sockets.length, fake.client.state]).toEqual([1, "ready"]);
    for (let left = 40; left > 0 && fake.sockets.length === 1; left -= 1) {
      fake.client.wake();
      await fake.clock.pass(100);
    }
    expect([fake.sockets.length, fake.sockets[0]?.closed]).toEqual([2, true]);
    fake.client.close();
  });
});
