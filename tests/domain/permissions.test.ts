import { describe, expect, test } from "bun:test";
import {
  ALL_RULES,
  channelRules,
  hasRule,
  type MemberStanding,
  mayGrant,
  NO_RULES,
  namesOf,
  type Overwrite,
  outranks,
  outranksPosition,
  type Role,
  type Rule,
  type Rules,
  rankOf,
  rule_names,
  rulesOf,
  serverRules,
} from "../../src/domain/permissions.ts";

const BOB = 100;
const CAROL = 101;

/** Whom an overwrite is for: the default role, one of two other roles, or a person. */
type Who = "everybody" | "mods" | "crew" | "bob" | "carol";
const ids = { everybody: 1, mods: 2, crew: 3, bob: BOB, carol: CAROL } as const;

function overwrite(who: Who, allow: Rule[], deny: Rule[]): Overwrite {
  const rules = { allow: rulesOf(allow), deny: rulesOf(deny) };
  return who === "bob" || who === "carol" ? { user_id: ids[who], ...rules } : { role_id: ids[who], ...rules };
}
const allow = (who: Who, ...rules: Rule[]) => overwrite(who, rules, []);
const deny = (who: Who, ...rules: Rule[]) => overwrite(who, [], rules);
const both = (who: Who, ...rules: Rule[]) => overwrite(who, rules, rules);

/** Where bob stands. Absent: the default role lets everybody view and send, he holds no role, nothing is overwritten. */
interface Situation {
  everybody?: Rule[];
  mods?: Rule[];
  crew?: Rule[];
  holds?: ("mods" | "crew")[];
  is_owner?: boolean;
  category?: Overwrite[];
  channel?: Overwrite[];
}

function role(id: number, rules: Rules, position: number): Role {
  return { id, name: `role ${id}`, color: null, rules, position };
}

function bobsRules({ everybody = ["view_channel", "send_messages"], ...situation }: Situation) {
  const roles = {
    mods: role(ids.mods, rulesOf(situation.mods ?? []), 2),
    crew: role(ids.crew, rulesOf(situation.crew ?? []), 1),
  };
  const holds = (situation.holds ?? []).map((name) => roles[name]);
  const bob: MemberStanding = { user_id: BOB, is_owner: situation.is_owner ?? false, roles: holds };
  const default_role = role(ids.everybody, rulesOf(everybody), 0);
  const { category = [], channel = [] } = situation;
  return { server: serverRules(bob, default_role), channel: channelRules(bob, default_role, category, channel) };
}

type Wanted = "all" | "nothing" | Rule[];
const wantedRules = (wanted: Wanted) =>
  wanted === "all" ? ALL_RULES : wanted === "nothing" ? NO_RULES : rulesOf(wanted);

const view: Rule = "view_channel";
const send: Rule = "send_messages";
const react: Rule = "add_reactions";
const manage: Rule = "manage_messages";

describe("in the server at large", () => {
  const cases: [string, Situation, Wanted][] = [
    ["the owner has all", { is_owner: true, everybody: [] }, "all"],
    ["the owner has all, whatever roles they hold", { is_owner: true, holds: ["crew"], crew: [send] }, "all"],
    ["who holds no role has what the default role gives", {}, [view, send]],
    ["who holds no role has nothing of a default role without rules", { everybody: [] }, "nothing"],
    ["a held role's rules are added", { holds: ["mods"], mods: [manage] }, [view, send, manage]],
    ["a role that isn't held gives nothing", { mods: [manage] }, [view, send]],
    [
      "several held roles' rules are added",
      { holds: ["mods", "crew"], mods: [manage], crew: [react] },
      [view, send, manage, react],
    ],
    ["a held role without rules takes nothing away", { holds: ["crew"], crew: [] }, [view, send]],
    ["a role gives what the default role doesn't", { everybody: [], holds: ["crew"], crew: [view] }, [view]],
    ["`admin` in a role is all", { holds: ["mods"], mods: ["admin"], everybody: [] }, "all"],
    ["`admin` in one of several roles is all", { holds: ["crew", "mods"], mods: ["admin"], crew: [send] }, "all"],
    ["`admin` in the default role is all, for everybody", { everybody: ["admin"] }, "all"],
    ["`admin` in a role that isn't held is nothing", { mods: ["admin"] }, [view, send]],
    [
      "overwrites change nothing there",
      { category: [deny("bob", send)], channel: [allow("bob", react)] },
      [view, send],
    ],
    ["losing sight of a channel changes nothing there", { channel: [deny("everybody", view)] }, [view, send]],
  ];
  test.each(cases)("%s", (_, situation, wanted) => {
    expect(namesOf(bobsRules(situation).server)).toEqual(namesOf(wantedRules(wanted)));
  });
});

