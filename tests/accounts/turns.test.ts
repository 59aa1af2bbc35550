// Calls that want a hash, by the hundred from one address: whoever calls from another has their turn among the next.

import { expect, test } from "bun:test";
import type { Accounts } from "../../src/accounts/accounts.ts";
import { inTurns } from "../../src/accounts/turns.ts";
import { limits } from "../../src/domain/limits.ts";
import { createPools } from "../../src/domain/pools.ts";
import { success } from "../../src/protocol/outcome.ts";

/** Accounts that log in whom the test says. */
function slowAccounts() {
  const begun: { name: string; end(): void }[] = [];
  const held = async ({ username }: { username: string }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    begun.push({ name: username, end: resolve });
    await promise;
    return success({ success: true });
  };
  const accounts = inTurns({ login: held, register: held } as unknown as Accounts, createPools().hashes);
  const ask = (call: "login" | "register", username: string, address: string) =>
    accounts[call]({ username, password: "correct horse" }, { address });
  return { begun, ask };
}

const settled = () => new Promise(setImmediate);

test("a log-in from another address begins next but one, however many wait from one", async () => {
  const { begun, ask } = slowAccounts();
  for (let name = 0; name < 100; name += 1) void ask(name % 2 ? "register" : "login", `crowd-${name}`, "198.51.100.1");
  void ask("login", "bob", "198.51.100.2");
  await settled();
  expect(begun).toHaveLength(limits.password_calls);
  const { pool_turns_per_address: turns } = limits;
  for (let ended = 0; ended <= turns; ended += 1) {
    begun[ended]?.end();
    await settled();
  }
  expect(begun.map(({ name }) => name)).toContain("bob");
});

test("one name from one address is tried once at a time", async () => {
  const { begun, ask } = slowAccounts();
  for (let tried = 0; tried < 10; tried += 1) void ask("login", "alice", "198.51.100.1");
  void ask("login", "alice", "198.51.100.2");
  await settled();
  expect(begun).toHaveLength(2 * limits.password_calls_per_name);
});

test("when too many wait, those of the crowd are refused, and told when to come again", async () => {
  const { begun, ask } = slowAccounts();
  const room = limits.password_calls + limits.password_queue;
  const crowd = Array.from({ length: room + 1 }, (_, name) => ask("login", `crowd-${name}`, "198.51.100.1"));
  const refused = { ok: false, error: { code: "unavailable", details: { retry_after_ms: limits.crowded_retry_ms } } };
  expect(await crowd[room]).toMatchObject(refused);
  const bob = ask("login", "bob", "198.51.100.2");
  expect(await crowd[room - 1]).toMatchObject(refused);
  while (!begun.some(({ name }) => name === "bob")) {
    for (const { end } of begun) end();
    await settled();
  }
  begun.at(-1)?.end();
  for (const { end } of begun) end();
  expect(await bob).toMatchObject({ ok: true });
});
