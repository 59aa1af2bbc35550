// The room of unfinished uploads: who has much of it gives way to who has little, and never the other way round.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../../src/domain/limits.ts";
import { type Holding, UploadRoom } from "../../src/domain/upload-room.ts";

const UPLOAD = limits.upload_bytes;

function roomFor(uploads: number) {
  const room = new UploadRoom(uploads * UPLOAD);
  const gone: string[] = [];
  const begin = (party: string, group = party): Holding => room.begin({ party, group }, () => void gone.push(party));
  return { room, gone, begin };
}

describe("the room of unfinished uploads", () => {
  test("is given back by whoever holds the most of it, one upload at a time", () => {
    const { room, gone, begin } = roomFor(4);
    for (let sent = 0; sent < 4; sent += 1) expect(room.take(begin("crowd"), UPLOAD - 40, 0)).toBe(true);
    const bob = begin("bob");
    expect(room.take(bob, UPLOAD, 0)).toBe(true);
    expect(gone).toEqual(["crowd"]);
    expect(room.stats.bytes).toBe(3 * (UPLOAD - 40) + UPLOAD);
  });

  test("is not taken from somebody with one upload by another who is no slower", () => {
    const { room, gone, begin } = roomFor(2);
    expect(room.take(begin("alice"), UPLOAD, 0)).toBe(true);
    expect(room.take(begin("bob"), UPLOAD, 0)).toBe(true);
    expect(room.take(begin("carol"), 1, 0)).toBe(false);
    expect(gone).toEqual([]);
  });

  test("is taken from what drips, whoever sends it", () => {
    const { room, gone, begin } = roomFor(2);
    const [alice, bob] = [begin("alice"), begin("bob")];
    room.take(alice, UPLOAD - 10, 0);
    room.take(bob, UPLOAD - limits.upload_pace_bytes, 0);
    const later_ms = limits.upload_pace_ms + 1;
    room.take(alice, 1, later_ms);
    room.take(bob, limits.upload_pace_bytes, later_ms);
    expect(room.take(begin("carol"), UPLOAD, later_ms)).toBe(true);
    expect(gone).toEqual(["alice"]);
  });

  test("is taken from many users of one address that holds more than its part", () => {
    const { room, gone, begin } = roomFor(8);
    for (let user = 0; user < 7; user += 1) room.take(begin(`school ${user}`, "school"), UPLOAD, 0);
    room.take(begin("alice"), UPLOAD, 0);
    expect(room.take(begin("bob"), UPLOAD, 0)).toBe(true);
    expect(gone).toHaveLength(1);
    expect(gone[0]).toStartWith("school");
  });

  test("is kept by what has come whole", () => {
    const { room, gone, begin } = roomFor(2);
    for (let sent = 0; sent < 2; sent += 1) {
      const holding = begin("crowd");
      room.take(holding, UPLOAD, 0);
      room.finish(holding);
    }
    expect(room.take(begin("bob"), UPLOAD, 0)).toBe(false);
    expect(gone).toEqual([]);
    expect(room.stats).toEqual({ bytes: 2 * UPLOAD, refused: 1 });
  });

  test("of an address that holds much, gives way what is slowest, and of two such the heavier", () => {
    const { room, gone, begin } = roomFor(16);
    const take = (user: string, group: string, bytes: number, at_ms: number) => {
      const holding = begin(user, group);
      room.take(holding, bytes, at_ms);
      return holding;
    };
    const slow = take("school 0", "school", UPLOAD / 2, 0);
    for (let user = 1; user < 7; user += 1) take(`school ${user}`, "school", UPLOAD, 1);
    for (let user = 0; user < 9; user += 1) take(`firm ${user}`, "firm", UPLOAD, 2);
    room.take(slow, limits.upload_pace_bytes, 3);
    expect(room.take(begin("bob"), 2 * UPLOAD, 4)).toBe(true);
    expect(gone).toEqual(["firm 0", "firm 1"]);
    // Now the firm holds 7, and the school a little more than 6.5; what came on last is not the slowest.
    expect(room.take(begin("carol"), UPLOAD, 5)).toBe(true);
    expect(room.take(begin("dave"), UPLOAD / 2, 6)).toBe(true);
    expect(gone.slice(2)).toEqual(["firm 2", "school 1"]);
  });

  test("whatever comes and goes: is never more than there is, and nobody gives way to who has as much", () => {
    const step = fc.record({
      act: fc.constantFrom("take", "take", "take", "end", "whole"),
      at: fc.nat(11),
      bytes: fc.integer({ min: 1, max: UPLOAD }),
    });
    const law = fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const room = new UploadRoom(4 * UPLOAD);
      const holdings = new Map<number, Holding>();
      const heldBy = (by: "party" | "group", name: string) =>
        [...holdings.values()].reduce((sum, { who, bytes }) => sum + (who[by] === name ? bytes : 0), 0);
      for (const { act, at, bytes } of steps) {
        const who = { party: `user ${at % 4}`, group: `address ${at % 2}` };
        const holding = holdings.get(at) ?? room.begin(who, () => {});
        holdings.set(at, holding);
        const before = [...holdings.values()].map((one) => ({ one, bytes: one.bytes, gave_way: one.gave_way }));
        const wanted = { party: heldBy("party", who.party) + bytes, group: heldBy("group", who.group) + bytes };
        const heavy = before.map(({ one }) => ({
          party: heldBy("party", one.who.party),
          group: heldBy("group", one.who.group),
        }));
        if (act === "whole") room.finish(holding);
        else if (act === "end" || !room.take(holding, bytes, 0)) {
          room.end(holding);
          holdings.delete(at);
        }
        for (const [index, { one, gave_way }] of before.entries()) {
          if (!one.gave_way || gave_way) continue;
          expect(one.is_whole).toBe(false);
          const { party = 0, group = 0 } = heavy[index] ?? {};
          expect(party > wanted.party || group > wanted.group).toBe(true);
          holdings.delete([...holdings].find(([, held]) => held === one)?.[0] ?? -1);
        }
        const held = [...holdings.values()].reduce((sum, one) => sum + one.bytes, 0);
        expect(room.stats.bytes).toBe(held);
        expect(held).toBeLessThanOrEqual(4 * UPLOAD);
      }
    });
    fc.assert(law, { numRuns: 200 });
  });
});
