// The events of somebody's own topic: what they missed, and what those must hear who have heard all before it.

import { expect, test } from "bun:test";
import { selfChanges, untoldChanges } from "../../../src/actors/people/self-changes.ts";
import type { ChangedMembership, SelfChanges } from "../../../src/db/queries/self-topics.ts";

const SINCE = 10;
const nothing: SelfChanges = {
  ...{ friendships: [], memberships: [], read_states: [] },
  ...{ conversations: [], notifications: [], notices: [] },
};

const membership = (of: Partial<ChangedMembership>): ChangedMembership => {
  return { server: { id: 7, name: "Orchard", image: null }, left: false, came_again: false, seq: 20, ...of };
};

type Changed = Partial<Pick<SelfChanges, "memberships">>;

test.each([
  ["came to a server", { memberships: [membership({})] }, ["server_added 20"]],
  ["left it", { memberships: [membership({ left: true })] }, ["server_deleted 20"]],
  [
    "left it and came again",
    { memberships: [membership({ came_again: true })] },
    ["server_deleted 20", "server_added 20"],
  ],
  [
    "came to one server again, and to another first",
    {
      memberships: [
        membership({ came_again: true }),
        membership({ server: { id: 3, name: "Den", image: null }, seq: 15 }),
      ],
    },
    ["server_added 15", "server_deleted 20", "server_added 20"],
  ],
] satisfies [string, Changed, string[]][])(
  "whoever %s hears of each end before the next beginning",
  (_, changed, told) => {
    const events = untoldChanges({ ...nothing, ...changed }, SINCE);
    expect(events.map(({ type, seq }) => `${type} ${seq}`)).toEqual(told);
  },
);

test("who asks what they missed is told how it is now, and no end between", () => {
  const changes = { ...nothing, memberships: [membership({ came_again: true })] };
  expect(selfChanges(changes, SINCE).map(({ type }) => type)).toEqual(["server_added"]);
});
