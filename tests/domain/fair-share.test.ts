// Places that many want: whoever asks for much waits behind themselves, whatever comes in whatever order.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FairShare, type Party, type Place, type Shares } from "../../src/domain/fair-share.ts";

const shares: Shares = { places: 4, per_party: 2, waiting: 100, per_group: 2 };
const alone = (name: string): Party => ({ party: name, group: name });

/** A share whose places are given back by the test; `begun` has the names in the order in which they got one. */
function bench(of: Partial<Shares> = {}) {
  const share = new FairShare({ ...shares, ...of });
  const begun: string[] = [];
  const refused: string[] = [];
  const working: { name: string; place: Place; end(): void }[] = [];
  const want = (name: string, who: Party = alone(name), isWanted?: () => boolean) =>
    share.run(
      who,
      async (place) => {
        begun.push(name);
        const { promise, resolve } = Promise.withResolvers<void>();
        working.push({ name, place, end: resolve });
        await promise;
      },
      () => void refused.push(name),
      isWanted,
    );
  /** Ends the work that began first, or that of this name. */
  const end = async (name?: string) => {
    const at = name === undefined ? 0 : working.findIndex((one) => one.name === name);
    working.splice(at, 1)[0]?.end();
    await settled();
  };
  return { share, begun, refused, working, want, end };
}

const settled = () => new Promise(setImmediate);

describe("a fair share", () => {
  test("gives places at once while there are some", async () => {
    const { share, begun, want } = bench();
    for (const name of ["a", "b", "c", "d", "e"]) void want(name);
    await settled();
    expect(begun).toEqual(["a", "b", "c", "d"]);
    expect(share.stats).toEqual({ in_use: 4, waiting: 1, refused: 0 });
  });

  test("has one more handed out before somebody who comes after a crowd of one, and no more", async () => {
    const { begun, want, end } = bench({ places: 1, per_party: 1 });
    for (let asked = 0; asked < 50; asked += 1) void want("crowd");
    void want("bob");
    void want("carol");
    await settled();
    for (let ended = 0; ended < 4; ended += 1) await end();
    expect(begun).toEqual(["crowd", "crowd", "bob", "carol", "crowd"]);
  });

  test("keeps a place for others from a party that has all it may", async () => {
    const { share, begun, want, end } = bench();
    for (let asked = 0; asked < 10; asked += 1) void want("crowd");
    await settled();
    expect(share.stats).toMatchObject({ in_use: 2, waiting: 8 });
    void want("bob");
    await settled();
    expect(begun).toEqual(["crowd", "crowd", "bob"]);
    await end("bob");
    expect(begun).toHaveLength(3);
    await end("crowd");
    expect(begun).toEqual(["crowd", "crowd", "bob", "crowd"]);
  });

  test("takes many users of one address for a crowd, and lets several of them have their turn", async () => {
    const { begun, want, end } = bench({ places: 1, per_party: 1 });
    const at = (party: string, group: string): Party => ({ party, group });
    void want("first", at("first", "elsewhere"));
    for (let user = 0; user < 20; user += 1) void want(`school ${user}`, at(`school ${user}`, "school"));
    void want("bob", at("bob", "home"));
    await settled();
    for (let ended = 0; ended < 5; ended += 1) await end();
    expect(begun).toEqual(["first", "school 0", "bob", "school 1", "school 2", "school 3"]);
  });

  test("has the users of one address take turns", async () => {
    const { begun, want, end } = bench({ places: 1, per_party: 1 });
    for (const party of ["a", "a", "a", "b", "c", "c"]) void want(party, { party, group: "school" });
    await settled();
    for (let ended = 0; ended < 5; ended += 1) await end();
    expect(begun).toEqual(["a", "a", "b", "c", "a", "c"]);
  });

  test("counts a user's places wherever they ask from", async () => {
    const { share, want, begun, end } = bench();
    for (let address = 0; address < 10; address += 1) void want("alice", { party: "alice", group: `${address}` });
    await settled();
    expect(share.stats).toMatchObject({ in_use: 2, waiting: 8 });
    for (let ended = 0; ended < 8; ended += 1) await end();
    expect(begun).toHaveLength(10);
    expect(share.stats).toMatchObject({ in_use: 2, waiting: 0 });
  });

  test("refuses the newest of the longest line when too many wait, not who comes last", async () => {
    const { refused, want } = bench({ places: 1, per_party: 1, waiting: 4 });
    for (let asked = 0; asked < 5; asked += 1) void want(`crowd ${asked}`, alone("crowd"));
    void want("bob");
    void want("carol");
    await settled();
    expect(refused).toEqual(["crowd 4", "crowd 3"]);
    void want("crowd 5", alone("crowd"));
    await settled();
    expect(refused).toEqual(["crowd 4", "crowd 3", "crowd 5"]);
  });

  test("refuses of many users of one address before it refuses somebody else", async () => {
    const { refused, want } = bench({ places: 1, per_party: 1, waiting: 4 });
    for (let user = 0; user < 5; user += 1) void want(`s${user}`, { party: `s${user}`, group: "school" });
    void want("bob");
    await settled();
    expect(refused).toHaveLength(1);
    expect(refused[0]).toStartWith("s");
  });

  test("passes over what nobody waits for any more", async () => {
    const { share, begun, want, end } = bench({ places: 1 });
    let wanted = true;
    void want("first");
    void want("late", alone("late"), () => wanted);
    void want("last");
    await settled();
    wanted = false;
    await end();
    expect(begun).toEqual(["first", "last"]);
    expect(share.stats.refused).toBe(0);
  });

  test("gives a place back when the work fails", async () => {
    const { share, want, begun } = bench({ places: 1 });
    const failing = share.run(
      alone("a"),
      () => Promise.reject(new Error("a bug")),
      () => "refused",
    );
    expect(await failing.catch((error: Error) => error.message)).toBe("a bug");
    void want("b");
    await settled();
    expect(begun).toEqual(["b"]);
  });
});

