// What the library says of permissions against what the server computes, for any roles and overwrites.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { rankOf, rule_names, standingOf, verdictsOf } from "../../src/client/permissions.ts";
import {
  channelRules,
  namesOf,
  type Overwrite as OverwriteRules,
  rulesOf,
  rule_names as server_rules,
  serverRules,
} from "../../src/domain/permissions.ts";
import type { Overwrite, Role } from "../../src/protocol/community/entities.ts";

const MEMBER = 100;
const DEFAULT = 1;

const rules = fc.subarray([...server_rules]);
const few_rules = fc.subarray([...server_rules].filter((rule) => rule !== "admin"));
const roleOf = (id: number, position: number) =>
  fc
    .oneof({ arbitrary: few_rules, weight: 5 }, { arbitrary: rules, weight: 1 })
    .map((held): Role => ({ id, name: `role ${id}`, color: null, rules: held, position }));
const all_roles = fc.tuple(roleOf(DEFAULT, 0), roleOf(2, 1), roleOf(3, 2), roleOf(4, 2));
const target = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((role_id) => ({ role_id })),
  fc.constantFrom(MEMBER, MEMBER + 1).map((user_id) => ({ user_id })),
);
const overwrites = fc.array(
  fc
    .record({ target, allow: few_rules, deny: few_rules })
    .map(({ target, ...effects }) => ({ ...target, ...effects }) as Overwrite),
  { maxLength: 6 },
);

const onServer = (list: readonly Overwrite[]) =>
  list.map((one): OverwriteRules => ({ ...one, allow: rulesOf(one.allow), deny: rulesOf(one.deny) }));
const roleOnServer = (role: Role) => ({ ...role, rules: rulesOf(role.rules) });

test("it is what the server computes", () => {
  fc.assert(
    fc.property(
      all_roles,
      fc.subarray([2, 3, 4]),
      overwrites,
      overwrites,
      fc.boolean(),
      fc.option(rules, { nil: undefined }),
      (roles, held, category, channel, is_owner, chosen) => {
        const byId = new Map(roles.map((role) => [role.id, role]));
        const member = { user_id: MEMBER, roles: held, ...(chosen && { rules: chosen }) };
        const standing = standingOf(member, byId, is_owner ? MEMBER : null);
        const owner = { user_id: MEMBER + 1, is_owner: true, roles: [] };
        const theirs = {
          ...{ user_id: MEMBER, is_owner, roles: standing.roles.map(roleOnServer) },
          ...(chosen && { bot: { rules: rulesOf(chosen), owner } }),
        };
        const default_role = roleOnServer(roles[0]);
        const may = (verdicts: ReturnType<typeof verdictsOf>) => server_rules.filter((rule) => verdicts[rule].may);
        expect(may(verdictsOf(standing, roles[0]))).toEqual(namesOf(serverRules(theirs, default_role)));
        const in_channel = channelRules(theirs, default_role, onServer(category), onServer(channel));
        expect(may(verdictsOf(standing, roles[0], { category, channel }))).toEqual(namesOf(in_channel));
      },
    ),
  );
});

test("it knows the server's rules, in their order", () => {
  expect(rule_names).toEqual([...server_rules]);
});

const role = (id: number, position: number, held: Role["rules"]): Role => ({
  ...{ id, name: `role ${id}`, color: null, rules: held, position },
});
const everyone = role(DEFAULT, 0, ["view_channel", "send_messages"]);

test("it says what decided", () => {
  const helper = role(2, 1, ["kick_members"]);
  const roles = new Map([everyone, helper].map((one) => [one.id, one]));
  const standing = standingOf({ user_id: MEMBER, roles: [2] }, roles, null);
  const { send_messages, kick_members, ban_members } = verdictsOf(standing, everyone, {
    category: [{ role_id: DEFAULT, allow: [], deny: ["send_messages"] }],
    channel: [{ role_id: 2, allow: ["send_messages"], deny: [] }],
  });
  expect([send_messages, kick_members, ban_members]).toEqual([
    { may: true, reason: { by: "overwrite", at: "channel", target: "role", role: helper } },
    { may: true, reason: { by: "role", role: helper } },
    { may: false, reason: { by: "nothing" } },
  ]);
});

test("who can't see the channel may nothing in it, and is told why they can't", () => {
  const standing = standingOf({ user_id: MEMBER, roles: [] }, new Map([[DEFAULT, everyone]]), null);
  const hiding = { role_id: DEFAULT, allow: [], deny: ["view_channel" as const] };
  const { view_channel, send_messages } = verdictsOf(standing, everyone, { category: [], channel: [hiding] });
  const because = { by: "overwrite", at: "channel", target: "everyone" } as const;
  expect([view_channel.reason, send_messages]).toEqual([because, { may: false, reason: { by: "hidden", because } }]);
});

test("one ranks as high as one's highest role, and the owner above all", () => {
  const roles = new Map([everyone, role(2, 3, []), role(3, 7, [])].map((one) => [one.id, one]));
  const rank = (held: number[], owner_id: number | null) =>
    rankOf(standingOf({ user_id: MEMBER, roles: held }, roles, owner_id));
  expect([rank([], null), rank([2, 3], null), rank([], MEMBER)]).toEqual([0, 7, Number.POSITIVE_INFINITY]);
});
