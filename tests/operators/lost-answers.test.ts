// What an operation comes to when the database's answer is lost: its entry in the log says whether it was done, and where
// nobody can tell, those whom it concerns come again.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCommit } from "../../src/actors/commit/commit.ts";
import { DatabaseError, type Job, unavailable } from "../../src/db/engine/driver.ts";
import { performOver } from "../../src/db/engine/write.ts";
import { openStore, type Store } from "../../src/db/store.ts";
import { userHandlers } from "../../src/operators/handlers/user.ts";
import type { OperatorServices } from "../../src/operators/services.ts";
import { success } from "../../src/protocol/outcome.ts";

const by = { door: "command_line" } as const;
const CASINO = 1;

let folder: string;
let store: Store;
let told: unknown[];
/** What becomes of the next jobs of operations. */
let passes: (job: Job) => Promise<never>;
let handlers: ReturnType<typeof userHandlers>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-lost-"));
  store = await openStore({ url: `file:${join(folder, "orchard.db")}` });
  const casino = { id: CASINO, name: "casino", name_key: "casino", email: null, password_hash: null, created_at: 1 };
  await store.writer.perform(store.users.create(casino, { invite: null, server_ids: [] }));
  told = [];
  let ids = 100;
  const services = {
    ...{ store, clock: () => 5_000, ids: { next: () => (ids += 1) } },
    commit: createCommit(performOver((job) => passes(job))),
    actors: {
      tell: (_: string, call: string, data: unknown) => void told.push([call, data]),
      async request(_: string, call: string, data: unknown) {
        told.push([call, data]);
        return success(null);
      },
    },
  };
  handlers = userHandlers(services as unknown as OperatorServices);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const lost = () => Promise.reject(new DatabaseError(unavailable("lost")));

async function doneAndLost(job: Job): Promise<never> {
  await store.writer.perform({ job, stored: () => null, find: async () => null });
  return lost();
}

const entries = async () =>
  (await store.operations.page({ before: Number.MAX_SAFE_INTEGER, limit: 9, type: null, user_id: null, since: 0 })).map(
    ({ type, user_id }) => [type, user_id],
  );

test("what was done is answered as done, with its entry, and closes the sockets", async () => {
  passes = doneAndLost;
  expect(await handlers["user.suspend"]({ user_id: CASINO }, by)).toEqual({ ok: true, value: {} });
  expect(await entries()).toEqual([["user.suspend", CASINO]]);
  expect(told).toContainEqual(["revoke", { user_id: CASINO, logins: null, suspended: true }]);
  expect(told.at(-1)).toEqual(["settled", { user_ids: [], heard: true }]);
});

test("what wasn't done isn't taken for done since things are as it would have them", async () => {
  passes = lost;
  const logged_out = await handlers["user.logout"]({ user_id: CASINO }, by).catch((error) => error);
  expect(logged_out).toBeInstanceOf(DatabaseError);
  expect(await entries()).toEqual([]);
  expect(told).toEqual([]);
});

test.each(["user.suspend", "user.logout"] as const)(
  "where nobody can tell, the sockets of whom %s concerns come again",
  async (name) => {
    passes = doneAndLost;
    store.operations.has = lost;
    const failed = await handlers[name]({ user_id: CASINO }, by).catch((error) => error);
    expect(failed).toBeInstanceOf(DatabaseError);
    expect(told).toContainEqual(["come_again", { user_id: CASINO }]);
  },
);
