import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Structure, type StructureChanges } from "../../../../src/actors/room/structure/structure.ts";
import type { Category, Channel, Member, ServerRole, ServerStructure } from "../../../../src/domain/community.ts";
import { limits } from "../../../../src/domain/limits.ts";
import {
  channelRules,
  hasRule,
  type MemberStanding,
  type Overwrite,
  type Rules,
  rule_names,
  rulesOf,
  serverRules,
} from "../../../../src/domain/permissions.ts";

const DEFAULT_ROLE = 1;
const role_ids = [2, 3, 4, 5];
const user_ids = [11, 12, 13, 14];
/** Bots of theirs, in the same order. */
const bot_ids = [41, 42, 43, 44];
const category_ids = [21, 22, 23];
const channel_ids = [31, 32, 33, 34, 35, 36];
/** Some that nothing has: what points to them counts for nothing. */
const gone = [8, 9];

const server = (owner_id: number) => ({
  ...{
    id: 1,
    name: "Orchard",
    image: null,
    description: null,
    owner_id,
    default_role_id: DEFAULT_ROLE,
    locked_at: null,
    joins: "open" as const,
  },
  ...{ num_members: 1, created_at: 0, seq: 1 },
});

/** Few rules, so that sight is often given and often denied. */
const rules = fc.subarray([...rule_names.slice(1), "view_channel" as const]).map(rulesOf);
const role_rules = fc.oneof(
  { weight: 12, arbitrary: rules },
  { weight: 1, arbitrary: fc.constant(rulesOf(["admin"])) },
  { weight: 4, arbitrary: fc.constant<Rules>(0) },
);
const target = fc.constantFrom(
  ...[DEFAULT_ROLE, ...role_ids, ...gone].map((role_id) => ({ role_id })),
  ...[...user_ids, ...bot_ids].map((user_id) => ({ user_id })),
);
const overwrites = fc.array(
  fc.record({ target, allow: rules, deny: rules }).map(({ target, ...rest }): Overwrite => ({ ...target, ...rest })),
  { maxLength: 4 },
);
const position = fc.nat(3);

const roleOf = (id: number): fc.Arbitrary<ServerRole> =>
  fc.record({ rules: role_rules, position }).map((rest) => ({ id, name: `role ${id}`, color: null, seq: 1, ...rest }));
const categoryOf = (id: number): fc.Arbitrary<Category> =>
  fc.record({ overwrites, position }).map((rest) => ({ id, name: `category ${id}`, seq: 1, ...rest }));
const channelOf = (id: number): fc.Arbitrary<Channel> =>
  fc
    .record({ overwrites, position, category_id: fc.constantFrom(null, ...category_ids) })
    .map((rest) => ({ id, name: `channel ${id}`, description: null, slow_mode_s: 0, seq: 1, ...rest }));
const some = <Thing>(ids: number[], of: (id: number) => fc.Arbitrary<Thing>) =>
  fc.subarray(ids).chain((chosen) => fc.tuple(...chosen.map(of)));

const people = fc.tuple(
  ...user_ids.map((user_id) =>
    fc.shuffledSubarray([...role_ids, ...gone]).map(
      (held): Member => ({
        user_id,
        nickname: null,
        role_ids: held,
        joined_at: 0,
        joined_seq: 0,
        timed_out_until: null,
        bot: null,
        seq: 1,
      }),
    ),
  ),
);
/** All of them, and a bot of each. */
const members = people.chain((owners) =>
  fc
    .tuple(
      ...owners.map((owner, at) =>
        fc
          .record({ role_ids: fc.subarray([...role_ids, ...gone]), rules: fc.option(role_rules), is_left: fc.nat(9) })
          .map(({ role_ids, rules, is_left }): Member => {
            const bot = { owner_id: owner.user_id, rules, owner: is_left === 0 ? null : owner };
            return { ...owner, user_id: bot_ids[at] as number, role_ids, bot };
          }),
      ),
    )
    .map((bots) => [...owners, ...bots]),
);
const loaded: fc.Arbitrary<ServerStructure> = fc.record({
  server: fc.constantFrom(...user_ids).map(server),
  roles: fc.tuple(roleOf(DEFAULT_ROLE), some(role_ids, roleOf)).map(([everybody, others]) => [everybody, ...others]),
  categories: some(category_ids, categoryOf),
  channels: some(channel_ids, channelOf),
});

