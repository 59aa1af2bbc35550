// How much work there is in finding out who is to be told: by channels and not by messages, a bounded piece at a time,
// and none where nobody has subscribed.

import { afterAll, expect, test } from "bun:test";
import { Gathering, shareOf } from "../../src/accounts/push/gathering.ts";
import type { SaidRange, Wanting } from "../../src/db/queries/push-notices.ts";
import { limits } from "../../src/domain/limits.ts";
import { done } from "../harness/community.ts";
import { writeRows } from "../harness/database.ts";
import { openPushService } from "../harness/push-service.ts";
import { aTown, noticesOf, startPushing } from "./away.ts";

interface Queue {
  /** Who wait to be told already; who sit before a session; so many answers fail. */
  waiting?: number;
  active?: number;
  failures?: number;
  nobody?: boolean;
  pause_ms?: number;
  page_ms?: number;
}

/** A queue in memory, with as many who want to be told, all away. */
function gatheringFor(people: number, { waiting = 0, active = 0, failures = 0, nobody = false, ...pace }: Queue = {}) {
  const ranges: SaidRange[] = [];
  const pages: number[] = [];
  const writes: number[] = [];
  let left_out = 0;
  let failing = failures;
  let faults = 0;
  let underway = 0;
  let most_underway = 0;
  const page = async (after: number, limit: number): Promise<Wanting[]> => {
    underway += 1;
    most_underway = Math.max(most_underway, underway);
    await Bun.sleep(pace.page_ms ?? 0);
    underway -= 1;
    const count = Math.max(0, Math.min(limit, people - after));
    return Array.from({ length: count }, (_, at) => ({ user_id: after + at + 1, from_id: 1, message_id: 1, count: 1 }));
  };
  const answers = {
    active_among: { user_ids: Array.from({ length: active }, (_, at) => at + 1) },
    viewers: (asked: { user_ids: number[] }) => ({ user_ids: asked.user_ids }),
  };
  const gathering = new Gathering({
    store: {
      pushNotices: {
        wanting(range: SaidRange, { after, limit }: { after: number; limit: number }) {
          ranges.push({ ...range });
          pages.push(after);
          return page(after, limit);
        },
        countWaiting: async () => waiting + writes.reduce((sum, count) => sum + count, 0),
        add: (_: SaidRange, rows: Wanting[]) => rows,
      },
    } as never,
    actors: {
      async request(_: string, call: keyof typeof answers, asked: { user_ids: number[] }) {
        failing -= 1;
        if (failing >= 0) return { ok: false, error: { code: "unavailable", message: "Too much waits." } };
        const answer = answers[call];
        return { ok: true, value: typeof answer === "function" ? answer(asked) : answer };
      },
    } as never,
    perform: (async (rows: Wanting[]) => {
      writes.push(rows.length);
      return { state: "stored", value: rows.length };
    }) as never,
    clock: () => 0,
    pause_ms: pace.pause_ms ?? limits.push_gathering_ms,
    isAnybodyThere: async () => !nobody,
    onFault: () => {
      faults += 1;
    },
    onAdded: () => {},
    onLeftOut: (count) => {
      left_out += count;
    },
  });
  return {
    gathering,
    ranges,
    pages,
    writes,
    leftOut: () => left_out,
    faults: () => faults,
    mostUnderway: () => most_underway,
  };
}

const said = (id: number, channel_id = 1) => ({ id, channel_id, server_id: 1 });

test("a thousand messages of a channel are one look", async () => {
  const { gathering, ranges } = gatheringFor(0);
  for (let id = 1; id <= 1_000; id += 1) gathering.said(said(id));
  await gathering.run();
  expect(ranges).toEqual([{ channel_id: 1, place_id: 1, from_id: 1, to_id: 1_000 }]);
});

test("five thousand people are told in small reads and writes, one at a time", async () => {
  const { gathering, pages, writes, mostUnderway } = gatheringFor(5_000);
  for (const channel of [1, 2]) gathering.said(said(1, channel));
  await Promise.all([gathering.run(), gathering.run()]);
  expect(pages).toHaveLength(2 * (5_000 / limits.push_users_at_once + 1));
  expect(Math.max(...writes)).toBe(limits.push_users_at_once);
  expect(writes.reduce((sum, count) => sum + count, 0)).toBe(10_000);
  expect(mostUnderway()).toBe(1);
});

