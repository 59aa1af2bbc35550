// Requests that have waited too long: ended a slice at a time, all of them, and told to whom they were sent.

import { afterAll, expect, test } from "bun:test";
import type { Actors } from "../../../src/actors/calls.ts";
import { createCommit } from "../../../src/actors/commit/commit.ts";
import { startRequestExpiry } from "../../../src/actors/people/request-expiry.ts";
import { performed } from "../../../src/db/engine/write.ts";
import { openStore } from "../../../src/db/store.ts";
import { alone } from "../../../src/db/upkeep/duty.ts";
import { createIdGenerator } from "../../../src/domain/ids.ts";
import { limits } from "../../../src/domain/limits.ts";
import { messageOf } from "../../db/queries/community.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../../db/temporary.ts";

afterAll(removeTemporaryDirectories);

const AGE_MS = limits.conversation_request_age_ms;
const START = 1_000_000;
const STRANGERS = limits.conversation_expiry_slice + 5;
const bob = 1;
const strangers = Array.from({ length: STRANGERS }, (_, at) => at + 2);

test("all that are old enough end, and bob is told of each", async () => {
  const store = await openStore({ url: await temporaryDatabaseUrl() });
  const { perform } = store.writer;
  let now = START;
  const ids = createIdGenerator(await store.maxId(), () => now, Math.random);
  const account = (id: number) => ({ id, name: `user ${id}`, name_key: `user ${id}`, email: null, password_hash: "" });
  await Promise.all(
    [bob, ...strangers].map((id) => performed(perform, store.users.create({ ...account(id), created_at: 0 }))),
  );
  await performed(perform, store.users.update(bob, { dms: "everyone" }, ids.next()));
  const write = async (author_id: number) => {
    const made = { id: ids.next(), channel_id: ids.next(), seq: ids.next(), now };
    await performed(perform, store.conversations.open(author_id, bob, false, made));
    const id = ids.next();
    const place = { server_id: made.id, channel_id: made.channel_id, author_id, created_at: now, nonce: null };
    await performed(perform, store.conversationMessages.add({ ...messageOf(id), ...place, seq: id }));
  };
  for (const author of strangers) await write(author);
  const told: number[] = [];
  const actors = {
    tell: (_address: string, _call: string, { self }: { self: { user_id: number }[] }) =>
      void told.push(...self.map(({ user_id }) => user_id)),
  } as unknown as Actors;
  const commit = createCommit(perform);
  const faults: unknown[] = [];
  const listed = async () =>
    (await store.conversations.page({ user_id: bob, before: Number.MAX_SAFE_INTEGER, limit: 1_000 })).length;
  const round = async () => {
    const rounds = startRequestExpiry({ actors, store, commit, ids, duty: alone, clock: () => now }, (error) =>
      faults.push(error),
    );
    await rounds.run();
    await rounds.stop();
  };
  now = START + AGE_MS;
  await round();
  expect([await listed(), told]).toEqual([STRANGERS, []]);
  now += 1;
  await round();
  expect([await listed(), told, faults]).toEqual([0, strangers.map(() => bob), []]);
  await round();
  expect(told).toHaveLength(STRANGERS);
  await store.close();
});
