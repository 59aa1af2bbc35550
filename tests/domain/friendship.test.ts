import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  applyFriendshipAction,
  type FriendshipAction,
  type FriendshipRefusal,
  type Relation,
  type RelationPair,
} from "../../src/domain/friendship.ts";

type Standing = "none" | "incoming" | "outgoing" | "friend" | "blocked by me" | "blocked by them" | "blocked by both";
type Result = Standing | FriendshipRefusal;

const pairs: Record<Standing, RelationPair> = {
  none: { mine: "none", theirs: "none" },
  incoming: { mine: "incoming", theirs: "outgoing" },
  outgoing: { mine: "outgoing", theirs: "incoming" },
  friend: { mine: "friend", theirs: "friend" },
  "blocked by me": { mine: "blocked", theirs: "none" },
  "blocked by them": { mine: "none", theirs: "blocked" },
  "blocked by both": { mine: "blocked", theirs: "blocked" },
};

/** What each action makes of each standing: a standing, or the reason why not. */
const transitions: Record<Standing, Record<FriendshipAction, Result>> = {
  none: { request: "outgoing", accept: "no_request", reject: "no_request", remove: "no_relation" },
  incoming: { request: "friend", accept: "friend", reject: "none", remove: "no_relation" },
  outgoing: { request: "already_sent", accept: "no_request", reject: "no_request", remove: "none" },
  friend: { request: "already_friends", accept: "already_friends", reject: "no_request", remove: "none" },
  "blocked by me": { request: "blocked", accept: "blocked", reject: "blocked", remove: "blocked" },
  "blocked by them": { request: "blocked", accept: "blocked", reject: "blocked", remove: "blocked" },
  "blocked by both": { request: "blocked", accept: "blocked", reject: "blocked", remove: "blocked" },
};

describe.each(Object.keys(transitions) as Standing[])("from %s", (standing) => {
  const actions = Object.entries(transitions[standing]) as [FriendshipAction, Result][];
  test.each(actions)("%s makes %s", (action, wanted) => {
    const result = applyFriendshipAction(action, pairs[standing]);
    if (wanted in pairs) expect(result).toEqual({ ok: true, pair: pairs[wanted as Standing] });
    else expect(result).toEqual({ ok: false, refusal: wanted as FriendshipRefusal });
  });
});

test("whatever two people do, each one's row mirrors the other's", () => {
  const mirror: Record<Relation, Relation> = {
    none: "none",
    incoming: "outgoing",
    outgoing: "incoming",
    friend: "friend",
    blocked: "blocked",
  };
  const action = fc.constantFrom<FriendshipAction>("request", "accept", "reject", "remove");
  const steps = fc.array(fc.tuple(fc.boolean(), action), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (history) => {
      let pair = pairs.none;
      for (const [by_the_other, step] of history) {
        const { mine, theirs } = pair;
        const result = applyFriendshipAction(step, by_the_other ? { mine: theirs, theirs: mine } : pair);
        if (!result.ok) continue;
        pair = by_the_other ? { mine: result.pair.theirs, theirs: result.pair.mine } : result.pair;
        expect(pair.theirs).toBe(mirror[pair.mine]);
      }
    }),
  );
});
