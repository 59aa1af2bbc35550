// Sweeps of messages take turns, look at no more than a bound at once, and stay noted until all has gone.

import { expect, test } from "bun:test";
import { type SweepsDependencies, startSweeps } from "../../src/actors/sweeps.ts";
import type { MessageSweep } from "../../src/db/queries/message-sweeps.ts";
import { alone } from "../../src/db/upkeep/duty.ts";
import { limits } from "../../src/domain/limits.ts";
import { failure, success } from "../../src/protocol/outcome.ts";

const CHANNELS = 3;
const sweep = (server_id: number): MessageSweep => ({ server_id, user_id: 7, from_id: 1, to_id: 1_000_000 });

/** Every second message of each channel is the author's; `refuses` stands for rooms that can't do it now. */
function fake(noted: MessageSweep[], { per_channel, refuses = [] }: { per_channel: number; refuses?: number[] }) {
  const buried: [server_id: number, count: number][] = [];
  let most_looked_at = 0;
  const messages = {
    sweeps: async (limit: number) => noted.slice(0, limit),
    channelIds: async () => Array.from({ length: CHANNELS }, (_, at) => at),
    async authoredIn({ after, looked_at }: { after: number; looked_at: number }) {
      most_looked_at = Math.max(most_looked_at, looked_at);
      const last = Math.min(after + looked_at, per_channel);
      const ids = Array.from({ length: Math.max(last - after, 0) }, (_, at) => after + 1 + at);
      return { ids: ids.filter((id) => id % 2 === 0), next: last === per_channel ? null : last };
    },
    sweepDone: (done: MessageSweep) => done,
  };
  const request = async (address: string, _call: string, { message_ids }: { message_ids: number[] }) => {
    const server_id = Number(address.slice("room:".length));
    if (refuses.includes(server_id)) return failure("unavailable", "not now");
    buried.push([server_id, message_ids.length]);
    return success({ taken: message_ids.length });
  };
  const perform = async (done: MessageSweep) => {
    noted.splice(noted.indexOf(done), 1);
    return { state: "stored", value: 1 };
  };
  const on = {
    actors: { request },
    pause: async () => {},
    store: { messages, writer: { perform } },
    duty: alone,
    onFault(error: unknown) {
      throw error;
    },
  };
  return { on: on as unknown as SweepsDependencies, buried, looked: () => most_looked_at };
}

test("a short one is over before a long one that was noted first", async () => {
  const long = limits.authored_looked_at * 3;
  const noted = [sweep(1), sweep(2)];
  const { on, buried, looked } = fake(noted, { per_channel: long });
  const sweeps = startSweeps(on);
  await sweeps.run();
  await sweeps.stop();
  expect(noted).toEqual([]);
  expect(looked()).toBe(limits.authored_looked_at);
  expect(Math.max(...buried.map(([, count]) => count))).toBe(limits.burial_slice);
  // Each has a look at a time.
  const turns = buried.map(([server_id]) => server_id).filter((id, at, all) => id !== all[at - 1]);
  expect(turns.slice(0, 4)).toEqual([1, 2, 1, 2]);
  const total = (of: number) => buried.reduce((sum, [server_id, count]) => sum + (server_id === of ? count : 0), 0);
  expect([total(1), total(2)]).toEqual([(long / 2) * CHANNELS, (long / 2) * CHANNELS]);
});

test("what can't be done now stays noted, and keeps nothing else from being done", async () => {
  const refused = Array.from({ length: limits.sweeps_at_once + 3 }, (_, at) => sweep(at + 1));
  const noted = [...refused, sweep(100)];
  const { on, buried } = fake(noted, { per_channel: 10, refuses: refused.map(({ server_id }) => server_id) });
  const sweeps = startSweeps(on);
  await sweeps.run();
  await sweeps.stop();
  expect(noted).toEqual(refused);
  expect(buried).toEqual(Array.from({ length: CHANNELS }, () => [100, 5]));
});
