import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OFFLINE, presenceDiff, type SeenPresence, seenChanges, seenPresence } from "../../src/domain/presence.ts";

const online: SeenPresence = { status: "online", playing: null };
const in_chess: SeenPresence = { status: "online", playing: "Chess" };
const in_go: SeenPresence = { status: "online", playing: "Go" };

describe("what others see", () => {
  test.each(["online", "idle", "dnd"] as const)("of someone connected who is %s: just that", (chosen) => {
    expect(seenPresence({ connected: true, chosen, playing: "Chess" })).toEqual({ status: chosen, playing: "Chess" });
  });

  test("of someone who wishes not to be seen: nothing", () => {
    expect(seenPresence({ connected: true, chosen: "invisible", playing: "Chess" })).toEqual(OFFLINE);
  });

  test("of someone who is not connected: nothing, not even a game", () => {
    expect(seenPresence({ connected: false, chosen: "online", playing: "Chess" })).toEqual(OFFLINE);
  });
});

describe("what has to be told", () => {
  test.each([
    ["nothing", online, online, []],
    ["coming", OFFLINE, online, ["came_online"]],
    ["coming with a game", OFFLINE, in_chess, ["came_online", "playing"]],
    ["going", online, OFFLINE, ["went_offline"]],
    ["going from a game", in_chess, OFFLINE, ["stopped_playing", "went_offline"]],
    ["a game", online, in_chess, ["playing"]],
    ["another game", in_chess, in_go, ["playing"]],
    ["the game's end", in_chess, online, ["stopped_playing"]],
    ["another status", online, { status: "dnd", playing: null }, ["status"]],
    ["another status and a game", online, { status: "idle", playing: "Go" }, ["playing", "status"]],
  ] as [string, SeenPresence, SeenPresence, string[]][])("%s", (_, before, after, changes) => {
    expect(presenceDiff(before, after) as string[]).toEqual(changes);
  });

  test("is nothing exactly when nothing changed; coming is told first, going last", () => {
    const seen = fc.oneof(
      fc.constant(OFFLINE),
      fc.record({
        status: fc.constantFrom("online" as const, "idle" as const, "dnd" as const),
        playing: fc.constantFrom(null, "Chess", "Go"),
      }),
    );
    fc.assert(
      fc.property(seen, seen, (before, after) => {
        const changes = presenceDiff(before, after);
        expect(changes.length === 0).toBe(Bun.deepEquals(before, after));
        expect(changes.indexOf("came_online")).toBeLessThanOrEqual(0);
        if (changes.includes("went_offline")) expect(changes.at(-1)).toBe("went_offline");
      }),
    );
  });
});

describe("what others see change", () => {
  test.each([
    ["nothing", in_chess, in_chess, null],
    ["coming", OFFLINE, online, { status: "online" }],
    ["going from a game", in_chess, OFFLINE, { status: "offline", playing: null }],
    ["another status", online, { status: "idle", playing: null }, { status: "idle" }],
    ["another game", in_chess, in_go, { playing: "Go" }],
  ] as [string, SeenPresence, SeenPresence, Partial<SeenPresence> | null][])("%s", (_, before, after, changes) => {
    expect(seenChanges(before, after)).toEqual(changes);
  });
});
