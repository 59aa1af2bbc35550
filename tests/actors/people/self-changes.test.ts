// The events of somebody's own topic: what they missed, and what those must hear who have heard all before it.

import { expect, test } from "bun:test";
import { selfChanges, untoldChanges } from "../../../src/actors/people/self-changes.ts";
import type { ChangedConversation, ChangedMembership, SelfChanges } from "../../../src/db/queries/self-topics.ts";

const SINCE = 10;
const nothing: SelfChanges = {
  ...{ friendships: [], memberships: [], read_states: [] },
  ...{ conversations: [], notifications: [], notices: [] },
};

const membership = (of: Partial<ChangedMembership>): ChangedMembership => {
  return { server: { id: 7, name: "Orchard", image: null }, left: false, came_again: false, seq: 20, ...of };
};

const group = (of: Partial<ChangedConversation>): ChangedConversation => ({
  conversation: {
    ...{ id: 8, kind: "group", channel_id: 9, name: null, image: null, owner_id: 1, created_at: 1 },
    ...{ last_message_id: null, state: "open", members: [], seq: 20 },
  },
  ...{ is_gone: false, left: false, came_later: false, added_seq: 20, seq: 20, ...of },
});

type Changed = Partial<Pick<SelfChanges, "memberships" | "conversations">>;

test.each([
  ["came to a server", { memberships: [membership({})] }, ["server_added 20"]],
  ["left it", { memberships: [membership({ left: true })] }, ["server_deleted 20"]],
  [
    "left it and came again",
    { memberships: [membership({ came_again: true })] },
    ["server_deleted 20", "server_added 20"],
  ],
  ["began a group", { conversations: [group({})] }, ["conversation_added 20"]],
  [
    "left a group and was added again",
    { conversations: [group({ came_later: true })] },
    ["conversation_deleted 20", "conversation_added 20"],
  ],
  [
    "was in a group all along",
    { conversations: [group({ came_later: true, added_seq: 5 })] },
    ["conversation_changed 20"],
  ],
  ["left a group", { conversations: [group({ came_later: true, is_gone: true })] }, ["conversation_deleted 20"]],
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
  const changes = {
    ...nothing,
    memberships: [membership({ came_again: true })],
    conversations: [group({ came_later: true, seq: 21 })],
  };
  expect(selfChanges(changes, SINCE).map(({ type }) => type)).toEqual(["server_added", "conversation_added"]);
});