describe("a place that is left for a while", () => {
  /** Two of whom the first has left the place that the second has. */
  async function left() {
    const there = bench({ places: 1, per_party: 1 });
    for (const name of ["a", "b"]) void there.want(name);
    await settled();
    const place = there.working[0]?.place as Place;
    place.leave();
    await settled();
    expect(there.begun).toEqual(["a", "b"]);
    return { ...there, place };
  }

  test("is somebody else's, and held again before anybody begins who waits", async () => {
    const { share, begun, want, end, place } = await left();
    void want("c");
    let is_held = false;
    void place.take().then(() => {
      is_held = true;
    });
    await settled();
    expect([is_held, share.stats.in_use]).toEqual([false, 1]);
    await end("b");
    expect([is_held, share.stats.in_use]).toEqual([true, 1]);
    expect(begun).toEqual(["a", "b"]);
    await end("a");
    expect(begun).toEqual(["a", "b", "c"]);
  });

  test("counts as its party's meanwhile", async () => {
    const { begun, want, end } = await left();
    void want("a again", alone("a"));
    await end("b");
    expect(begun).toEqual(["a", "b"]);
    await end("a");
    expect(begun).toEqual(["a", "b", "a again"]);
  });

  test("isn't held again once its work has ended, and whoever waited for that goes on", async () => {
    const { share, begun, want, end, place } = await left();
    const taking = place.take();
    await end("a");
    await taking;
    await place.take();
    await end("b");
    expect(share.stats).toEqual({ in_use: 0, waiting: 0, refused: 0 });
    void want("c");
    await settled();
    expect(begun).toEqual(["a", "b", "c"]);
  });

  test("is no longer left by work that has ended", async () => {
    const { share, want, end, working } = bench({ places: 2 });
    for (const name of ["a", "b"]) void want(name);
    await settled();
    const place = working[0]?.place as Place;
    await end("a");
    place.leave();
    await place.take();
    expect(share.stats.in_use).toBe(1);
  });

  test("is kept where eight times as many as there are have been left", async () => {
    const { share, begun, want, end, working } = bench({ places: 1, per_party: 1 });
    const names = Array.from({ length: 10 }, (_, at) => `${at}`);
    for (const name of names) void want(name);
    for (let left = 0; left < names.length; left += 1) {
      await settled();
      working.at(-1)?.place.leave();
    }
    expect(begun).toEqual(names.slice(0, 9));
    await end("0");
    working.at(-1)?.place.leave();
    await settled();
    expect(begun).toEqual(names);
    while (working.length > 0) await end();
    expect(share.stats).toEqual({ in_use: 0, waiting: 0, refused: 0 });
  });

  test("is left once, however often it is said, and leaving it ends the wait for it", async () => {
    const { share, end, place } = await left();
    const taking = place.take();
    place.leave();
    place.leave();
    await taking;
    await end("b");
    expect(share.stats.in_use).toBe(0);
    await Promise.all([place.take(), place.take()]);
    expect(share.stats.in_use).toBe(1);
  });
});

