// Overwrites as somebody wants them: whether what they name is there, and whether that somebody may set them. Only what
// differs from what stands is judged, so that a member may send a list back whole that they couldn't have made.

import type { Channel, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import {
  mayGrant,
  NO_RULES,
  type Overwrite,
  outranks,
  outranksPosition,
  type Rules,
  rulesOf,
  type Target,
} from "../../../domain/permissions.ts";
import type * as wire from "../../../protocol/community/entities.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Room } from "../room.ts";
import type { Structure } from "./structure.ts";

const VIEW = rulesOf(["view_channel"]);

/** Who sets overwrites, and what they may there: both in the server and at that place. */
export interface Editor {
  member: Member;
  rules: Rules;
}

/** What somebody wants of a category's or channel's overwrites; `path` leads to these fields. */
export interface Wanted {
  overwrites?: readonly wire.Overwrite[] | undefined;
  /** Only these roles may view, whatever else holds of roles. */
  roles?: readonly number[] | undefined;
  path: string;
}

/** The overwrites that follow; `bad_request` for what isn't there, `forbidden` for what the editor may not set. */
export async function judgeOverwrites(
  room: Room,
  editor: Editor,
  standing: readonly Overwrite[],
  { overwrites, roles, path }: Wanted,
): Promise<Outcome<readonly Overwrite[]>> {
  const replaced = overwrites ? await readOverwrites(room, overwrites, standing, path) : success(standing);
  if (!replaced.ok) return replaced;
  const wanted = roles ? viewedOnlyBy(room.structure, replaced.value, roles, path) : replaced;
  if (!wanted.ok) return wanted;
  const refused = await refusal(room, editor, standing, wanted.value);
  return refused ?? wanted;
}

/** Whether a channel in another place, or with other overwrites, lets the member do what they can't do in it now. */
export function widens(structure: Structure, member: Member, channel: Channel, changed: Channel): boolean {
  return !mayGrant(structure.rulesIn(member, channel), structure.rulesIn(member, changed));
}

export const lacksRules = () => failure("forbidden", "You can't grant or deny a rule that you lack.");

async function readOverwrites(
  room: Room,
  wanted: readonly wire.Overwrite[],
  standing: readonly Overwrite[],
  path: string,
): Promise<Outcome<Overwrite[]>> {
  const known = new Set(standing.map(targetOf));
  const read = new Map<string, Overwrite>();
  for (const [index, { allow, deny, ...named }] of wanted.entries()) {
    const target = readTarget(named);
    const name = targetOf(target);
    const fault = (sentence: string) =>
      failure("bad_request", sentence, {
        path: `${path}.overwrites.${index}.${"role_id" in target ? "role_id" : "user_id"}`,
      });
    if (read.has(name)) return fault("It is named twice.");
    if (!known.has(name) && !(await isThere(room, target))) return fault("The server has no such role or member.");
    read.set(name, { ...target, allow: rulesOf(allow), deny: rulesOf(deny) });
  }
  return success([...read.values()]);
}

export const ranksAsHigh = () => failure("forbidden", "That role or member ranks as high as you, or higher.");

/** A request may hold both fields, one of them null. */
function readTarget(named: { role_id?: unknown; user_id?: unknown }): Target {
  return typeof named.role_id === "number" ? { role_id: named.role_id } : { user_id: Number(named.user_id) };
}

export const targetOf = (target: Target) => ("role_id" in target ? `role ${target.role_id}` : `user ${target.user_id}`);

async function isThere(room: Room, target: Target): Promise<boolean> {
  if ("role_id" in target) return room.structure.role(target.role_id) !== undefined;
  return (await room.member(target.user_id)) !== null;
}

/** Denies everybody `view_channel` and allows it to the named roles; members' own overwrites stay. */
function viewedOnlyBy(
  structure: Structure,
  overwrites: readonly Overwrite[],
  role_ids: readonly number[],
  path: string,
): Outcome<Overwrite[]> {
  const unknown = role_ids.findIndex((id) => !structure.role(id));
  if (unknown >= 0) {
    return failure("bad_request", "The server has no such role.", { path: `${path}.roles.${unknown}` });
  }
  const viewed = new Map(overwrites.map((overwrite) => [targetOf(overwrite), withoutView(overwrite)]));
  const set = (role_id: number, change: "allow" | "deny") => {
    const standing = viewed.get(targetOf({ role_id })) ?? { role_id, allow: NO_RULES, deny: NO_RULES };
    viewed.set(targetOf({ role_id }), { ...standing, [change]: standing[change] | VIEW });
  };
  const default_role_id = structure.server.default_role_id;
  if (!role_ids.includes(default_role_id)) set(default_role_id, "deny");
  for (const role_id of new Set(role_ids)) set(role_id, "allow");
  const left = [...viewed.values()].filter(({ allow, deny }) => (allow | deny) !== NO_RULES);
  if (left.length <= limits.overwrites) return success(left);
  return failure("bad_request", `A channel has at most ${limits.overwrites} overwrites.`, { path: `${path}.roles` });
}

function withoutView(overwrite: Overwrite): Overwrite {
  if (!("role_id" in overwrite)) return overwrite;
  return { ...overwrite, allow: overwrite.allow & ~VIEW, deny: overwrite.deny & ~VIEW };
}

async function refusal(
  room: Room,
  { member, rules }: Editor,
  standing: readonly Overwrite[],
  wanted: readonly Overwrite[],
): Promise<Outcome<never> | null> {
  const before = new Map(standing.map((overwrite) => [targetOf(overwrite), overwrite]));
  const after = new Map(wanted.map((overwrite) => [targetOf(overwrite), overwrite]));
  for (const [name, target] of new Map([...before, ...after])) {
    const [was, is] = [before.get(name), after.get(name)];
    const changed = ((was?.allow ?? 0) ^ (is?.allow ?? 0)) | ((was?.deny ?? 0) ^ (is?.deny ?? 0));
    if (changed === NO_RULES) continue;
    if (!mayGrant(rules, changed)) return lacksRules();
    if (!(await isBelow(room, member, target))) {
      return ranksAsHigh();
    }
  }
  return null;
}

/** What is gone is below everybody. */
export async function isBelow(room: Room, member: Member, target: Target): Promise<boolean> {
  const editor = room.structure.standing(member);
  if (editor.is_owner) return true;
  if ("role_id" in target) {
    const role = room.structure.role(target.role_id);
    return !role || outranksPosition(editor, role.position);
  }
  const other = await room.member(target.user_id);
  return !other || outranks(editor, room.structure.standing(other));
}
