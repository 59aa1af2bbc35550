import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  applyFriendshipAction,
  type FriendshipAction,
  type FriendshipRefusal,
  isConnected,
  type Relation,
  type RelationPair,
  shownRelation,
} from "../../src/domain/friendship.ts";

type Standing =
  | "strangers"
  | "incoming"
  | "outgoing"
  | "friends"
  | "blocked by me, who knew them"
  | "blocked by me, a stranger"
  | "blocked by them, who knew me"
  | "blocked by them, a stranger"
  | "blocked by both";
type Result = Standing | FriendshipRefusal;

/** Each way in which two people can stand to each other, seen by one of them. */
const pairs: Record<Standing, RelationPair> = {
  strangers: { mine: "none", theirs: "none" },
  incoming: { mine: "incoming", theirs: "outgoing" },
  outgoing: { mine: "outgoing", theirs: "incoming" },
  friends: { mine: "friend", theirs: "friend" },
  "blocked by me, who knew them": { mine: "blocked", theirs: "blocked_by" },
  "blocked by me, a stranger": { mine: "blocked", theirs: "none" },
  "blocked by them, who knew me": { mine: "blocked_by", theirs: "blocked" },
  "blocked by them, a stranger": { mine: "none", theirs: "blocked" },
  "blocked by both": { mine: "blocked", theirs: "blocked" },
};

type Befriending = "request" | "accept" | "reject" | "remove";
const blocked: Record<Befriending, Result> = {
  request: "blocked",
  accept: "blocked",
  reject: "blocked",
  remove: "blocked",
};

/** What each action makes of each standing: a standing, or the reason why not. */
const transitions: Record<Standing, Record<FriendshipAction, Result>> = {
  strangers: {
    ...{ request: "outgoing", accept: "no_request", reject: "no_request", remove: "no_relation" },
    ...{ drop: "no_relation", block: "blocked by me, a stranger", unblock: "no_block" },
  },
  incoming: {
    ...{ request: "friends", accept: "friends", reject: "strangers", remove: "no_relation" },
    ...{ drop: "strangers", block: "blocked by me, who knew them", unblock: "no_block" },
  },
  outgoing: {
    ...{ request: "already_sent", accept: "no_request", reject: "no_request", remove: "strangers" },
    ...{ drop: "strangers", block: "blocked by me, who knew them", unblock: "no_block" },
  },
  friends: {
    ...{ request: "already_friends", accept: "already_friends", reject: "no_request", remove: "strangers" },
    ...{ drop: "strangers", block: "blocked by me, who knew them", unblock: "no_block" },
  },
  "blocked by me, who knew them": { ...blocked, drop: "no_relation", block: "already_blocked", unblock: "strangers" },
  "blocked by me, a stranger": { ...blocked, drop: "no_relation", block: "already_blocked", unblock: "strangers" },
  "blocked by them, who knew me": {
    ...blocked,
    ...{ drop: "blocked by them, a stranger", block: "blocked by both", unblock: "no_block" },
  },
  "blocked by them, a stranger": { ...blocked, drop: "no_relation", block: "blocked by both", unblock: "no_block" },
  "blocked by both": {
    ...blocked,
    ...{ drop: "no_relation", block: "already_blocked", unblock: "blocked by them, who knew me" },
  },
};

const actions = Object.keys(transitions.strangers) as FriendshipAction[];

describe.each(Object.keys(transitions) as Standing[])("from %s", (standing) => {
  test.each(actions)("%s", (action) => {
    const wanted = transitions[standing][action];
    const result = applyFriendshipAction(action, pairs[standing]);
    if (wanted in pairs) expect(result).toEqual({ ok: true, pair: pairs[wanted as Standing] });
    else expect(result).toEqual({ ok: false, refusal: wanted as FriendshipRefusal });
  });
});

test("whatever two people do, they stand to each other in one of these ways", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.constantFrom(...actions)), { maxLength: 30 });
  const turned = ({ mine, theirs }: RelationPair) => ({ mine: theirs, theirs: mine });
  fc.assert(
    fc.property(steps, (history) => {
      let pair = pairs.strangers;
      for (const [by_the_other, step] of history) {
        const result = applyFriendshipAction(step, by_the_other ? turned(pair) : pair);
        if (result.ok) pair = by_the_other ? turned(result.pair) : result.pair;
        expect(Object.values(pairs)).toContainEqual(pair);
      }
    }),
  );
});

test("two people are connected by a friendship or a request, and by nothing else", () => {
  const connected = (Object.keys(pairs) as Standing[]).filter((standing) => isConnected(pairs[standing]));
  expect(connected).toEqual(["incoming", "outgoing", "friends"]);
});

test("who was blocked is shown as blocked, as is who blocked; every other relation is shown as it is", () => {
  const relations: Relation[] = ["none", "incoming", "outgoing", "friend", "blocked", "blocked_by"];
  expect(relations.map(shownRelation)).toEqual(["none", "incoming", "outgoing", "friend", "blocked", "blocked"]);
});