const deleted = (ids: number[]) => fc.subarray(ids).map((chosen) => chosen.map((id) => ({ id, seq: 2 })));
/** Mostly one kind of thing at a time, as requests do. */
const change: fc.Arbitrary<StructureChanges> = fc.oneof(
  fc.record({ server: fc.constantFrom(...user_ids).map(server) }),
  fc.record({ roles: some([DEFAULT_ROLE, ...role_ids], roleOf) }),
  fc.record({ deleted_roles: deleted(role_ids) }),
  fc.record({ categories: some(category_ids, categoryOf) }),
  fc.record({ deleted_categories: deleted(category_ids), channels: some(channel_ids, channelOf) }),
  fc.record({ channels: some(channel_ids, channelOf) }),
  fc.record({ deleted_channels: deleted(channel_ids) }),
  fc.record({ roles: some(role_ids, roleOf), categories: some(category_ids, categoryOf) }),
);

/** The same change on plain lists. */
function changed(before: ServerStructure, changes: StructureChanges): ServerStructure {
  const merged = <Thing extends { id: number }>(
    things: readonly Thing[],
    saved: readonly Thing[] = [],
    removed: readonly { id: number }[] = [],
  ) => {
    const touched = new Set([...saved, ...removed].map(({ id }) => id));
    return [...things.filter(({ id }) => !touched.has(id)), ...saved];
  };
  return {
    server: changes.server ?? before.server,
    roles: merged(before.roles, changes.roles, changes.deleted_roles),
    categories: merged(before.categories, changes.categories, changes.deleted_categories),
    channels: merged(before.channels, changes.channels, changes.deleted_channels),
  };
}

/** What the member may in each channel, straight from the rules. */
function rulesByChannel(now: ServerStructure, member: Member): Map<number, Rules> {
  const standing = standingIn(now, member);
  const everybody = now.roles.find(({ id }) => id === now.server.default_role_id) as ServerRole;
  return new Map(
    now.channels.map((channel) => {
      const category = now.categories.find(({ id }) => id === channel.category_id);
      return [channel.id, channelRules(standing, everybody, category?.overwrites ?? [], channel.overwrites)];
    }),
  );
}

function standingIn(now: ServerStructure, { user_id, role_ids, bot }: Member): MemberStanding {
  const roles = now.roles.filter(({ id }) => role_ids.includes(id));
  const standing = { user_id, is_owner: now.server.owner_id === user_id, roles };
  if (!bot) return standing;
  return { ...standing, bot: { rules: bot.rules, owner: bot.owner && standingIn(now, bot.owner) } };
}

/** Those with a channel that the member may view, and those that they could view one in. */
function knownCategories(now: ServerStructure, member: Member, visible: number[]): number[] {
  const inhabited = now.channels.filter(({ id }) => visible.includes(id)).map(({ category_id }) => category_id);
  const alone = { ...now, channels: now.categories.map(({ id }) => ({ ...emptyChannel, id: -id, category_id: id })) };
  const open = [...rulesByChannel(alone, member)].filter(([, rules]) => rules !== 0).map(([id]) => -id);
  return now.categories.map(({ id }) => id).filter((id) => inhabited.includes(id) || open.includes(id));
}

const emptyChannel = { name: "empty", description: null, slow_mode_s: 0, position: 0, overwrites: [], seq: 1 };

function expectRightSight(structure: Structure, now: ServerStructure, people: readonly Member[]): void {
  for (const member of people) {
    const wanted = rulesByChannel(now, member);
    const visible = [...wanted].filter(([, rules]) => hasRule(rules, "view_channel")).map(([id]) => id);
    expect([...structure.visibleTo(member)].sort()).toEqual(visible.sort());
    expect([...structure.placesVisibleTo(member)].sort()).toEqual(
      [...knownCategories(now, member, visible), ...visible].sort(),
    );
    for (const [id, rules] of wanted) {
      const channel = structure.channel(id) as Channel;
      expect(structure.rulesIn(member, channel)).toBe(rules);
      expect(structure.mayIn(member, channel, "view_channel")).toBe(visible.includes(id));
    }
  }
}

