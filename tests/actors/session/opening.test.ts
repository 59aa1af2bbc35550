// Sessions that open by the hundred: those of one user wait behind each other, and who has gone is not opened.

import { beforeEach, expect, test } from "bun:test";
import { type Frame, textOf } from "../../../src/actors/delivery/late-frame.ts";
import { unlimited } from "../../../src/actors/session/allowances.ts";
import { type Opening, type OpeningDependencies, openSession } from "../../../src/actors/session/opening.ts";
import { limits } from "../../../src/domain/limits.ts";
import { createPools, type Pools } from "../../../src/domain/pools.ts";
import { success } from "../../../src/protocol/outcome.ts";

/** Whose token has been looked at, and whose account is being read, in this order. */
let checked: string[];
let reading: { name: string; end(): void }[];
let admitted: string[];
let pools: Pools;

beforeEach(() => {
  [checked, reading, admitted, pools] = [[], [], [], createPools()];
});

const settled = () => new Promise(setImmediate);

/** Opens a session with a token that is its user's id, signed or not; nobody's account is found, once it may be. */
function open(user_id: number, address: string, isOpen = () => true, is_signed = false): Promise<string> {
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  const name = `${user_id} from ${address}`;
  const on = {
    actors: {
      atPlace() {
        return this;
      },
      tell: () => true,
      async request() {
        admitted.push(name);
        return success(null);
      },
    },
    gateway: { send: () => {}, isOpen },
    allowances: unlimited,
    pools,
    authenticator: {
      signed: () => (is_signed ? { user_id, login: 1 } : undefined),
      async claims() {
        checked.push(name);
        return { user_id, login: 1 };
      },
      async arrival() {
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

/** Somebody with one friend comes: the frames that the session gets, each time, and how often the list was read again. */
async function greeted(is_current: boolean): Promise<{ frames: string[][]; lists: number }> {
  const row = { id: 2, name: "bob", status: "online", last_online: 0, state: "friend", since: 0, seq: 1 };
  const friend = { id: 2, type: "friend", name: "bob", status: 1, lastOnline: "", playing: null, data: {} };
  const frames: string[][] = [];
  let lists = 0;
  const answers: Record<string, object> = {
    admit: success(null),
    open: success({ revision: 4, profile: null, friends: is_current ? [friend, { ...friend, type: "none" }] : null }),
    describe: success({ stale: false, friends: [friend], self_seq: 9 }),
  };
  const on = {
    actors: {
      atPlace() {
        return this;
      },
      request: async (_: string, call: string) => answers[call],
      ask: (_: string, call: string, _request: object, reply: (answer: unknown) => void) => reply(answers[call]),
    },
    gateway: { isOpen: () => true, sendAll: (_: number, all: Frame[]) => void frames.push(all.map(typeOf)) },
    allowances: unlimited,
    pools,
    greeting: () => '{"type":"ready"}',
    authenticator: {
      signed: () => ({ user_id: 1, login: 1 }),
      arrival: async () => ({ account: { user: { id: 1 }, person: { id: 1 } }, relations: [row] }),
    },
    store: {
      friendships: {
        async listFor() {
          lists += 1;
          return [row];
        },
      },
    },
  };
  const session: Opening = { claimed() {}, ready() {}, close() {} };
  await openSession(on as unknown as OpeningDependencies, 1, "token", "198.51.100.1", session);
  return { frames, lists };
}

const typeOf = (frame: Frame): string => JSON.parse(textOf(frame)).type;

test("the greeting and the friend list go out together, of one reading", async () => {
  expect(await greeted(true)).toEqual({ frames: [["ready", "friend-list-update"]], lists: 0 });
});

test("a list that may lack what was told since is read again, and follows the greeting", async () => {
  expect(await greeted(false)).toEqual({ frames: [["ready"], ["friend-list-update"]], lists: 1 });
});

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

test("whose token says at once who they are is known at once, and waits for a place to be read", async () => {
  for (let user = 1; user <= limits.sessions_opening; user += 1) void open(user, `198.51.100.${user}`);
  await settled();
  void open(50, "198.51.100.50", () => true, true);
  await settled();
  expect(checked).not.toContain("50 from 198.51.100.50");
  expect(admitted).toContain("50 from 198.51.100.50");
  expect(reading.map(({ name }) => name)).not.toContain("50 from 198.51.100.50");
  reading[0]?.end();
  await settled();
  expect(reading.map(({ name }) => name)).toContain("50 from 198.51.100.50");
});

test("who goes while their token is looked at is not made known to anybody", async () => {
  void open(1, "198.51.100.1", () => checked.length === 0);
  await settled();
  expect(checked).toHaveLength(1);
  expect(admitted).toEqual([]);
});
