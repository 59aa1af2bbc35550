// What the sender does with what it has taken: one thing that can't be looked at now holds up nothing behind it.

import { expect, test } from "bun:test";
import type { Handed } from "../../src/accounts/push/dialling.ts";
import { Sending } from "../../src/accounts/push/sending.ts";
import type { TakenNotice } from "../../src/db/queries/push-notices.ts";
import { limits } from "../../src/domain/limits.ts";

const ALICE = 1;
const notice = (login_id: number, channel_id: number): TakenNotice => ({
  ...{ login_id, channel_id, place_id: 1, from_id: channel_id, message_id: channel_id },
});

interface Waiting {
  login_id: number;
  user_id: number;
}

/** A queue in memory; of the channels in `broken` nobody can say what is to be told. */
function sendingOf(due: Waiting[], channels: number[], broken: number[]) {
  const [told, put_back, asked]: [number[], number[][], { but_users: readonly number[] }[]] = [[], [], []];
  const taken = new Set<number>();
  const [released, all_put_back, looked_again] = Array.from({ length: 3 }, () => Promise.withResolvers<void>()) as [
    ...[PromiseWithResolvers<void>, PromiseWithResolvers<void>, PromiseWithResolvers<void>],
  ];
  const faults: unknown[] = [];
  const store = {
    pushNotices: {
      async due(query: { but_logins: readonly number[]; but_users: readonly number[] }) {
        asked.push(query);
        if (asked.length === 2) looked_again.resolve();
        return due.filter(
          ({ login_id, user_id }) =>
            !taken.has(login_id) && !query.but_logins.includes(login_id) && !query.but_users.includes(user_id),
        );
      },
      nextDue: async () => null,
      take: (login_ids: number[]) => ({ login_ids }),
      putBack: (_: number, notices: TakenNotice[]) => ({ put_back: notices.map(({ channel_id }) => channel_id) }),
      pass: () => ({}),
      async wantedBy(_: number, { channel_id }: { channel_id: number }) {
        if (broken.includes(channel_id)) throw new Error("the room doesn't answer");
        return { user_id: ALICE, from_id: channel_id, message_id: channel_id, count: 1 };
      },
      channelsOf: async () => [],
    },
    pushSubscriptions: {
      find: async (login_id: number) => ({
        login_id,
        user_id: ALICE,
        endpoint: "https://a",
        previews: true,
        failures: 0,
      }),
    },
    pushMessages: {
      find: async (id: number) => ({ id, channel_id: id, created_at: 0, content: "x", author_name: "x" }),
    },
    readStates: { of: async () => [] },
  };
  const sending = new Sending({
    store: store as never,
    actors: {
      request: async (_: string, call: string, { user_ids }: { user_ids: number[] }) => ({
        ...{ ok: true, value: { user_ids: call === "viewers" ? user_ids : [] } },
      }),
    } as never,
    perform: (async (write: { login_ids?: number[]; put_back?: number[] }) => {
      if (write.put_back) put_back.push(write.put_back);
      if (put_back.length === broken.length) all_put_back.resolve();
      for (const id of write.login_ids ?? []) taken.add(id);
      const notices = (write.login_ids ?? []).flatMap((id) => channels.map((channel) => notice(id, channel)));
      return { state: "stored", value: notices };
    }) as never,
    dial: async (_to, { payload }): Promise<Handed> => {
      told.push(JSON.parse(payload).channel_id);
      await released.promise;
      return { state: "sent" };
    },
    slices: { turn: async () => {} } as never,
    clock: () => 0,
    onFault: (error) => faults.push(error),
    onHanded: () => {},
  });
  return {
    ...{ sending, told, put_back, asked, faults, release: released.resolve },
    ...{ all_put_back: all_put_back.promise, looked_again: looked_again.promise },
  };
}

test("only what can't be prepared waits again: what is behind it is sent", async () => {
  const due = [{ login_id: 7, user_id: ALICE }];
  const { sending, told, put_back, faults, release, all_put_back } = sendingOf(due, [1, 2, 3, 4], [2, 4]);
  release();
  sending.wake();
  await all_put_back;
  await sending.stop(limits.push_closing_ms);
  expect(told).toEqual([1, 3]);
  expect(put_back).toEqual([[2], [4]]);
  expect(faults).toHaveLength(2);
});

test("to one user so much is sent at once, and they are passed over as long as it is", async () => {
  const due = [7, 8, 9, 10].map((login_id) => ({ login_id, user_id: ALICE }));
  const { sending, told, asked, release, looked_again } = sendingOf(due, [1], []);
  sending.wake();
  await looked_again;
  expect(asked.map(({ but_users }) => but_users)).toEqual([[], [ALICE]]);
  release();
  await sending.stop(limits.push_closing_ms);
  expect(told.length).toBeLessThanOrEqual(limits.push_jobs_per_user);
});

test("what waits behind one whose service doesn't answer before the server ends is put back, once", async () => {
  const { sending, told, put_back, release } = sendingOf([{ login_id: 7, user_id: ALICE }], [1, 2, 3], []);
  sending.wake();
  while (told.length === 0) await Bun.sleep(1);
  await sending.stop(1);
  expect(told).toEqual([1]);
  expect(put_back).toEqual([[2, 3]]);
  release();
  await sending.stop(limits.push_closing_ms);
  expect(told).toEqual([1]);
  expect(put_back).toEqual([[2, 3]]);
});
