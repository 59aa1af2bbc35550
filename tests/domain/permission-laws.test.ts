// What holds of permissions whatever the roles and overwrites; the single cases are beside it.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  ALL_RULES,
  channelRules,
  DEFAULT_RULES,
  hasAll,
  hasRule,
  type MemberStanding,
  NO_RULES,
  namesOf,
  type Overwrite,
  outranks,
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
const view: Rule = "view_channel";

function role(id: number, rules: Rules, position: number): Role {
  return { id, name: `role ${id}`, color: null, rules, position };
}

describe("sets of rules", () => {
  const names = fc.subarray([...rule_names]);
  const rules = names.map(rulesOf);

  test("names and bits are the same set", () => {
    fc.assert(
      fc.property(names, (some) => {
        expect(namesOf(rulesOf(some))).toEqual(some);
        expect(rulesOf([...some, ...some].reverse())).toBe(rulesOf(some));
        for (const name of rule_names) expect(hasRule(rulesOf(some), name)).toBe(some.includes(name));
      }),
    );
  });

  test("`hasAll` is being a subset", () => {
    fc.assert(
      fc.property(rules, rules, (have, want) => {
        expect(hasAll(have, want)).toBe(namesOf(want).every((name) => hasRule(have, name)));
      }),
    );
  });

  test("all, none and the default are what they say", () => {
    expect(namesOf(ALL_RULES)).toEqual([...rule_names]);
    expect(namesOf(NO_RULES)).toEqual([]);
    const risky = ["admin", "manage", "kick", "ban", "mention_everyone"];
    expect(namesOf(DEFAULT_RULES).filter((name) => risky.some((word) => name.startsWith(word)))).toEqual([]);
    expect(hasAll(DEFAULT_RULES, rulesOf([view, "read_history", "send_messages"]))).toBe(true);
  });
});

