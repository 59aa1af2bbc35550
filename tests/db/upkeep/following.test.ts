// Following what others store: what is read again on demand was read after it was asked for, or it is said that it wasn't.

import { expect, test } from "bun:test";
import { followedBy, startFollowing } from "../../../src/db/upkeep/following.ts";

/** Texts that others store, each reading of which ends when the test says so. */
function stored() {
  let text = "first";
  const readings: { resolve(): void; reject(error: Error): void }[] = [];
  const among = async () => {
    const read = new Map([["key", text]]);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    readings.push({ resolve, reject });
    await promise;
    return read;
  };
  return {
    readings,
    store: { settings: { among } } as never,
    put(next: string) {
      text = next;
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await Promise.resolve();
}

test("a reading that began before is not taken for the one that is asked for", async () => {
  const { readings, store, put } = stored();
  let known = "";
  const follower = followedBy(["key"], (texts) => {
    known = texts.get("key") ?? "";
  });
  const following = startFollowing({ store, followers: [follower], onFault: (error) => expect(error).toBeUndefined() });
  await until(() => readings.length === 1);
  put("second");
  const again = following.again();
  readings[0]?.resolve();
  await until(() => readings.length === 2);
  expect(known).toBe("first");
  readings[1]?.resolve();
  expect([await again, known]).toEqual([true, "second"]);
  await following.stop();
});

test("one that fails is said to, though the one before went through", async () => {
  const { readings, store } = stored();
  const faults: unknown[] = [];
  const following = startFollowing({ store, followers: [], onFault: (error) => faults.push(error) });
  await until(() => readings.length === 1);
  const again = following.again();
  readings[0]?.resolve();
  await until(() => readings.length === 2);
  readings[1]?.reject(new Error("the database is away"));
  expect([await again, faults.length]).toEqual([false, 1]);
  await following.stop();
});
