// What a change makes a structure work out anew, and what it leaves as it is.

import { beforeEach, expect, test } from "bun:test";
import { SightIndex } from "../../../../src/actors/room/structure/sight.ts";
import { Structure } from "../../../../src/actors/room/structure/structure.ts";
import type { Category, Channel, Member, ServerRole } from "../../../../src/domain/community.ts";
import { limits } from "../../../../src/domain/limits.ts";
import { rulesOf } from "../../../../src/domain/permissions.ts";

const VIEW = rulesOf(["view_channel"]);
const role = (id: number, rules = VIEW): ServerRole => ({
  id,
  name: `${id}`,
  color: null,
  rules,
  position: id,
  seq: 1,
});
const category: Category = { id: 1_000, name: "c", position: 0, overwrites: [], seq: 1 };
const overwrites = Array.from({ length: limits.overwrites }, (_, at) => ({ role_id: at + 2, allow: 0, deny: VIEW }));
const channels = Array.from({ length: limits.channels_per_server }, (_, at): Channel => {
  const place = { category_id: 1_000, position: at, overwrites };
  return { id: 2_000 + at, name: "c", description: null, slow_mode_s: 0, ...place, seq: 1 };
});
const members = Array.from({ length: 50 }, (_, at): Member => {
  return {
    user_id: 9_000 + at,
    nickname: null,
    role_ids: [at + 2],
    joined_at: 0,
    joined_seq: 0,
    timed_out_until: null,
    bot: null,
    seq: 1,
  };
});
const roles = Array.from({ length: limits.roles_per_server - 1 }, (_, at) => role(at + 1));
const server = {
  ...{
    id: 1,
    name: "Orchard",
    image: null,
    description: null,
    owner_id: 7,
    default_role_id: 1,
    locked_at: null,
    joins: "open" as const,
  },
  ...{ num_members: 1, created_at: 0, seq: 1 },
};

let structure: Structure;
beforeEach(() => {
  structure = new Structure({ server, roles, categories: [category], channels });
});

/** How many of the members' sights are worked out anew by the change. */
function workedOut(change: Parameters<Structure["apply"]>[0]): number {
  const before = members.map((member) => structure.sightOf(member));
  structure.apply(change);
  return members.filter((member, at) => structure.sightOf(member) !== before[at]).length;
}

const ids = () => structure.channels().map(({ id }) => id);

test("a role's name or place, a channel's name or place, a category's, the server's: nobody's sight", () => {
  expect(workedOut({ roles: [{ ...role(5), name: "five" }] })).toBe(0);
  expect(workedOut({ roles: [{ ...role(5), position: 900 }] })).toBe(0);
  expect(workedOut({ channels: channels.slice(0, 9).map((channel) => ({ ...channel, name: "x", position: 3 })) })).toBe(
    0,
  );
  // The same overwrites in another list.
  expect(workedOut({ channels: [{ ...(channels[0] as Channel), overwrites: [...overwrites] }] })).toBe(0);
  expect(workedOut({ categories: [{ ...category, name: "x", position: 7 }] })).toBe(0);
  expect(workedOut({ server: { ...server, name: "x", num_members: 2 } })).toBe(0);
});

test("overwrites that say nothing of viewing, however many: nobody's sight", () => {
  const others = channels.map((channel): Channel => {
    return { ...channel, overwrites: channel.overwrites.map((one) => ({ ...one, allow: rulesOf(["send_messages"]) })) };
  });
  expect(workedOut({ channels: others })).toBe(0);
  expect(workedOut({ categories: [{ ...category, overwrites: [{ role_id: 5, allow: 2, deny: 4 }] }] })).toBe(0);
});

test("an index follows what changes: the masks of all others are those that it had", () => {
  const index = SightIndex.of([category], channels);
  const masksOf = ({ places }: SightIndex) => [...places.roles.values()];
  const [was] = channels as [Channel];
  const denied = was.overwrites.slice(1);
  const after = index.after([{ was, is: { ...was, overwrites: [{ role_id: 2, allow: VIEW, deny: 0 }, ...denied] } }]);
  // Those of the roles that the one channel names.
  expect(masksOf(after).filter((masks) => !masksOf(index).includes(masks))).toHaveLength(limits.overwrites);
  const added: Category = { ...category, id: 1_001, overwrites: [{ role_id: 3, allow: VIEW, deny: 0 }] };
  const with_one = after.after([{ was: undefined, is: added }]);
  expect(masksOf(with_one).filter((masks) => !masksOf(after).includes(masks))).toHaveLength(1);
  expect(with_one.after([{ was: added, is: { ...added, name: "x", position: 9 } }])).toBe(with_one);
});

test("rules, overwrites, what comes and goes: everybody's", () => {
  expect(workedOut({ roles: [role(5, 0)] })).toBe(members.length);
  expect(workedOut({ channels: [{ ...(channels[0] as Channel), overwrites: [] }] })).toBe(members.length);
  expect(workedOut({ deleted_channels: [{ id: 2_001, seq: 2 }] })).toBe(members.length);
  expect(workedOut({ server: { ...server, owner_id: 8 } })).toBe(members.length);
});

test("a role that is renamed changes the lists of the channels which it can view, and no others", () => {
  const before = structure.viewing;
  structure.apply({ roles: [{ ...role(150), name: "renamed" }] });
  expect(structure.viewing.changedSince(before, ids())).toEqual(ids());
  const again = structure.viewing;
  // It is denied to see any of them.
  structure.apply({ roles: [{ ...role(5), name: "renamed" }] });
  expect(structure.viewing.changedSince(again, ids())).toEqual([]);
});

test("a role that goes changes the lists of the channels which it could view, and no others", () => {
  const before = structure.viewing;
  structure.apply({ deleted_roles: [{ id: 150, seq: 2 }] });
  expect(structure.viewing.changedSince(before, ids())).toEqual(ids());
  const again = structure.viewing;
  // It is denied to see any of them.
  structure.apply({ deleted_roles: [{ id: 5, seq: 3 }] });
  expect(structure.viewing.changedSince(again, ids())).toEqual([]);
});

test("what was seen before can be compared with what is seen after, as often as channels come and go", () => {
  const owner: Member = {
    user_id: 7,
    nickname: null,
    role_ids: [],
    joined_at: 0,
    joined_seq: 0,
    timed_out_until: null,
    bot: null,
    seq: 1,
  };
  const few = channels.slice(0, 20);
  structure = new Structure({ server, roles, categories: [category], channels: few });
  let sight = structure.sightOf(owner);
  for (let round = 0; round < 1_000; round += 1) {
    const [gone, come] = [2_000 + round, 2_000 + few.length + round];
    const channel = { ...(channels[0] as Channel), id: come };
    structure.apply({ channels: [channel], deleted_channels: [{ id: gone, seq: 2 }] });
    const now = structure.sightOf(owner);
    expect([now.without(sight), sight.without(now)]).toEqual([[come], [gone]]);
    sight = now;
  }
});