describe("whatever the roles and overwrites", () => {
  const most_roles = 5;
  const rules = fc.subarray([...rule_names]).map(rulesOf);
  const harmless = fc.subarray(rule_names.filter((name) => name !== "admin")).map(rulesOf);
  const others = Array.from({ length: most_roles }, (_, index) => index + 2);
  const overwriteOf = fc.record({
    target: fc.constantFrom(
      ...[1, ...others].map((role_id) => ({ role_id })),
      ...[BOB, CAROL].map((user_id) => ({ user_id })),
    ),
    allow: rules,
    deny: rules,
  });
  const overwrites = fc.array(
    overwriteOf.map(({ target, ...rest }): Overwrite => ({ ...target, ...rest })),
    { maxLength: 8 },
  );
  const roleOf = (id: number) =>
    fc.record({ rules: harmless, position: fc.nat(9) }).map(({ rules, position }) => role(id, rules, position));
  const roles = fc.subarray(others).chain((held) => fc.tuple(...held.map(roleOf)));
  const default_role = roleOf(1);

  const bobWith = (held: readonly Role[]): MemberStanding => ({ user_id: BOB, is_owner: false, roles: held });

  /** Another way to say it: for each rule, the last that speaks of it has the word. */
  function lastWord(name: Rule, held: readonly Role[], everybody: Role, places: readonly Overwrite[][]): boolean {
    let word = [everybody, ...held].some((one) => hasRule(one.rules, name));
    const groups: ((one: Overwrite) => boolean)[] = [
      (one) => "role_id" in one && one.role_id === everybody.id,
      (one) => "role_id" in one && held.some(({ id }) => id === one.role_id),
      (one) => "user_id" in one && one.user_id === BOB,
    ];
    for (const place of places) {
      for (const group of groups) {
        const speaking = place.filter(group);
        if (speaking.some((one) => hasRule(one.deny, name))) word = false;
        if (speaking.some((one) => hasRule(one.allow, name))) word = true;
      }
    }
    return word;
  }

  test("each rule is as the last that speaks of it says, or all are lost with sight", () => {
    fc.assert(
      fc.property(roles, default_role, overwrites, overwrites, (held, everybody, category, channel) => {
        const wanted = rule_names.filter((name) => lastWord(name, held, everybody, [category, channel]));
        const got = channelRules(bobWith(held), everybody, category, channel);
        expect(namesOf(got)).toEqual(wanted.includes(view) ? wanted : []);
      }),
      { numRuns: 500 },
    );
  });

  test("the order of roles and of overwrites never matters", () => {
    const shuffled = <Item>(items: fc.Arbitrary<Item[]>) =>
      items.chain((some) =>
        fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length, maxLength: some.length })),
      );
    fc.assert(
      fc.property(shuffled(roles), default_role, shuffled(overwrites), shuffled(overwrites), (held, all, one, two) => {
        const [in_order, disordered] = [0, 1].map((at) =>
          channelRules(bobWith(held[at] as Role[]), all, one[at] as Overwrite[], two[at] as Overwrite[]),
        );
        expect(disordered).toBe(in_order as Rules);
        expect(serverRules(bobWith(held[1]), all)).toBe(serverRules(bobWith(held[0]), all));
        expect(rankOf(bobWith(held[1]))).toBe(rankOf(bobWith(held[0])));
      }),
    );
  });

  test("denying then allowing the same is allowing it, and again changes nothing", () => {
    const who = fc.constantFrom({ role_id: 1 }, { user_id: BOB });
    fc.assert(
      fc.property(default_role, who, rules, rules, (everybody, whom, allowed, denied) => {
        const one: Overwrite = { ...whom, allow: allowed, deny: denied };
        const seeing = { ...everybody, rules: everybody.rules | rulesOf([view]) };
        const visible = { ...one, deny: denied & ~rulesOf([view]) };
        const once = channelRules(bobWith([]), seeing, [], [visible]);
        expect(once).toBe((seeing.rules & ~visible.deny) | allowed);
        expect(channelRules(bobWith([]), seeing, [visible], [visible])).toBe(once);
        expect(channelRules(bobWith([]), seeing, [visible], [])).toBe(once);
        expect(channelRules(bobWith([]), seeing, [], [{ ...visible, deny: visible.deny & ~allowed }])).toBe(once);
      }),
    );
  });

  test("more rules in a role, more allowed or less denied never takes a rule away", () => {
    fc.assert(
      fc.property(
        ...([roles, default_role, overwrites, overwrites, rules, fc.nat(), fc.boolean()] as const),
        (held, everybody, category, channel, more, at, in_channel) => {
          const before = channelRules(bobWith(held), everybody, category, channel);
          const richer = held.map((one, index) =>
            index === at % held.length ? { ...one, rules: one.rules | more } : one,
          );
          expect(hasAll(channelRules(bobWith(richer), everybody, category, channel), before)).toBe(true);
          const generous = (some: Overwrite[]) =>
            some.map((one, index) =>
              index === at % some.length ? { ...one, allow: one.allow | more, deny: one.deny & ~more } : one,
            );
          const after = in_channel
            ? channelRules(bobWith(held), everybody, category, generous(channel))
            : channelRules(bobWith(held), everybody, generous(category), channel);
          expect(hasAll(after, before)).toBe(true);
        },
      ),
    );
  });

  test("in the server at large one more role never takes a rule or rank away", () => {
    fc.assert(
      fc.property(roles, default_role, rules, fc.nat(9), (held, everybody, more, position) => {
        const [before, after] = [bobWith(held), bobWith([...held, role(99, more, position)])];
        expect(hasAll(serverRules(after, everybody), serverRules(before, everybody))).toBe(true);
        expect(rankOf(after)).toBeGreaterThanOrEqual(rankOf(before));
      }),
    );
  });

  test("who can't view may nothing; who is owner or admin may all", () => {
    fc.assert(
      fc.property(roles, default_role, overwrites, overwrites, (held, everybody, category, channel) => {
        const got = channelRules(bobWith(held), everybody, category, channel);
        expect(got === NO_RULES || hasRule(got, view)).toBe(true);
        const owner = { ...bobWith(held), is_owner: true };
        const admin = bobWith([...held, role(99, rulesOf(["admin"]), 1)]);
        for (const member of [owner, admin]) {
          expect(channelRules(member, everybody, category, channel)).toBe(ALL_RULES);
        }
      }),
    );
  });

  test("a bot never has or outranks what its owner doesn't, and nothing without one", () => {
    fc.assert(
      fc.property(
        ...([roles, roles, default_role, overwrites, overwrites, fc.option(rules), fc.boolean()] as const),
        (held, owned, everybody, category, channel, chosen, is_owner) => {
          const owner = { user_id: CAROL, is_owner, roles: owned };
          const bot = { ...bobWith(held), bot: { rules: chosen, owner } };
          const [in_server, in_channel] = [
            serverRules(bot, everybody),
            channelRules(bot, everybody, category, channel),
          ];
          expect(hasAll(serverRules(owner, everybody), in_server)).toBe(true);
          expect(hasAll(channelRules(owner, everybody, category, channel), in_channel)).toBe(true);
          expect(rankOf(bot)).toBeLessThanOrEqual(rankOf(owner));
          expect(outranks(bot, owner)).toBe(false);
          const nobodys = { ...bot, bot: { rules: chosen, owner: null } };
          expect(serverRules(nobodys, everybody) | channelRules(nobodys, everybody, category, channel)).toBe(NO_RULES);
          expect(rankOf(nobodys)).toBe(0);
        },
      ),
    );
  });

  test("the bot of who may all is as a person, but for the rules that were chosen for it", () => {
    const of_everybody = overwrites.map((some) => some.filter((one) => "role_id" in one && one.role_id === 1));
    fc.assert(
      fc.property(
        roles,
        default_role,
        overwrites,
        of_everybody,
        rules,
        (held, everybody, category, channel, chosen) => {
          const owner = { user_id: CAROL, is_owner: true, roles: [] };
          const plain = { ...bobWith(held), bot: { rules: null, owner } };
          const asPerson = channelRules(bobWith(held), everybody, category, channel);
          expect(channelRules(plain, everybody, category, channel)).toBe(asPerson);
          expect(rankOf(plain)).toBe(rankOf(bobWith(held)));
          const bound = { ...bobWith([]), bot: { rules: chosen, owner } };
          expect(hasAll(chosen, serverRules(bound, everybody)) || hasRule(chosen, "admin")).toBe(true);
          expect(hasAll(chosen, channelRules(bound, everybody, [], channel)) || hasRule(chosen, "admin")).toBe(true);
        },
      ),
    );
  });

  test("of two members at most one outranks the other, and who outranks a third's better outranks the third", () => {
    const standing = fc.record({ user_id: fc.nat(), is_owner: fc.boolean(), roles });
    fc.assert(
      fc.property(standing, standing, standing, (one, two, three) => {
        expect(outranks(one, two) && outranks(two, one)).toBe(false);
        expect(outranks(one, one)).toBe(false);
        if (outranks(one, two) && outranks(two, three)) expect(outranks(one, three)).toBe(true);
      }),
    );
  });
});