describe("in a channel", () => {
  const mod: Situation = { holds: ["mods"] };
  const both_roles: Situation = { holds: ["mods", "crew"] };
  const cases: [string, Situation, Wanted][] = [
    ["without overwrites it is as in the server", {}, [view, send]],
    ["without overwrites a held role counts", { ...mod, mods: [manage] }, [view, send, manage]],

    ["the owner is denied nothing", { is_owner: true, channel: [deny("bob", ...rule_names)] }, "all"],
    ["the owner is denied nothing by the category", { is_owner: true, category: [deny("everybody", view)] }, "all"],
    ["an admin is denied nothing as a member", { ...mod, mods: ["admin"], channel: [deny("bob", view, send)] }, "all"],
    ["an admin is denied nothing by their role", { ...mod, mods: ["admin"], channel: [deny("mods", view)] }, "all"],
    ["an admin isn't denied `admin`", { ...mod, mods: ["admin"], category: [deny("mods", "admin", view)] }, "all"],
    [
      "an admin by the default role is denied nothing",
      { everybody: ["admin"], channel: [deny("everybody", view)] },
      "all",
    ],
    ["`admin` allowed by an overwrite is not all", { channel: [allow("bob", "admin")] }, ["admin", view, send]],
    [
      "`admin` allowed by an overwrite doesn't bring back sight",
      { category: [allow("bob", "admin")], channel: [deny("everybody", view)] },
      "nothing",
    ],
    [
      "all rules but `admin` can be denied",
      { everybody: rule_names.filter((name) => name !== "admin"), channel: [deny("everybody", send)] },
      rule_names.filter((name) => name !== "admin" && name !== send),
    ],

    ["the default role is denied a rule", { channel: [deny("everybody", send)] }, [view]],
    ["the default role is allowed a rule", { channel: [allow("everybody", react)] }, [view, send, react]],
    ["a held role is denied a rule", { ...mod, channel: [deny("mods", send)] }, [view]],
    ["a held role is allowed a rule", { ...mod, channel: [allow("mods", react)] }, [view, send, react]],
    ["the member is denied a rule", { channel: [deny("bob", send)] }, [view]],
    ["the member is allowed a rule", { channel: [allow("bob", react)] }, [view, send, react]],
    ["a denied rule that one lacks anyway", { channel: [deny("everybody", react)] }, [view, send]],
    ["an allowed rule that one has anyway", { channel: [allow("everybody", send)] }, [view, send]],
    ["an overwrite of nothing", { channel: [overwrite("everybody", [], [])] }, [view, send]],
    ["a role that isn't held is denied a rule", { channel: [deny("mods", send)] }, [view, send]],
    ["a role that isn't held is allowed a rule", { channel: [allow("mods", react)] }, [view, send]],
    ["another member is denied a rule", { channel: [deny("carol", send)] }, [view, send]],
    ["another member is allowed a rule", { channel: [allow("carol", react)] }, [view, send]],
    ["a user's id is no role's", { channel: [{ role_id: BOB, allow: NO_RULES, deny: rulesOf([send]) }] }, [view, send]],
    [
      "a role's id is no user's",
      { ...mod, channel: [{ user_id: ids.mods, allow: NO_RULES, deny: rulesOf([send]) }] },
      [view, send],
    ],

    [
      "a role's deny takes what the role itself gives",
      { ...mod, mods: [manage], channel: [deny("mods", manage)] },
      [view, send],
    ],
    [
      "the default role's deny takes what another role gives",
      {
        ...mod,
        mods: [manage],
        channel: [deny("everybody", manage)],
      },
      [view, send],
    ],
    [
      "the default role's deny comes before a role's allow",
      {
        ...mod,
        channel: [allow("mods", send), deny("everybody", send)],
      },
      [view, send],
    ],
    [
      "the default role's allow comes before a role's deny",
      {
        ...mod,
        channel: [deny("mods", react), allow("everybody", react)],
      },
      [view, send],
    ],
    [
      "one role's allow wins over another's deny",
      {
        ...both_roles,
        channel: [allow("mods", send), deny("crew", send)],
      },
      [view, send],
    ],
    [
      "one role's allow wins over a higher one's deny",
      {
        ...both_roles,
        channel: [deny("mods", send), allow("crew", send)],
      },
      [view, send],
    ],
    [
      "two roles' denies are both taken",
      { ...both_roles, channel: [deny("mods", send), deny("crew", view)] },
      "nothing",
    ],
    [
      "two roles' allows are both given",
      { ...both_roles, channel: [allow("mods", react), allow("crew", manage)] },
      [view, send, react, manage],
    ],
    [
      "the member's own deny wins over a role's allow",
      {
        ...mod,
        channel: [deny("bob", react), allow("mods", react)],
      },
      [view, send],
    ],
    [
      "the member's own allow wins over a role's deny",
      {
        ...mod,
        channel: [allow("bob", send), deny("mods", send)],
      },
      [view, send],
    ],
    [
      "the member's own allow wins over the default role's deny",
      {
        channel: [allow("bob", send), deny("everybody", send)],
      },
      [view, send],
    ],
    [
      "several overwrites of one role count together",
      { ...mod, channel: [allow("mods", send), deny("mods", send)] },
      [view, send],
    ],

    ["the category's overwrites hold for its channels", { category: [deny("everybody", send)] }, [view]],
    [
      "the channel's allow wins over the category's deny",
      {
        category: [deny("everybody", send)],
        channel: [allow("everybody", send)],
      },
      [view, send],
    ],
    [
      "the channel's deny wins over the category's allow",
      {
        category: [allow("everybody", react)],
        channel: [deny("everybody", react)],
      },
      [view, send],
    ],
    [
      "the channel's allow for all wins over the category's deny for the member",
      {
        category: [deny("bob", send)],
        channel: [allow("everybody", send)],
      },
      [view, send],
    ],
    [
      "the channel's deny for all wins over the category's allow for the member",
      {
        category: [allow("bob", react)],
        channel: [deny("everybody", react)],
      },
      [view, send],
    ],
    [
      "the category's and the channel's both count where they don't conflict",
      {
        category: [deny("everybody", send)],
        channel: [allow("bob", react)],
      },
      [view, react],
    ],

    ["without sight nothing is left", { everybody: [send, react], holds: ["mods"], mods: [manage] }, "nothing"],
    ["sight denied takes all", { channel: [deny("everybody", view)] }, "nothing"],
    ["sight denied takes what is allowed beside it", { channel: [deny("bob", view), allow("bob", manage)] }, "nothing"],
    ["sight denied by the category takes all", { category: [deny("everybody", view)] }, "nothing"],
    [
      "sight given back to a role gives the rest back",
      {
        ...mod,
        category: [deny("everybody", view)],
        channel: [allow("mods", view)],
      },
      [view, send],
    ],
    [
      "what the category allows is there once the channel gives sight",
      {
        category: [deny("everybody", view), allow("everybody", react)],
        channel: [allow("bob", view)],
      },
      [view, send, react],
    ],
    ["sight denied and allowed to one is allowed", { channel: [both("bob", view)] }, [view, send]],
    [
      "a private channel is nothing to who lacks its role",
      {
        holds: ["crew"],
        channel: [deny("everybody", view), allow("mods", view)],
      },
      "nothing",
    ],
    [
      "a private channel is seen by who has its role",
      {
        holds: ["crew", "mods"],
        channel: [deny("everybody", view), allow("mods", view)],
      },
      [view, send],
    ],
    [
      "one member can be let into a private channel",
      { channel: [deny("everybody", view), allow("bob", view)] },
      [view, send],
    ],
    [
      "one member can be kept out of an open channel",
      { ...mod, mods: [manage], channel: [deny("bob", view)] },
      "nothing",
    ],
  ];
  test.each(cases)("%s", (_, situation, wanted) => {
    expect(namesOf(bobsRules(situation).channel)).toEqual(namesOf(wantedRules(wanted)));
  });
});

