// The work that only one node does: whose it is, over leases, hand-overs and deaths.

import { expect, test } from "bun:test";
import { NodeDuty } from "../../src/cluster/duty.ts";
import { people_slot } from "../../src/cluster/slots.ts";

/** A node whose lease and slots the test says. */
function nodeOf(number: number) {
  const state = { isGood: true, of: null as number | null, begun: 0 };
  const place = { number, incarnation: 1 };
  const slot = (asked: number) => ({ epoch: 1, node: asked === people_slot ? state.of : number });
  const membership = {
    place,
    slot,
    get isGood() {
      return state.isGood;
    },
  };
  const duty = new NodeDuty(() => membership);
  duty.onMine(() => {
    state.begun += 1;
  });
  return { duty, state };
}

test("is nobody's who is no node yet", () => {
  const duty = new NodeDuty(() => null);
  duty.onMine(() => expect.unreachable());
  duty.renewed();
  expect(duty.isMine()).toBe(false);
});

test("is of who has the people's slot, whatever else a node has", () => {
  const { duty, state } = nodeOf(3);
  duty.renewed();
  expect([duty.isMine(), state.begun]).toEqual([false, 0]);
  state.of = 3;
  duty.renewed();
  duty.renewed();
  expect([duty.isMine(), state.begun]).toEqual([true, 1]);
  state.of = 4;
  duty.renewed();
  expect([duty.isMine(), state.begun]).toEqual([false, 1]);
});

test("ends with the lease, and what broke off for it begins anew when that is renewed", () => {
  const { duty, state } = nodeOf(3);
  state.of = 3;
  duty.renewed();
  state.isGood = false;
  expect(duty.isMine()).toBe(false);
  state.isGood = true;
  duty.renewed();
  expect([duty.isMine(), state.begun]).toEqual([true, 2]);
});

test("goes on where a lapse was noticed by nobody", () => {
  const { duty, state } = nodeOf(3);
  state.of = 3;
  duty.renewed();
  state.isGood = false;
  state.isGood = true;
  duty.renewed();
  expect(state.begun).toBe(1);
});
