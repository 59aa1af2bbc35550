import { describe, expect, test } from "bun:test";
import {
  type Acquaintance,
  addingRefusal,
  conversation_pin_rules,
  conversation_rules,
  directRefusal,
  type Group,
  mayChange,
  mayRemove,
  ownerWithout,
  pairKey,
} from "../../src/domain/conversations.ts";
import { limits } from "../../src/domain/limits.ts";
import { hasRule, namesOf } from "../../src/domain/permissions.ts";

const stranger: Acquaintance = {
  ...{ is_friend: false, is_blocked: false, shares_server: false, dms: "servers", has_it: false },
};
const friend = { is_friend: true } as const;

describe("who may open a conversation with somebody", () => {
  test.each<[string, Partial<Acquaintance>, ReturnType<typeof directRefusal>]>([
    ["a stranger", {}, "forbidden"],
    ["a stranger who takes everyone", { dms: "everyone" }, null],
    ["who shares a server", { shares_server: true }, null],
    ["who shares a server and takes friends alone", { shares_server: true, dms: "friends" }, "forbidden"],
    ["a friend", friend, null],
    ["a friend who takes friends alone", { ...friend, dms: "friends" }, null],
    ["between whom there is a block", { is_blocked: true, dms: "everyone", shares_server: true }, "blocked"],
    ["with whom one has one already", { has_it: true, dms: "friends" }, null],
    ["with whom one has one already, and a block as well", { has_it: true, is_blocked: true }, null],
  ])("%s", (_, standing, refusal) => {
    expect(directRefusal({ ...stranger, ...standing })).toBe(refusal);
  });
});

const members = (...ids: number[]) => ids.map((user_id, at) => ({ user_id, joined_at: at }));
const group = (...ids: number[]): Group => ({ kind: "group", owner_id: ids[0] ?? null, members: members(...ids) });
const two: Group = { kind: "direct", owner_id: null, members: members(1, 2) };

describe("in a group", () => {
  test.each<[string, Group, { is_friend?: boolean; refused?: number[] }, ReturnType<typeof addingRefusal>]>([
    ["a friend of any member's comes in", group(1, 2), {}, null],
    ["nobody else does", group(1, 2), { is_friend: false }, "forbidden"],
    ["who left doesn't by the same hand", group(1, 2), { refused: [9, 2] }, "forbidden"],
    ["who left does by another", group(1, 2), { refused: [1, 3] }, null],
    ["nobody comes to two", two, {}, "forbidden"],
    ["nobody comes beyond the most", group(...Array(limits.conversation_members).keys()), {}, "full"],
    ["the last one comes", group(...Array(limits.conversation_members - 1).keys()), {}, null],
  ])("%s", (_, to, { is_friend = true, refused = [] }, refusal) => {
    expect(addingRefusal(to, 2, { is_friend, refused })).toBe(refusal);
  });

  test.each<[string, Group, number, number, boolean]>([
    ["the owner sends others away", group(1, 2), 1, 2, true],
    ["others send nobody away", group(1, 2, 3), 2, 3, false],
    ["others don't send the owner away", group(1, 2), 2, 1, false],
    ["each may go", group(1, 2), 2, 2, true],
    ["the owner may go", group(1, 2), 1, 1, true],
    ["nobody leaves two", two, 1, 1, false],
    ["nobody is sent away from two", two, 1, 2, false],
  ])("%s", (_, from, asker, user, may) => {
    expect(mayRemove(from, asker, user)).toBe(may);
  });

  test("the longest-serving owns it after the owner", () => {
    expect(ownerWithout(group(5, 9, 2), 5)).toBe(9);
    expect(ownerWithout(group(5, 9, 2), 9)).toBe(5);
    expect(ownerWithout(group(5), 5)).toBeNull();
  });

  test("what it shows is a group's alone", () => {
    expect([mayChange(group(1)), mayChange(two)]).toEqual([true, false]);
  });
});

test("all that nobody may in a conversation is to manage, and of two to mention everybody", () => {
  const everybody = ["view_channel", "read_history", "send_messages", "add_reactions", "attach_files"] as const;
  expect(namesOf(conversation_rules.direct)).toEqual([...everybody]);
  expect(namesOf(conversation_rules.group)).toEqual([...everybody, "mention_everyone"]);
  expect(hasRule(conversation_rules.group, "manage_messages")).toBe(false);
});

test.each(["direct", "group"] as const)("every member of a %s conversation pins", (kind) => {
  expect(conversation_pin_rules.every((rule) => hasRule(conversation_rules[kind], rule))).toBe(true);
  expect(conversation_pin_rules).toContain("read_history");
});

test("two people have one key, whoever asks", () => {
  expect(pairKey(7, 30)).toBe("7-30");
  expect(pairKey(30, 7)).toBe("7-30");
});
