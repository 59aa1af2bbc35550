// To whom who looks offline, as far as it is remembered: of those who are here, and of nobody else.

import { beforeEach, describe, expect, test } from "bun:test";
import { Blindness } from "../../../src/actors/people/blindness.ts";
import { limits } from "../../../src/domain/limits.ts";

const [alice, bob, robot, session, of_robot] = [1, 2, 3, 20, 30];

let here: Set<number>;
let blindness: Blindness;
let now_ms = 0;

beforeEach(() => {
  here = new Set();
  blindness = new Blindness(
    (user_id) => here.has(user_id),
    () => now_ms,
  );
});

function enter(): void {
  here.add(bob);
  blindness.enter(session, bob, null);
}

/** A bot of Bob's comes. */
function enterBot(): void {
  here.add(robot);
  blindness.enter(of_robot, robot, bob);
}

function leave(): void {
  here.delete(bob);
  blindness.leave(session, true);
}

test("nothing is kept of those who aren't here, whoever blocks them or was looking for them as they went", () => {
  expect(blindness.tell(alice, bob, true)).toEqual([]);
  blindness.remember([alice], { user_id: bob, blockers: [alice], owner_blockers: [] });
  expect(blindness.isEmpty).toBe(true);
});

test("what was told of those who weren't here counts when they look, and is kept from then on", () => {
  blindness.tell(alice, bob, true);
  enter();
  const viewer = { user_id: bob, blockers: [], owner_blockers: [] };
  expect([...blindness.among([alice], viewer)]).toEqual([alice]);
  blindness.remember([alice], viewer);
  expect(blindness.ofSession(session, alice)).toBe(true);
  leave();
  expect(blindness.isEmpty).toBe(true);
});

test("what was stored when its owner died, and told to nobody, is told by the next one", () => {
  enter();
  blindness.inherit(alice, bob);
  expect(blindness.ofSession(session, alice)).toBe(true);
  expect(blindness.tell(alice, bob, true)).toEqual([bob]);
  expect(blindness.tell(alice, bob, true)).toEqual([]);
});

test.each([true, false])("what one session has read before it is told (hides: %p) is told to the others", (hides) => {
  enter();
  if (!hides) blindness.tell(alice, bob, true);
  // So long after it was told a read is the newer of the two.
  now_ms += 2 * limits.request_deadline_ms;
  blindness.remember([alice], { user_id: bob, blockers: hides ? [alice] : [], owner_blockers: [] });
  expect(blindness.tell(alice, bob, hides)).toEqual([bob]);
  expect(blindness.tell(alice, bob, hides)).toEqual([]);
});

describe("from a bot hides who hides from whose it is", () => {
  const ofBot = (blockers: number[], owner_blockers: number[]) => ({ user_id: robot, blockers, owner_blockers });

  test("told while it is here, whether its owner is or not", () => {
    enterBot();
    expect(blindness.tell(alice, bob, true)).toEqual([bob, robot]);
    expect(blindness.ofSession(of_robot, alice)).toBe(true);
    expect([...blindness.among([alice], ofBot([], []))]).toEqual([alice]);
    expect(blindness.tell(alice, bob, false)).toEqual([bob, robot]);
    expect(blindness.ofSession(of_robot, alice)).toBe(false);
  });

  test("read before it is told", () => {
    enterBot();
    blindness.remember([alice], ofBot([], [alice]));
    expect(blindness.ofSession(of_robot, alice)).toBe(true);
    enter();
    expect(blindness.ofSession(session, alice)).toBe(true);
    expect(blindness.tell(alice, bob, false)).toEqual([bob, robot]);
    expect(blindness.ofSession(of_robot, alice)).toBe(false);
  });

  test("and for as long as either is blocked", () => {
    enterBot();
    blindness.remember([alice], ofBot([alice], [alice]));
    expect(blindness.tell(alice, bob, false)).toEqual([bob]);
    expect(blindness.ofSession(of_robot, alice)).toBe(true);
    expect(blindness.tell(alice, bob, true)).toEqual([bob]);
    expect(blindness.tell(alice, robot, false)).toEqual([]);
    expect(blindness.ofSession(of_robot, alice)).toBe(true);
    expect(blindness.tell(alice, bob, false)).toEqual([bob, robot]);
    expect(blindness.ofSession(of_robot, alice)).toBe(false);
  });

  test("and nothing is kept when both are gone", () => {
    enterBot();
    enter();
    blindness.remember([alice], ofBot([alice], [alice]));
    leave();
    expect(blindness.ofSession(of_robot, alice)).toBe(true);
    here.delete(robot);
    blindness.leave(of_robot, true);
    expect(blindness.isEmpty).toBe(true);
  });
});
