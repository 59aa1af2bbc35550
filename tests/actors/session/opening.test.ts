// Sessions that open by the hundred: those of one user wait behind each other, and who has gone is not opened.

import { beforeEach, expect, test } from "bun:test";
import { unlimited } from "../../../src/actors/session/allowances.ts";
import { type Opening, type OpeningDependencies, openSession } from "../../../src/actors/session/opening.ts";
import { limits } from "../../../src/domain/limits.ts";
import { createPools, type Pools } from "../../../src/domain/pools.ts";
import { success } from "../../../src/protocol/outcome.ts";

/** Whose token has been looked at, and whose account is being read, in this order. */
let checked: string[];
let reading: { name: string; end(): void }[];
let pools: Pools;

beforeEach(() => {
  [checked, reading, pools] = [[], [], createPools()];
});

const settled = () => new Promise(setImmediate);

/** Opens a session with a token that is its user's id; nobody's account is found, once it may be. */
function open(user_id: number, address: string, isOpen = () => true): Promise<string> {
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  const name = `${user_id} from ${address}`;
  const on = {
    actors: { tell: () => true, request: async () => success(null) },
    gateway: { send: () => {}, isOpen },
    allowances: unlimited,
    pools,
    authenticator: {
      async claims() {
        checked.push(name);
        return { user_id, login: 1 };
      },
      async account() {
        const { promise, resolve: end } = Promise.withResolvers<void>();
        reading.push({ name, end });
        await promise;
        return null;
      },
    },
  };
  const session: Opening = {
    claimed() {},
    ready() {},
    close: resolve,
  };
  void openSession(on as unknown as OpeningDependencies, 1, "token", address, session);
  return closed;
}

test("a user who opens many leaves places for others, from wherever they come", async () => {
  for (let opened = 0; opened < 50; opened += 1) void open(1, `198.51.100.${opened}`);
  await settled();
  expect(reading).toHaveLength(limits.sessions_opening_per_user);
  void open(2, "198.51.100.1");
  await settled();
  expect(reading.at(-1)?.name).toBe("2 from 198.51.100.1");
});

test("of a crowd of users at one address each other address waits for a few only", async () => {
  for (let user = 1; user <= 50; user += 1) void open(user, "198.51.100.1");
  await settled();
  void open(100, "198.51.100.2");
  await settled();
  for (let ended = 0; ended <= 2 * limits.pool_turns_per_address; ended += 1) {
    reading[ended]?.end();
    await settled();
  }
  expect(reading.map(({ name }) => name)).toContain("100 from 198.51.100.2");
});

test("who has gone before their turn is not looked for", async () => {
  for (let user = 1; user <= limits.sessions_opening; user += 1) void open(user, `198.51.100.${user}`);
  await settled();
  let is_open = true;
  const closed = open(50, "198.51.100.50", () => is_open);
  is_open = false;
  reading[0]?.end();
  expect(await closed).toBe("server_fault");
  expect(checked).not.toContain("50 from 198.51.100.50");
});