/** The layers of step 3, in their order. */
const layers = (["category", "channel"] as const).flatMap((place) =>
  (["everybody", "mods", "bob"] as const).flatMap((who) =>
    (["deny", "allow"] as const).map((says) => ({ place, who, says, name: `${place} ${says} ${who}` })),
  ),
);
type Layer = (typeof layers)[number];

function overwritesAt(place: Layer["place"], of: Layer[], rule: Rule): Overwrite[] {
  const here = of.filter((layer) => layer.place === place);
  return here.map(({ who, says }) => (says === "allow" ? allow(who, rule) : deny(who, rule)));
}

function mayReact(of: Layer[], everybody: Rule[]): boolean {
  const [category, channel] = [overwritesAt("category", of, react), overwritesAt("channel", of, react)];
  return hasRule(bobsRules({ everybody, holds: ["mods"], category, channel }).channel, react);
}

describe("of two overwrites that conflict the later in the order counts", () => {
  const pairs = layers.flatMap((first, at) => layers.slice(at + 1).map((second) => [first, second] as const));
  const conflicts = pairs.filter(([first, second]) => first.says !== second.says);
  const named = conflicts.map(([first, second]) => [first.name, second.name, first, second] as const);
  test.each(named)("%s, then %s", (_first, _second, first, second) => {
    for (const everybody of [[view], [view, react]]) {
      expect(mayReact([first, second], everybody)).toBe(second.says === "allow");
      // How they are written down doesn't matter.
      expect(mayReact([second, first], everybody)).toBe(second.says === "allow");
    }
  });
});