/** Parties 0 to 5 ask from groups 0 to 2, and places are given back, for good or for a while. */
const step = fc.oneof(
  fc.record({ act: fc.constant("want" as const), party: fc.nat(5), group: fc.nat(2) }),
  fc.record({ act: fc.constantFrom("end" as const, "leave" as const, "take" as const), at: fc.nat(20) }),
);
const sizes = fc.record({
  places: fc.integer({ min: 1, max: 4 }),
  per_party: fc.integer({ min: 1, max: 4 }),
  waiting: fc.integer({ min: 0, max: 12 }),
  per_group: fc.integer({ min: 1, max: 3 }),
});

describe("whatever is asked in whatever order", () => {
  test("bounds hold, no place is left empty that somebody may have, lines keep their order, and all are settled", async () => {
    const law = fc.asyncProperty(sizes, fc.array(step, { maxLength: 120 }), async (of, steps) => {
      const share = new FairShare(of);
      const working: { party: string; place: Place; is_away: boolean; end(): void }[] = [];
      const held = () => share.stats.in_use;
      const begun = new Map<string, number[]>();
      const waits = new Map<number, { party: string; group: string }>();
      const ends: Promise<unknown>[] = [];
      let asked = 0;
      const placesOf = (party: string) => working.filter((one) => one.party === party).length;
      const want = (who: Party) => {
        const number = ++asked;
        waits.set(number, who);
        const work = async (place: Place) => {
          waits.delete(number);
          const line = `${who.group} ${who.party}`;
          begun.set(line, [...(begun.get(line) ?? []), number]);
          const { promise, resolve } = Promise.withResolvers<void>();
          working.push({ party: who.party, place, is_away: false, end: resolve });
          await promise;
        };
        ends.push(share.run(who, work, () => void waits.delete(number)));
      };
      const check = () => {
        const away = working.filter(({ is_away }) => is_away).length;
        expect(share.stats.waiting).toBe(waits.size);
        expect(held()).toBe(Math.min(working.length - away, of.places));
        expect(waits.size).toBeLessThanOrEqual(of.waiting);
        for (const { party } of working) expect(placesOf(party)).toBeLessThanOrEqual(of.per_party);
        const may_begin = [...waits.values()].some(({ party }) => placesOf(party) < of.per_party);
        if (held() < of.places) expect(may_begin).toBe(false);
      };
      for (const one of steps) {
        if (one.act === "want") want({ party: `p${one.party}`, group: `g${one.group}` });
        else if (one.act === "end") working.splice(one.at % (working.length || 1), 1)[0]?.end();
        else {
          const chosen = working[one.at % (working.length || 1)];
          const left = working.filter(({ is_away }) => is_away).length;
          if (chosen && !chosen.is_away) chosen.is_away = one.act === "leave" && left < of.places * 8;
          else if (chosen) chosen.is_away = one.act === "leave";
          if (one.act === "leave") chosen?.place.leave();
          else ends.push(Promise.resolve(chosen?.place.take()));
        }
        await settled();
        check();
      }
      while (working.length > 0) {
        working.shift()?.end();
        await settled();
      }
      await Promise.all(ends);
      for (const line of begun.values()) expect(line).toEqual(line.toSorted((one, other) => one - other));
      expect(share.stats).toMatchObject({ in_use: 0, waiting: 0 });
    });
    await fc.assert(law, { numRuns: 150 });
  });

  test("who waits sees each other group have one round at most before each of its own", async () => {
    const law = fc.asyncProperty(
      fc.array(fc.record({ party: fc.nat(9), group: fc.nat(3) }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 3 }),
      async (crowd, per_group) => {
        const { begun, want, end } = bench({ places: 1, per_party: 1, per_group });
        void want("first");
        for (const { party, group } of crowd) void want("crowd", { party: `${group} ${party}`, group: `g${group}` });
        void want("bob");
        await settled();
        while (!begun.includes("bob")) await end();
        const groups = new Set(crowd.map(({ group }) => group)).size;
        expect(begun.indexOf("bob")).toBeLessThanOrEqual(1 + groups * per_group);
      },
    );
    await fc.assert(law, { numRuns: 100 });
  });
});
