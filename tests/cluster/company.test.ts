// Beside which nodes a node isn't started, by what they say of themselves in the database, and whether they live.

import { describe, expect, test } from "bun:test";
import { refuseStrangers, refuseToBreak } from "../../src/cluster/membership/company.ts";
import type { SeenNode } from "../../src/cluster/membership/decisions.ts";
import { describing } from "../../src/cluster/membership/description.ts";

const ME = 1;

interface Other {
  number?: number;
  protocol?: number;
  migrations?: number;
  state?: string;
  /** After so many looks it is there no more. */
  buried_at?: number;
  is_dead?: boolean;
}

/** A node among others, which it looks at again and again. */
function among(...others: Other[]) {
  let looks = 0;
  const own = describing("2.0.0", "", 0);
  const nodeOf = ({ number = 2, state = "serving", is_dead = false, buried_at: _, ...more }: Other): SeenNode => ({
    ...{ number, incarnation: 1, holder: `node ${number}`, state, beat: is_dead ? 7 : looks },
    description: JSON.stringify({ ...own, version: "1.0.0", ...more }),
  });
  return {
    place: { number: ME, incarnation: 1 },
    lost: null,
    get nodes() {
      const there = others.filter(({ buried_at = Number.POSITIVE_INFINITY }) => looks < buried_at);
      const me = {
        number: ME,
        incarnation: 1,
        holder: "me",
        beat: 1,
        state: "joining",
        description: JSON.stringify(own),
      };
      return [me, ...there.map(nodeOf)];
    },
    async renew() {
      looks += 1;
    },
    looked: () => looks,
  };
}

const wordsOf = (refusing: Promise<void>) => refusing.then(() => null, String);
const mine = describing("2.0.0", "", 0);

describe("a node", () => {
  test("is beside those of its protocol, the one before and the one after, and doesn't look twice", async () => {
    const company = among({}, { number: 3, protocol: mine.protocol - 1 }, { number: 4, protocol: mine.protocol + 1 });
    expect(await wordsOf(refuseStrangers(company))).toBeNull();
    expect(company.looked()).toBe(0);
  });

  test("is refused beside one that is further away, and told which", async () => {
    const words = await wordsOf(refuseStrangers(among({}, { number: 5, protocol: mine.protocol + 2 })));
    expect(words).toContain("version 1.0.0, which node 5 runs");
    expect(words).toContain("bring all nodes to a version between the two first");
  });

  test("isn't kept out by one that died, whose row stands until it is buried", async () => {
    const company = among({ protocol: mine.protocol + 2, is_dead: true, buried_at: 3 });
    expect(await wordsOf(refuseStrangers(company))).toBeNull();
    expect(company.looked()).toBe(3);
  });

  test("that begins at the same time as a stranger is refused when it has the greater number, else the other is", async () => {
    const stranger = { protocol: mine.protocol + 2, state: "joining" };
    expect(await wordsOf(refuseStrangers(among({ ...stranger, number: 0 })))).toContain("which node 0 runs");
    expect(await wordsOf(refuseStrangers(among({ ...stranger, number: 2, buried_at: 2 })))).toBeNull();
  });

  test("that would change the database doesn't, while one lives that wouldn't know", async () => {
    const [knowing, unknowing] = [
      { number: 2, migrations: 9 },
      { number: 3, migrations: 8 },
    ];
    expect(await wordsOf(refuseToBreak(among(knowing), "0008_more", 9))).toBeNull();
    const words = await wordsOf(refuseToBreak(among(knowing, unknowing), "0008_more", 9));
    expect(words).toContain('changes the database ("0008_more") so that node 3, which runs version 1.0.0');
    expect(
      await wordsOf(refuseToBreak(among({ ...unknowing, is_dead: true, buried_at: 2 }), "0008_more", 9)),
    ).toBeNull();
  });
});
