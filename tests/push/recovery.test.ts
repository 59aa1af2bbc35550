// What was said just before the process died, and nobody had looked at, is pushed after the next start, once; and until
// then it is noted where that begins.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Recovery } from "../../src/accounts/push/recovery.ts";
import type { SaidRange } from "../../src/db/queries/push-notices.ts";
import { firstIdAt } from "../../src/domain/ids.ts";
import { limits } from "../../src/domain/limits.ts";
import { done } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { openPushService, type PushService } from "../harness/push-service.ts";
import { aTown, letTimePass, newChannel, noticesOf, startPushing } from "./away.ts";

let service: PushService;
let folder: string;
beforeAll(async () => {
  service = openPushService();
  folder = await mkdtemp(join(tmpdir(), "orchard-push-"));
});
afterAll(async () => {
  service.stop();
  await rm(folder, { recursive: true, force: true });
});

const MARKS = "key like 'pushes_looked_at%'";

describe("what was said just before the process died", () => {
  test("is told after the next start, and nothing of it twice", async () => {
    const server = await startPushing({}, folder);
    const town = await aTown(server, service);
    const before_id = await town.say(`<@${town.bob.id}> one`);
    await service.take(town.browser);
    const missed = await newChannel(town.alice, town.server_id, "missed");
    await town.say(`<@${town.bob.id}> two`, missed);
    const last_id = await town.say(`<@${town.bob.id}> three`, missed);
    await server.stop();
    // As a process leaves it that was killed before it looked, and whose last note was before all of this.
    writeRows(folder, "delete from push_notices where channel_id = ?", [[missed]]);
    writeRows(folder, `update settings set value = ? where ${MARKS}`, [[before_id - 1]]);
    const again = await startPushing({}, folder);
    const { notice } = await service.take(town.browser);
    expect(notice).toMatchObject({ channel_id: missed, message_id: last_id, count: 2 });
    await again.stop();
    const once_more = await startPushing({}, folder);
    await once_more.stop();
    expect(town.sent().map(({ message_id }) => message_id)).toEqual([before_id, last_id]);
    expect(noticesOf(again, town.bob.id).filter(({ waits }) => waits)).toEqual([]);
  });

  test("is not told again for what was deleted behind it, and was to be told next", async () => {
    const server = await startPushing({}, folder);
    const town = await aTown(server, service);
    const first_id = await town.say(`<@${town.bob.id}> one`);
    await service.take(town.browser);
    const second_id = await town.say(`<@${town.bob.id}> two`);
    await town.settled();
    await done(town.alice, "delete_message", { channel_id: town.channel_id, message_id: second_id });
    await server.stop();
    letTimePass(server);
    writeRows(folder, `update settings set value = ? where ${MARKS}`, [[first_id - 1]]);
    // The second has nothing to say, and all is looked at that was said since the first.
    for (let start = 0; start < 2; start += 1) {
      const again = await startPushing({}, folder);
      await (await aTown(again, service)).settled();
      await again.stop();
    }
    expect(town.sent().map(({ message_id }) => message_id)).toEqual([first_id]);
    expect(noticesOf(server, town.bob.id).filter(({ waits }) => waits)).toEqual([]);
  });

  test("is not told who has come back, and sits before a session", async () => {
    const server = await startPushing({}, folder);
    const town = await aTown(server, service);
    const elsewhere = await aTown(server, service);
    // Of several nodes each has ids of its own, which may be ahead of another's.
    const ids = [await town.say(`<@${town.bob.id}>`), await elsewhere.say(`<@${elsewhere.bob.id}>`)];
    await server.stop();
    writeRows(folder, "delete from push_notices where channel_id in (?, ?)", [[town.channel_id, elsewhere.channel_id]]);
    writeRows(folder, `update settings set value = ? where ${MARKS}`, [[Math.min(...ids) - 1]]);
    const sent = town.sent().length;
    const again = await startPushing({ presence_grace_ms: 700 }, folder);
    await again.connect(town.bob);
    // Of the later channel it is told after the earlier one was looked at.
    await service.take(elsewhere.browser);
    await again.stop();
    expect(town.sent()).toHaveLength(sent);
  });

  test("is nothing after a clean end", async () => {
    // Nothing is left of a process before, which would be looked at first.
    const own_folder = join(folder, "own");
    const server = await startPushing({}, own_folder);
    const town = await aTown(server, service);
    const message_id = await town.say(`<@${town.bob.id}>`);
    await service.take(town.browser);
    await server.stop();
    const marks = readRows(own_folder, `select value from settings where ${MARKS}`);
    expect(marks.some(({ value }) => Number(value) > message_id)).toBe(true);
  });
});