describe("rank", () => {
  const nobody = member(1, []);
  const owner: MemberStanding = { user_id: 2, is_owner: true, roles: [] };
  const crew = member(3, [1]);
  const mod = member(4, [2]);
  const other_mod = member(5, [1, 2]);
  const boss = member(6, [7, 1, 2]);
  const unplaced = member(7, [0]);
  const people = { nobody, owner, crew, mod, "another mod": other_mod, boss, "who holds a role at 0": unplaced };
  type Person = keyof typeof people;

  function member(user_id: number, positions: number[]): MemberStanding {
    const roles = positions.map((position) => role(position + 10, NO_RULES, position));
    return { user_id, is_owner: false, roles };
  }

  const ranks: [Person, number][] = [
    ["nobody", 0],
    ["who holds a role at 0", 0],
    ["crew", 1],
    ["mod", 2],
    ["another mod", 2],
    ["boss", 7],
    ["owner", Number.POSITIVE_INFINITY],
  ];
  test.each(ranks)("%s ranks %p", (who, wanted) => expect(rankOf(people[who])).toBe(wanted));

  const acts: [Person, "may" | "may not", Person][] = [
    ["owner", "may", "boss"],
    ["owner", "may", "nobody"],
    ["owner", "may not", "owner"],
    ["boss", "may not", "owner"],
    ["boss", "may not", "boss"],
    ["boss", "may", "mod"],
    ["boss", "may", "nobody"],
    ["mod", "may not", "boss"],
    ["mod", "may not", "another mod"],
    ["another mod", "may not", "mod"],
    ["mod", "may", "crew"],
    ["mod", "may", "nobody"],
    ["crew", "may not", "mod"],
    ["crew", "may", "nobody"],
    ["crew", "may", "who holds a role at 0"],
    ["nobody", "may not", "nobody"],
    ["nobody", "may not", "crew"],
    ["nobody", "may not", "who holds a role at 0"],
    ["who holds a role at 0", "may not", "nobody"],
    ["who holds a role at 0", "may not", "owner"],
  ];
  test.each(acts)("%s %s act on %s", (who, may, whom) => {
    expect(outranks(people[who], people[whom])).toBe(may === "may");
  });

  const touches: [Person, "may" | "may not", number][] = [
    ["owner", "may", 10_000],
    ["owner", "may", 0],
    ["boss", "may", 6],
    ["boss", "may not", 7],
    ["boss", "may not", 8],
    ["mod", "may", 1],
    ["mod", "may", 0],
    ["mod", "may not", 2],
    ["another mod", "may", 1],
    ["another mod", "may not", 2],
    ["crew", "may", 0],
    ["crew", "may not", 1],
    ["nobody", "may not", 0],
    ["nobody", "may not", 1],
    ["who holds a role at 0", "may not", 0],
  ];
  test.each(touches)("%s %s touch a role at %p", (who, may, position) => {
    expect(outranksPosition(people[who], position)).toBe(may === "may");
  });

  test("an owner without roles outranks an owner's former equal", () => {
    expect(outranks({ ...crew, is_owner: true }, crew)).toBe(true);
    expect(outranks(crew, { ...crew, is_owner: true })).toBe(false);
  });
});

describe("granting", () => {
  const cases: [string, Rule[], Rule[], boolean][] = [
    ["one's own rule", [send], [send], true],
    ["all one's rules", [view, send], [send, view], true],
    ["nothing", [], [], true],
    ["nothing, having some", [send], [], true],
    ["a rule one lacks", [send], [react], false],
    ["a rule one lacks beside one's own", [send, view], [send, react], false],
    ["anything, having nothing", [], [send], false],
    ["`admin` without it", [...rule_names].filter((name) => name !== "admin"), ["admin"], false],
  ];
  test.each(cases)("%s", (_, own, granted, may) => expect(mayGrant(rulesOf(own), rulesOf(granted))).toBe(may));

  test("the owner and an admin may grant anything", () => {
    const default_role = role(1, NO_RULES, 0);
    const owner = { user_id: 1, is_owner: true, roles: [] };
    const admin = { user_id: 2, is_owner: false, roles: [role(2, rulesOf(["admin"]), 1)] };
    for (const member of [owner, admin]) expect(mayGrant(serverRules(member, default_role), ALL_RULES)).toBe(true);
  });
});
