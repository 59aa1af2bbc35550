// What keeps somebody from things when they go and come back. A role that denies something comes back with who left it
// behind, as long as it gives no power; what a role that doesn't come back denies stays with them as their own
// overwrites. So nobody gets rid of a denial by leaving, and nobody keeps what a role allowed. It only looks and decides.

import type { Category, Channel } from "../../../domain/community.ts";
import { mayGrant, NO_RULES, type Rules } from "../../../domain/permissions.ts";
import type { Structure } from "../structure/structure.ts";

export interface Parting {
  /** Those of their roles that they get back when they come back. */
  role_ids: readonly number[];
  /** What their other roles deny them, by place. */
  denials: ReadonlyMap<number, Rules>;
}

/** Who is sent away leaves more behind: a role that lets them do anywhere what a newcomer may not. */
export function partingOf(structure: Structure, role_ids: readonly number[], is_sent_away: boolean): Parting {
  const common = is_sent_away ? (place: Category | Channel) => rulesOfNewcomer(structure, place) : undefined;
  const kept = rolesGivenBack(structure, role_ids, common);
  const held = new Set(role_ids);
  const lost = new Set(role_ids.filter((id) => !kept.includes(id)));
  const denials = new Map<number, Rules>();
  for (const place of lost.size === 0 ? [] : placesOf(structure)) {
    let [deny, allow] = [NO_RULES, NO_RULES];
    for (const overwrite of place.overwrites) {
      if (!("role_id" in overwrite) || !held.has(overwrite.role_id)) continue;
      allow |= overwrite.allow;
      if (lost.has(overwrite.role_id)) deny |= overwrite.deny;
    }
    if ((deny & ~allow) !== NO_RULES) denials.set(place.id, deny & ~allow);
  }
  return { role_ids: kept, denials };
}

/** Those of the roles that deny something somewhere, and give nobody anything but what is common there. */
export function rolesGivenBack(
  structure: Structure,
  role_ids: readonly number[],
  common: (place: Category | Channel) => Rules = () => structure.defaultRole.rules,
): number[] {
  if (role_ids.length === 0) return [];
  const isHarmless = (id: number) => {
    const role = structure.role(id);
    return role !== undefined && mayGrant(structure.defaultRole.rules, role.rules);
  };
  // A role that is gone may still stand in stored lists: it holds for nobody.
  const harmless = new Set(role_ids.filter(isHarmless));
  const denying = new Set<number>();
  for (const place of placesOf(structure)) {
    const held = place.overwrites.filter((one) => "role_id" in one && harmless.has(one.role_id));
    const allowed = held.some(({ allow }) => allow !== NO_RULES) ? common(place) : NO_RULES;
    for (const overwrite of held) {
      if (!("role_id" in overwrite)) continue;
      if (overwrite.deny !== NO_RULES) denying.add(overwrite.role_id);
      if (!mayGrant(allowed, overwrite.allow)) harmless.delete(overwrite.role_id);
    }
  }
  return role_ids.filter((id) => harmless.has(id) && denying.has(id));
}

function* placesOf(structure: Structure): Iterable<Category | Channel> {
  yield* structure.categories();
  yield* structure.channels();
}

/** What somebody without roles or overwrites of their own may do there. */
function rulesOfNewcomer(structure: Structure, place: Category | Channel): Rules {
  const never = { joined_at: 0, joined_seq: 0, seq: 0 };
  const newcomer = { user_id: 0, nickname: null, role_ids: [], timed_out_until: null, bot: null, ...never };
  return "category_id" in place ? structure.rulesIn(newcomer, place) : structure.rulesInCategory(newcomer, place);
}
