// Roles: listed, added, changed, deleted. A member who may edit them has all rules, so that nobody grants a rule that
// they lack. What is left to ask is rank.

import type { Member, ServerRole } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { outranksPosition, rulesOf } from "../../../domain/permissions.ts";
import { failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import { asMember, asMemberWith } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { changedFields, isEmpty } from "../changed-fields.ts";
import { beside, change, type RoomHandlers } from "../handler.ts";
import { madeAgain, madeBefore, noteHere } from "../nonces.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";
import { subscribeTo } from "../topics.ts";
import { roleView } from "../views.ts";
import { afterRole } from "./overwrite-ends.ts";

/** The default role's alone. */
const DEFAULT_POSITION = 0;

export const roleHandlers: RoomHandlers<"get_server_roles" | "add_role" | "update_role" | "delete_role"> = {
  get_server_roles: beside(async (room, { user_id = null }, from, reply) => {
    const holder = user_id === null ? null : await room.member(user_id);
    const member = await asMember(room, from.id);
    if (!member.ok) return reply(member);
    if (user_id !== null && !holder) return reply(notFound());
    subscribeTo(room, from, null);
    const { default_role_id } = room.structure.server;
    const held = ({ id }: ServerRole) => !holder || id === default_role_id || holder.role_ids.includes(id);
    reply(success({ roles: room.structure.roles().filter(held).map(roleView), seq: room.seq }));
  }),

  add_role: change(async (room, { name, color, rules, position, nonce }, from, nextSeq) => {
    const admin = await asMemberWith(room, from.id, "admin");
    if (!admin.ok) return admin;
    const earlier = await madeBefore(room, from, "role", nonce);
    if (earlier) return madeAgain(room.structure.role(Number(earlier)), (role) => ({ role: roleView(role) }));
    const roles = room.structure.roles();
    if (roles.length >= limits.roles_per_server) {
      return failure("limit_reached", "The server has too many roles.", { limit: "roles_per_server" });
    }
    const highest = position ?? DEFAULT_POSITION;
    if (!outranksPosition(room.structure.standing(admin.value), highest)) return ranksTooHigh();
    const raised = position === undefined ? raisedFrom(roles, DEFAULT_POSITION + 1, nextSeq) : [];
    const role: ServerRole = {
      ...{ id: room.on.ids.next(), name, color: color ?? null, rules: rulesOf(rules ?? []) },
      ...{ position: position ?? DEFAULT_POSITION + 1, seq: nextSeq() },
    };
    return success({
      rows: { roles: [...raised, role] },
      note: noteHere(room, from, "role", nonce, role.id),
      audit: [entryOf(room, from, "role_added", role.id, { after: roleView(role) })],
      value: () => ({ role: roleView(role) }),
      events: () => [
        ...raised.map((other) => roleChanged(room, other, { position: other.position })),
        { type: "role_added", seq: role.seq, data: { server_id: room.id, role: roleView(role) } },
      ],
    });
  }),

  update_role: change(async (room, { role_id, changes }, from, nextSeq) => {
    const found = await asRoleAdmin(room, from.id, role_id);
    if (!found.ok) return found;
    const { role: standing, admin } = found.value;
    const { name = standing.name, color = standing.color, position = standing.position } = changes;
    if (position !== standing.position) {
      if (role_id === room.structure.server.default_role_id) return stays("keeps its position");
      if (!outranksPosition(room.structure.standing(admin), position)) return ranksTooHigh();
    }
    const rules = changes.rules ? rulesOf(changes.rules) : standing.rules;
    const role = { ...standing, name, color, rules, position, seq: nextSeq() };
    const changed = changedFields(roleView(standing), roleView(role));
    return success({
      rows: isEmpty(changed) ? {} : { roles: [role] },
      audit: [entryOf(room, from, "role_changed", role_id, { before: roleView(standing), after: roleView(role) })],
      value: () => ({ role: roleView(role) }),
      events: () => [roleChanged(room, role, changed)],
    });
  }),

  delete_role: change(async (room, { role_id }, from, nextSeq) => {
    const found = await asRoleAdmin(room, from.id, role_id);
    if (!found.ok) return found;
    if (role_id === room.structure.server.default_role_id) return stays("can't be deleted");
    const { rows, events } = afterRole(room, role_id, nextSeq);
    const deleted = { id: role_id, seq: nextSeq() };
    return success({
      rows: { ...rows, deleted_roles: [deleted] },
      audit: [entryOf(room, from, "role_deleted", role_id, { before: roleView(found.value.role) })],
      value: () => ({}),
      events: () => [...events(), { type: "role_deleted", seq: deleted.seq, data: { server_id: room.id, role_id } }],
    });
  }),
};

const ranksTooHigh = () => failure("forbidden", "The role ranks as high as you, or higher.");
const stays = (how: string) => failure("conflict", `The default role ${how}.`);

async function asRoleAdmin(
  room: Room,
  user_id: number,
  role_id: number,
): Promise<Outcome<{ admin: Member; role: ServerRole }>> {
  const admin = await asMemberWith(room, user_id, "admin");
  if (!admin.ok) return admin;
  const role = room.structure.role(role_id);
  if (!role) return notFound();
  if (!outranksPosition(room.structure.standing(admin.value), role.position)) return ranksTooHigh();
  return success({ admin: admin.value, role });
}

/** The roles that stand at the position and, without a gap, above it, each moved up by one to make room. */
function raisedFrom(roles: readonly ServerRole[], position: number, nextSeq: () => number): ServerRole[] {
  const taken = new Set(roles.map((role) => role.position));
  let gap = position;
  while (taken.has(gap)) gap += 1;
  const in_the_way = roles.filter((role) => role.position >= position && role.position < gap);
  return in_the_way.map((role) => ({ ...role, position: role.position + 1, seq: nextSeq() }));
}

function roleChanged(room: Room, { id, seq }: ServerRole, changed: Partial<ReturnType<typeof roleView>>): PlannedEvent {
  return { type: "role_changed", seq, data: { server_id: room.id, role: { id, ...changed } } };
}
