// To whom who looks offline, as far as it is remembered: of those who are here, and of nobody else.

import { beforeEach, expect, test } from "bun:test";
import { Blindness } from "../../../src/actors/people/blindness.ts";

const [alice, bob, session] = [1, 2, 20];

let here: Set<number>;
let blindness: Blindness;

beforeEach(() => {
  here = new Set();
  blindness = new Blindness(
    (user_id) => here.has(user_id),
    () => 0,
  );
});

function enter(): void {
  here.add(bob);
  blindness.enter(session, bob);
}

function leave(): void {
  here.delete(bob);
  blindness.leave(session, true);
}

test("nothing is kept of those who aren't here, whoever blocks them or was looking for them as they went", () => {
  expect(blindness.tell(alice, bob, true)).toBe(false);
  blindness.remember([alice], bob, new Set([alice]));
  expect(blindness.isEmpty).toBe(true);
});

test("what was told of those who weren't here counts when they look, and is kept from then on", () => {
  blindness.tell(alice, bob, true);
  enter();
  const hiding = blindness.among([alice], { user_id: bob, blockers: [] });
  blindness.remember([alice], bob, hiding);
  expect(blindness.ofSession(session, alice)).toBe(true);
  leave();
  expect(blindness.isEmpty).toBe(true);
});

test.each([true, false])("what one session has read before it is told (hides: %p) is told to the others", (hides) => {
  enter();
  if (!hides) blindness.tell(alice, bob, true);
  blindness.remember([alice], bob, new Set(hides ? [alice] : []));
  expect(blindness.tell(alice, bob, hides)).toBe(true);
  expect(blindness.tell(alice, bob, hides)).toBe(false);
});