test("what is said during a look that takes longer than the pause has its turn after it, each time", async () => {
  const { gathering, ranges } = gatheringFor(0, { pause_ms: 1, page_ms: 20 });
  for (let id = 1; id <= 3; id += 1) {
    gathering.said(said(id, id));
    while (ranges.length < id) await Bun.sleep(1);
  }
  expect(ranges.map(({ from_id }) => from_id)).toEqual([1, 2, 3]);
});

test("what finds no room in the queue is left out", async () => {
  const { gathering, writes, leftOut } = gatheringFor(150, { waiting: limits.push_queue - 100 });
  gathering.said(said(1));
  await gathering.run();
  expect({ writes, left_out: leftOut() }).toEqual({ writes: [100], left_out: 50 });
});

test("who sits before a session is passed over", async () => {
  const { gathering, writes } = gatheringFor(10, { active: 4 });
  gathering.said(said(1));
  await gathering.run();
  expect(writes).toEqual([6]);
});

test("what nobody could say now is looked at again, at the end at the latest, and holds up no other", async () => {
  const { gathering, ranges, writes, faults } = gatheringFor(3, { failures: 1 });
  gathering.said(said(5));
  gathering.said(said(6, 2));
  await gathering.run();
  expect({ writes, faults: faults() }).toEqual({ writes: [3], faults: 1 });
  gathering.said(said(7));
  await gathering.stop(1_000);
  expect(ranges.at(-1)).toEqual({ channel_id: 1, place_id: 1, from_id: 5, to_id: 7 });
  expect({ writes, faults: faults() }).toEqual({ writes: [3, 3], faults: 1 });
});

test("of too many channels those that waited longest are left out", async () => {
  const { gathering, ranges, leftOut } = gatheringFor(0);
  for (let channel = 1; channel <= limits.push_channels_waiting + 2; channel += 1) gathering.said(said(1, channel));
  await gathering.run();
  expect(leftOut()).toBe(2);
  expect(ranges.map(({ channel_id }) => channel_id).slice(0, 2)).toEqual([3, 4]);
});

const service = openPushService();
afterAll(() => service.stop());

test("a log-in has only so much waiting, and all of that may still go on", async () => {
  const server = await startPushing();
  const town = await aTown(server, service);
  const [login] = await Promise.all([
    server.call("GET", "/user/logins", undefined, town.bob.token).then(({ body }) => body.logins[0].id as number),
    done(town.bob, "get_servers"),
  ]);
  const rows = Array.from({ length: limits.push_notices_per_login }, (_, at) => [login, at + 1]);
  writeRows(
    server.folder,
    "insert into push_notices (login_id, channel_id, place_id, from_id, message_id, due_at) values (?, ?, 1, 1, 1, 9e15)",
    rows,
  );
  await town.say(`<@${town.bob.id}>`);
  await town.settled();
  expect(noticesOf(server, town.bob.id)).toHaveLength(limits.push_notices_per_login);
  writeRows(server.folder, "update push_notices set channel_id = ? where channel_id = 1", [[town.channel_id]]);
  const message_id = await town.say(`<@${town.bob.id}>`);
  await town.settled();
  const waiting = noticesOf(server, town.bob.id).find(({ channel_id }) => channel_id === town.channel_id);
  expect(waiting).toMatchObject({ message_id, waits: 1 });
  await server.stop();
});

test("the share of one user is the smaller, the less of the queue is free, and never all of it", () => {
  expect(shareOf(limits.push_queue)).toBe(limits.push_queue / limits.push_queue_shares);
  expect([shareOf(5_000), shareOf(150), shareOf(1), shareOf(0)]).toEqual([50, 2, 1, 0]);
});

test("where nobody has subscribed at any node, what was said is forgotten, and nothing of it is looked at", async () => {
  const { gathering, ranges } = gatheringFor(5, { nobody: true });
  for (let id = 1; id <= 100; id += 1) gathering.said(said(id, id));
  await gathering.run();
  expect(ranges).toEqual([]);
  expect(gathering.waitingFrom).toBeNull();
});