describe("who may view what, whatever the structure", () => {
  test("is what the rules say of every channel, first and again", () => {
    fc.assert(
      fc.property(loaded, members, (now, people) => {
        const structure = new Structure(now);
        expectRightSight(structure, now, people);
        expectRightSight(structure, now, people.toReversed());
      }),
      { numRuns: 200 },
    );
  });

  test("is right after each change, though it was asked before", () => {
    fc.assert(
      fc.property(loaded, members, fc.array(change, { minLength: 1, maxLength: 8 }), (first, people, changes) => {
        const structure = new Structure(first);
        let now = first;
        expectRightSight(structure, now, people);
        for (const one of changes) {
          structure.apply(one);
          now = changed(now, one);
          expectRightSight(structure, now, people);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("follows the member's roles, whatever they were when it was asked before", () => {
    fc.assert(
      fc.property(loaded, fc.array(members, { minLength: 2, maxLength: 5 }), (now, standings) => {
        const structure = new Structure(now);
        for (const people of standings) expectRightSight(structure, now, people);
      }),
    );
  });

  test("what was answered once doesn't change afterwards", () => {
    fc.assert(
      fc.property(loaded, members, change, (now, people, one) => {
        const structure = new Structure(now);
        const before = people.map((member) => structure.visibleTo(member));
        const copies = before.map((visible) => [...visible]);
        structure.apply(one);
        for (const member of people) structure.visibleTo(member);
        expect(before.map((visible) => [...visible])).toEqual(copies);
      }),
    );
  });

  test("the roles that can view a channel are those whose single holder does", () => {
    fc.assert(
      fc.property(loaded, (now) => {
        const structure = new Structure(now);
        for (const channel of structure.channels()) {
          const holders = now.roles.filter(({ id }) => {
            const stranger: Member = {
              user_id: 99,
              nickname: null,
              role_ids: [id],
              joined_at: 0,
              joined_seq: 0,
              timed_out_until: null,
              bot: null,
              seq: 1,
            };
            const held = id === DEFAULT_ROLE ? { ...stranger, role_ids: [] } : stranger;
            return hasRule(rulesByChannel(now, held).get(channel.id) as Rules, "view_channel");
          });
          const ids = structure.viewing.of(channel.id).map(({ id }) => id);
          expect(ids).toEqual(structure.roles().flatMap(({ id }) => (holders.some((one) => one.id === id) ? id : [])));
        }
      }),
    );
  });
});

test("what a member may in the server at large is what their roles give", () => {
  fc.assert(
    fc.property(loaded, members, (now, people) => {
      const structure = new Structure(now);
      for (const member of people) {
        const rules = serverRules(standingIn(now, member), now.roles[0] as ServerRole);
        expect(structure.rules(member)).toBe(rules);
      }
    }),
  );
});

test("things come in order, the same in whatever order they were loaded", () => {
  const idsOf = (things: readonly { id: number }[]) => things.map(({ id }) => id);
  fc.assert(
    fc.property(loaded, (now) => {
      const reversed = {
        server: now.server,
        roles: now.roles.toReversed(),
        categories: now.categories.toReversed(),
        channels: now.channels.toReversed(),
      };
      const [one, other] = [new Structure(now), new Structure(reversed)];
      expect(idsOf(other.roles())).toEqual(idsOf(one.roles()));
      expect(idsOf(other.categories())).toEqual(idsOf(one.categories()));
      expect(idsOf(other.channels())).toEqual(idsOf(one.channels()));
      const positions = one.channels().map((channel) => channel.position);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      const places = [null, ...category_ids].flatMap((id) => one.channels(id));
      expect(idsOf(places).sort()).toEqual(idsOf(one.channels()).sort());
    }),
  );
});

test("what a standing may view is remembered, but not for any number of standings", () => {
  const everyone = {
    id: DEFAULT_ROLE,
    name: "everyone",
    color: null,
    rules: rulesOf(["view_channel"]),
    position: 0,
    seq: 1,
  };
  const channel = {
    id: 31,
    name: "a",
    description: null,
    slow_mode_s: 0,
    category_id: null,
    overwrites: [],
    position: 0,
    seq: 1,
  };
  const structure = new Structure({ server: server(11), roles: [everyone], categories: [], channels: [channel] });
  const holding = (role_id: number): Member => ({
    user_id: 12,
    nickname: null,
    role_ids: [role_id],
    joined_at: 0,
    joined_seq: 0,
    timed_out_until: null,
    bot: null,
    seq: 1,
  });
  const first = structure.visibleTo(holding(100));
  expect(structure.visibleTo(holding(100))).toBe(first);
  for (let other = 1; other <= limits.standings_cached; other += 1) structure.visibleTo(holding(100 + other));
  const again = structure.visibleTo(holding(100));
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});