describe("how far all was looked at", () => {
  function recoveryAt(noted: string | null = null) {
    const on = { now_ms: 1_800_000_000_000, waiting: null as number | null };
    const kept = new Map<string, string>(noted === null ? [] : [["pushes_looked_at", noted]]);
    const asked: { since: number }[] = [];
    let puts = 0;
    const range: SaidRange = { channel_id: 1, place_id: 2, from_id: 3, to_id: 4 };
    const recovery = new Recovery({
      store: {
        settings: {
          get: async (key: string) => kept.get(key) ?? null,
          put: (key: string, value: string) => ({ key, value }),
        },
        pushNotices: {
          saidSince: async (of: { since: number }) => {
            asked.push(of);
            return [range];
          },
        },
      } as never,
      perform: (async ({ key, value }: { key: string; value: string }) => {
        puts += 1;
        kept.set(key, value);
        return { state: "stored", value };
      }) as never,
      clock: () => on.now_ms,
      node: null,
      waitingFrom: () => on.waiting,
    });
    return { recovery, on, asked, range, puts: () => puts, mark: () => Number(kept.get("pushes_looked_at")) };
  }
  const settledAt = (now_ms: number) => firstIdAt(now_ms - limits.push_settling_ms);

  test("is noted while something is said, and not when nothing is", async () => {
    const { recovery, on, mark, puts } = recoveryAt();
    await recovery.begin();
    await recovery.note();
    expect(puts()).toBe(0);
    recovery.said(firstIdAt(on.now_ms));
    await recovery.note();
    expect(mark()).toBe(settledAt(on.now_ms));
    on.now_ms += limits.push_look_ms;
    await recovery.note();
    expect(mark()).toBe(settledAt(on.now_ms));
    on.now_ms += 2 * limits.push_settling_ms;
    await recovery.note();
    const written = puts();
    for (let round = 0; round < 5; round += 1) {
      on.now_ms += limits.push_look_ms;
      await recovery.note();
    }
    expect(puts()).toBe(written);
  });

  test("never passes what waits to be looked at, nor what the process before left", async () => {
    const { recovery, on, mark, asked, range } = recoveryAt(String(firstIdAt(1_800_000_000_000 - 60_000)));
    await recovery.begin();
    recovery.said(firstIdAt(on.now_ms));
    await recovery.note();
    expect(mark()).toBe(firstIdAt(on.now_ms - 60_000));
    expect(await recovery.left()).toEqual([range]);
    expect(await recovery.left()).toEqual([]);
    expect(asked).toMatchObject([{ since: firstIdAt(on.now_ms - 60_000) }]);
    on.waiting = firstIdAt(on.now_ms - 50_000);
    await recovery.note();
    expect(mark()).toBe(on.waiting);
    on.waiting = null;
    await recovery.end();
    expect(mark()).toBeGreaterThan(firstIdAt(on.now_ms));
  });

  test("of what is older than a push is kept nothing is looked for", async () => {
    const { recovery, on, asked } = recoveryAt("1");
    await recovery.begin();
    await recovery.left();
    expect(asked).toMatchObject([{ since: firstIdAt(on.now_ms - limits.push_ttl_s * 1000) }]);
  });
});
