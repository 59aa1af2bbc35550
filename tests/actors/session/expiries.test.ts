// When sessions are told that their token is no longer good.

import { expect, test } from "bun:test";
import type { Actors } from "../../../src/actors/calls.ts";
import { Expiries } from "../../../src/actors/session/expiries.ts";

test("each is told once its time has come, and until it is forgotten, whoever came before and after it", () => {
  let told: string[] = [];
  const expiries = new Expiries({ tell: (address: string) => told.push(address) } as unknown as Actors);
  const toldAt = (now_ms: number) => {
    told = [];
    expiries.sweep(now_ms);
    return told;
  };
  expiries.watch(1, 11, 300);
  expiries.watch(2, 12, 100);
  expect(toldAt(99)).toEqual([]);
  expect(toldAt(100)).toEqual(["session:2"]);
  expect(toldAt(101)).toEqual(["session:2"]);
  expiries.forget(2);
  expect(toldAt(102)).toEqual([]);
  expiries.watch(3, 13, 200);
  expect(toldAt(199)).toEqual([]);
  expect(toldAt(400)).toEqual(["session:1", "session:3"]);
});
