// The server itself: seen, changed, handed over, left, deleted.

import { limits } from "../../../domain/limits.ts";
import { encodeEvent } from "../../../protocol/community/events.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import { imageFault } from "../../images.ts";
import type { Reply } from "../../kernel/system.ts";
import { changedFields, isEmpty } from "../changed-fields.ts";
import { asMember, asMemberWith, notFound, type RoomHandlers } from "../handler.ts";
import { departure, ownerStays } from "../members/departure.ts";
import type { Room } from "../room.ts";
import { serverView } from "../views.ts";
import { openInvite } from "./invites.ts";

type ServerType = "get_server" | "update_server" | "delete_server" | "transfer_server" | "leave_server";

export const serverHandlers: RoomHandlers<ServerType> = {
  async get_server(room, { server_id, invite_code }, from, reply) {
    const by_invite = invite_code !== undefined && (await openInvite(room, invite_code)) !== null;
    const as_member = server_id !== undefined && (await room.member(from.id)) !== null;
    if (room.deleted || !(as_member || by_invite)) return reply(notFound());
    if (as_member) room.subscribers.toServer(from.session, from.id);
    reply(success({ server: serverView(room.structure.server) }));
  },

  update_server: (room, { changes }, from, reply) =>
    room.change(async (nextSeq) => {
      const manager = await asMemberWith(room, from.id, "manage_server");
      if (!manager.ok) return manager;
      const standing = room.structure.server;
      // Field by field: a request may hold others, which are not its sender's to change.
      const { name = standing.name, image = standing.image, description = standing.description } = changes;
      const is_new_image = image !== null && changes.image !== undefined;
      const fault = is_new_image ? await imageFault(room.on.store, from.id, image) : null;
      if (fault !== null) return failure("bad_request", fault, { path: "data.changes.image" });
      const server = { ...standing, name, image, description, seq: nextSeq() };
      const changed = changedFields(serverView(standing), serverView(server));
      return success({
        rows: isEmpty(changed) ? {} : { server },
        value: () => ({ server: serverView(server) }),
        events: () => [{ type: "server_updated", seq: server.seq, data: { server_id: room.id, ...changed } }],
      });
    }, reply),

  transfer_server: (room, { user_id }, from, reply) =>
    room.change(async (nextSeq) => {
      const owner = await asOwner(room, from.id);
      if (!owner.ok) return owner;
      if (user_id === from.id) return failure("conflict", "The server is yours already.");
      if (!(await room.member(user_id))) return notFound();
      const server = { ...room.structure.server, owner_id: user_id, seq: nextSeq() };
      return success({
        rows: { server },
        value: () => ({ server: serverView(server) }),
        events: () => [{ type: "server_updated", seq: server.seq, data: { server_id: room.id, owner_id: user_id } }],
      });
    }, reply),

  leave_server: (room, _request, from, reply) =>
    room.change(async (nextSeq) => {
      const member = await asMember(room, from.id);
      if (!member.ok) return member;
      if (from.id === room.structure.server.owner_id) return ownerStays();
      return success({ ...departure(room, from.id, nextSeq), value: () => ({}) });
    }, reply),

  delete_server: (room, _request, from, reply) =>
    room.exclusively(async () => {
      const owner = await asOwner(room, from.id);
      if (!owner.ok) return reply(owner);
      await room.whileChanging(() => endServer(room, reply));
    }),
};

async function asOwner(room: Room, user_id: number): Promise<Outcome<null>> {
  if (!(await room.member(user_id))) return notFound();
  if (user_id !== room.structure.server.owner_id) return failure("forbidden", "Only the owner may do this.");
  return success(null);
}

/** Deletes the server and tells all who were members, in slices, so that nothing else waits for a large one. */
async function endServer(room: Room, reply: Reply<Record<string, never>>): Promise<void> {
  const { actors, store, ids, topics, clock } = room.on;
  const member_ids = await store.rooms.memberIds(room.id);
  const seq = ids.next();
  const places = member_ids.map((user_id) => ({ user_id, place: topics.reserve(`self:${user_id}`, seq) }));
  try {
    await store.rooms.remove(room.id, { seq, now: clock() });
  } catch (error) {
    for (const { place } of places) place.release();
    // It may have been done all the same.
    room.fail();
    throw error;
  }
  room.end();
  reply(success({}));
  const frame = encodeEvent("server_deleted", "self", seq, { server_id: room.id });
  for (let told = 0; told < places.length; told += limits.announced_at_once) {
    if (told > 0) await new Promise(setImmediate);
    for (const { user_id, place } of places.slice(told, told + limits.announced_at_once)) {
      place.publish(frame);
      actors.tell("presence", "separated", { user_id });
    }
  }
}
