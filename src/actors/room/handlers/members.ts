// Members: listed, given roles and nicknames, sent away.

import type { AuditEntry, AuditType } from "../../../domain/audit.ts";
import type { Member } from "../../../domain/community.ts";
import { mayGrant, NO_RULES, outranksPosition, type Rules } from "../../../domain/permissions.ts";
import type { Request } from "../../../protocol/catalogue.ts";
import { failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Requester } from "../../session/calls.ts";
import { asMember, asMemberWith, forbidden } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { changedFields, isEmpty } from "../changed-fields.ts";
import { beside, change, type RoomHandlers } from "../handler.ts";
import { departure, endedWith, withBots } from "../members/departure.ts";
import { readMemberPage } from "../members/member-list.ts";
import { profileOf } from "../members/profiles.ts";
import { isBelow, ranksTooHigh } from "../members/rank.ts";
import { judgeTimeout } from "../members/timeouts.ts";
import type { Room } from "../room.ts";
import type { Structure } from "../structure/structure.ts";
import { memberView } from "../views.ts";

export const memberHandlers: RoomHandlers<"get_server_members" | "update_member" | "remove_member"> = {
  get_server_members: beside(readMemberPage),

  update_member: change(async (room, { user_id, changes, reason }, from, nextSeq) => {
    const asker = await asMember(room, from.id);
    if (!asker.ok) return asker;
    const standing = await room.member(user_id);
    if (!standing) return notFound();
    const role_ids = judgeRoles(room, asker.value, standing, changes.roles);
    if (!role_ids.ok) return role_ids;
    const { nickname = standing.nickname } = changes;
    const may =
      nickname === standing.nickname || user_id === from.id ? success(null) : mayManage(room, asker.value, standing);
    if (!may.ok) return may;
    const timeout = judgeTimeout(room, asker.value, standing, changes.timed_out_until);
    if (!timeout.ok) return timeout;
    const profile = await profileOf(room, user_id, from.id);
    if (!profile.ok) return profile;
    const timed_out_until = timeout.value;
    const member = { ...standing, nickname, role_ids: role_ids.value, timed_out_until, seq: nextSeq() };
    const changed = changedFields(memberView(standing, profile.value), memberView(member, profile.value));
    const data = { server_id: room.id, member: { user_id, ...changed } };
    return success({
      rows: isEmpty(changed) ? {} : { members: [member] },
      audit: entriesOfChange(room, from, standing, member, reason),
      value: () => ({ member: memberView(member, profile.value) }),
      events: () => [{ type: "member_changed", seq: member.seq, data }],
    });
  }),

  remove_member: change(async (room, { user_id, reason }, from, nextSeq) => {
    const asker = await asMemberWith(room, from.id, "kick_members");
    if (!asker.ok) return asker;
    const member = await room.member(user_id);
    if (!member) return notFound();
    if (!isBelow(room, asker.value, member)) return ranksTooHigh();
    const going = await withBots(room, member);
    const { rows, events } = departure(room, going, nextSeq, "is sent away");
    const ended = endedWith(room, going);
    const audit = [entryOf(room, from, "member_removed", user_id, { reason })];
    return success({ rows: { ...rows, ...ended.rows }, also: ended.also, events, audit, value: () => ({}) });
  }),
};

/** Whether somewhere the member may do without these roles what they may not with them. */
function gainsByLosing(structure: Structure, member: Member, taken: readonly number[]): boolean {
  const left = { ...member, role_ids: member.role_ids.filter((id) => !taken.includes(id)) };
  const gains = (before: Rules, after: Rules) => (after & ~before) !== NO_RULES;
  return (
    structure
      .channels()
      .some((channel) => gains(structure.rulesIn(member, channel), structure.rulesIn(left, channel))) ||
    structure
      .categories()
      .some((one) => gains(structure.rulesInCategory(member, one), structure.rulesInCategory(left, one)))
  );
}

const holdsBack = () => failure("forbidden", "You can't take a role from yourself that keeps you from something.");

/** What one calls oneself is no matter of the log, which it could fill. */
function isOwnNickname(from: Requester, standing: Member, member: Member): boolean {
  return from.id === member.user_id && standing.role_ids.join() === member.role_ids.join();
}

function entriesOfChange(
  room: Room,
  from: Requester,
  standing: Member,
  member: Member,
  reason: string | undefined,
): AuditEntry[] {
  const audited = ({ nickname, role_ids }: Member) => ({ nickname, roles: role_ids });
  const timeout = ({ timed_out_until: until }: Member) => ({ timed_out_until: until && new Date(until).toISOString() });
  const differs = (view: (of: Member) => object) => !isEmpty(changedFields(view(standing), view(member)));
  const entry = (type: AuditType, view: (of: Member) => object) =>
    entryOf(room, from, type, member.user_id, { reason, before: view(standing), after: view(member) });
  return [
    ...(differs(audited) && !isOwnNickname(from, standing, member) ? [entry("member_changed", audited)] : []),
    ...(differs(timeout) ? [entry("member_timed_out", timeout)] : []),
  ];
}

/** Whether the one may do to the other what `manage_members` is for. */
function mayManage(room: Room, asker: Member, other: Member): Outcome<null> {
  if (!room.structure.may(asker, "manage_members")) return forbidden("manage_members");
  const is_owner = asker.user_id === room.structure.server.owner_id;
  return is_owner || isBelow(room, asker, other) ? success(null) : ranksTooHigh();
}

/** The member's roles as wanted, if the asker may give and take what differs. */
function judgeRoles(
  room: Room,
  asker: Member,
  member: Member,
  wanted: Request<"update_member">["changes"]["roles"],
): Outcome<readonly number[]> {
  if (wanted === undefined) return success(member.role_ids);
  const { structure } = room;
  const unknown = wanted.findIndex((id) => id === structure.server.default_role_id || !structure.role(id));
  if (unknown >= 0) {
    const path = `data.changes.roles.${unknown}`;
    return failure("bad_request", "The server has no such role, or everybody has it.", { path });
  }
  const role_ids = [...new Set(wanted)].sort((one, other) => one - other);
  const given = role_ids.filter((id) => !member.role_ids.includes(id));
  const taken = member.role_ids.filter((id) => !role_ids.includes(id));
  const refused = refusal(room, asker, member, given, taken);
  return refused ?? success(role_ids);
}

function refusal(
  room: Room,
  asker: Member,
  member: Member,
  given: readonly number[],
  taken: readonly number[],
): Outcome<never> | null {
  if (given.length === 0 && taken.length === 0) return null;
  const { structure } = room;
  const drops_own = given.length === 0 && asker.user_id === member.user_id;
  if (drops_own) return gainsByLosing(structure, member, taken) ? holdsBack() : null;
  const may = mayManage(room, asker, member);
  if (!may.ok) return may;
  const taken_by_rank = asker.user_id === member.user_id ? [] : taken;
  for (const id of [...given, ...taken_by_rank]) {
    const role = structure.role(id);
    if (role && !outranksPosition(structure.standing(asker), role.position)) {
      return failure("forbidden", "The role ranks as high as you, or higher.");
    }
  }
  const granted = given.reduce((rules, id) => rules | (structure.role(id)?.rules ?? 0), 0);
  if (!mayGrant(structure.rules(asker), granted)) return failure("forbidden", "You can't grant a rule that you lack.");
  return null;
}
