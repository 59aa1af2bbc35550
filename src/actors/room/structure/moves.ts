// Whether channels may be moved from under the overwrites of one category to those of another: what that changes for a
// role or member, the mover must be allowed to set for them. What follows for everybody else is judged elsewhere.

import type { Channel } from "../../../domain/community.ts";
import {
  ALL_RULES,
  hasRule,
  type MemberStanding,
  mayGrant,
  NO_RULES,
  type Overwrite,
  type Rules,
  rulesOf,
  rulesUnder,
  serverRules,
  type Target,
} from "../../../domain/permissions.ts";
import { type Outcome, success } from "../../../protocol/outcome.ts";
import type { Room } from "../room.ts";
import { type Editor, isBelow, lacksRules, ranksAsHigh, targetOf } from "./overwrites.ts";

/** What roles can bring together, short of `admin`, from which no overwrite takes anything. */
const OF_ANY_ROLES = ALL_RULES & ~rulesOf(["admin"]);

/** `channels` are as they will be, but for the category that they come to; null stands for outside any. */
export async function judgeMove(
  room: Room,
  editor: Editor,
  channels: readonly Channel[],
  from_category: number | null,
  to_category: number | null,
): Promise<Outcome<null>> {
  const { structure } = room;
  if (channels.length === 0 || structure.standing(editor.member).is_owner) return success(null);
  const [from, to] = [overwritesOf(room, from_category), overwritesOf(room, to_category)];
  const own = channels.map(({ overwrites }) => byTarget(overwrites));
  for (const differing of differences(from, to)) {
    const holder = await holderOf(room, differing);
    const changed = holder === null ? NO_RULES : changedFor(room, holder, own, to, differing);
    if (changed === NO_RULES) continue;
    if (!mayGrant(editor.rules, changed)) return lacksRules();
    if (!(await isBelow(room, editor.member, differing.target))) return ranksAsHigh();
  }
  return success(null);
}

function overwritesOf({ structure }: Room, category_id: number | null): readonly Overwrite[] {
  return category_id === null ? [] : (structure.category(category_id)?.overwrites ?? []);
}

/** What the two say otherwise of one role or member. */
interface Differing {
  readonly target: Target;
  /** What the first says; null when nothing. */
  readonly was: Overwrite | null;
}

function differences(from: readonly Overwrite[], to: readonly Overwrite[]): Differing[] {
  const [before, after] = [byTarget(from), byTarget(to)];
  return [...new Map([...before, ...after])].flatMap(([name, target]) => {
    const [was, is] = [before.get(name), after.get(name)];
    return was?.allow === is?.allow && was?.deny === is?.deny ? [] : { target, was: was ?? null };
  });
}

/**
 * Who has that role and no other; or that member, who may be away, and comes back without roles. Null for a role that is
 * gone.
 */
async function holderOf(room: Room, { target }: Differing): Promise<MemberStanding | null> {
  const { structure } = room;
  if ("role_id" in target) {
    const role = structure.role(target.role_id);
    const roles = role && role.id !== structure.defaultRole.id ? [role] : [];
    return role ? { user_id: 0, is_owner: false, roles } : null;
  }
  const member = await room.member(target.user_id);
  return member ? structure.standing(member) : { user_id: target.user_id, is_owner: false, roles: [] };
}

/**
 * The rules that differ in any of the channels from what they were if this one overwrite stayed: for the holder, and
 * for who has any rule by another role as well, from whom it may be just this overwrite that takes it.
 */
function changedFor(
  { structure: { defaultRole } }: Room,
  holder: MemberStanding,
  channels: readonly ByTarget[],
  to: readonly Overwrite[],
  { target, was }: Differing,
): Rules {
  const base = serverRules(holder, defaultRole);
  if (hasRule(base, "admin")) return NO_RULES;
  const kept = [...to.filter((overwrite) => targetOf(overwrite) !== targetOf(target)), ...(was ? [was] : [])];
  const bases = "role_id" in target ? [base, OF_ANY_ROLES] : [base];
  return bases.reduce((sum, rules) => {
    const [moved, stayed] = [rulesUnder(rules, holder, defaultRole, to), rulesUnder(rules, holder, defaultRole, kept)];
    if (moved === stayed) return sum;
    return channels.reduce((changed, channel) => {
      const own = concerning(channel, holder, defaultRole.id);
      return changed | (rulesUnder(moved, holder, defaultRole, own) ^ rulesUnder(stayed, holder, defaultRole, own));
    }, sum);
  }, NO_RULES);
}

type ByTarget = ReadonlyMap<string, Overwrite>;

function byTarget(overwrites: readonly Overwrite[]): ByTarget {
  return new Map(overwrites.map((overwrite) => [targetOf(overwrite), overwrite]));
}

function concerning(channel: ByTarget, { user_id, roles }: MemberStanding, default_role_id: number): Overwrite[] {
  if (channel.size === 0) return [];
  const targets = [{ role_id: default_role_id }, ...roles.map(({ id }) => ({ role_id: id })), { user_id }];
  return targets.flatMap((target) => channel.get(targetOf(target)) ?? []);
}
