// Tokens while the secret that signs them changes, be it here or at another process.

import { expect, test } from "bun:test";
import { type FormerSecret, rotatingTokens } from "../../src/accounts/rotating-tokens.ts";

const now_ms = 1_000_000;
const clock = () => now_ms;
const later_ms = now_ms + 60_000;
const claims = { user_id: 1, login: 2 };
const [OLD, NEW] = ["a".repeat(32), "b".repeat(32)] as const;

/** A process, which follows what is stored. */
function processOf(stored: { secret: string; former: FormerSecret[] }) {
  const tokens = rotatingTokens(stored.secret, stored.former, clock);
  const { follow } = tokens.following([], () => structuredClone(stored));
  return { tokens, read: () => follow()(new Map()) };
}

test("a secret that others are to sign with is good before it signs", async () => {
  const stored = { secret: OLD, former: [] as FormerSecret[] };
  const [one, other] = [processOf(stored), processOf(stored)];
  const signed = await rotatingTokens(NEW, [], clock).sign(claims, later_ms);
  expect(await other.tokens.verify(signed)).toBeNull();
  stored.former = [{ secret: NEW, until_ms: later_ms }];
  other.read();
  expect(await other.tokens.verify(signed)).toEqual(claims);
  // It signs with what signed before, which is good everywhere.
  expect(await one.tokens.verify(await other.tokens.sign(claims, later_ms))).toEqual(claims);
});

test("what is stored of others is taken over as a whole, and goes with it", async () => {
  const stored = { secret: OLD, former: [] as FormerSecret[] };
  const { tokens, read } = processOf(stored);
  const by_old = await tokens.sign(claims, later_ms);
  Object.assign(stored, { secret: NEW, former: [{ secret: OLD, until_ms: later_ms }] });
  read();
  expect([tokens.secret(), await tokens.verify(by_old)]).toEqual([NEW, claims]);
  stored.former = [];
  read();
  expect([tokens.former(), await tokens.verify(by_old)]).toEqual([[], null]);
});

test("what was made here since it began to read is not undone", async () => {
  const stored = { secret: OLD, former: [] as FormerSecret[] };
  const tokens = rotatingTokens(OLD, [], clock);
  const { follow } = tokens.following([], () => stored);
  const take = follow();
  tokens.rotate(NEW, []);
  take(new Map());
  expect(tokens.secret()).toBe(NEW);
});
