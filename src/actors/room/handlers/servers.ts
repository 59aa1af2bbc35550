// The server itself: seen, changed, handed over, left, deleted.

import type { Server } from "../../../domain/community.ts";
import { failure, notFound, success } from "../../../protocol/outcome.ts";
import { judgePicture } from "../../pictures.ts";
import { serverView } from "../../server-view.ts";
import { asMember, asMemberWith } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { changedFields, isEmpty } from "../changed-fields.ts";
import { asOwner, endServer } from "../end.ts";
import { beside, change, type RoomHandlers } from "../handler.ts";
import { departure, ownerStays, webhookEnds, withBots } from "../members/departure.ts";
import { subscribeTo } from "../topics.ts";
import { openInvite } from "./invites.ts";

type ServerType = "get_server" | "update_server" | "delete_server" | "transfer_server" | "leave_server";

export const serverHandlers: RoomHandlers<ServerType> = {
  get_server: beside(async (room, { server_id, invite_code }, from, reply) => {
    const by_invite = invite_code !== undefined && (await openInvite(room, invite_code)) !== null;
    const as_member = server_id !== undefined && (await room.member(from.id)) !== null;
    if (room.deleted || !(as_member || by_invite)) return reply(notFound());
    if (as_member) subscribeTo(room, from, null);
    reply(success({ server: serverView(room.structure.server) }));
  }),

  update_server: change(async (room, { changes }, from, nextSeq) => {
    const manager = await asMemberWith(room, from.id, "manage_server");
    if (!manager.ok) return manager;
    const standing = room.structure.server;
    // Field by field: a request may hold others, which are not its sender's to change.
    const {
      name = standing.name,
      image = standing.image,
      description = standing.description,
      joins = standing.joins,
    } = changes;
    const is_new_image = image !== null && changes.image !== undefined;
    const path = "data.changes.image";
    const judged = is_new_image ? await judgePicture(room.on.store, from.id, image, path) : success(null);
    if (!judged.ok) return judged;
    const upload_id = judged.value;
    const server = { ...standing, name, image, description, joins, seq: nextSeq() };
    const changed = changedFields(serverView(standing), serverView(server));
    return success({
      rows: isEmpty(changed) ? {} : { server },
      ...(upload_id !== null && { picture: { user_id: from.id, upload_id } }),
      audit: [entryOf(room, from, "server_updated", room.id, audited(standing, server))],
      value: () => ({ server: serverView(server) }),
      events: () => [{ type: "server_updated", seq: server.seq, data: { server_id: room.id, ...changed } }],
    });
  }),

  transfer_server: change(async (room, { user_id }, from, nextSeq) => {
    const owner = await asOwner(room, from.id);
    if (!owner.ok) return owner;
    if (user_id === from.id) return failure("conflict", "The server is yours already.");
    const heir = await room.member(user_id);
    if (!heir) return notFound();
    if (heir.bot) return failure("conflict", "A bot owns no server.");
    const server = { ...room.structure.server, owner_id: user_id, seq: nextSeq() };
    return success({
      rows: { server },
      audit: [entryOf(room, from, "server_updated", room.id, audited(room.structure.server, server))],
      value: () => ({ server: serverView(server) }),
      events: () => [{ type: "server_updated", seq: server.seq, data: { server_id: room.id, owner_id: user_id } }],
    });
  }),

  leave_server: change(async (room, _request, from, nextSeq) => {
    const member = await asMember(room, from.id);
    if (!member.ok) return member;
    if (from.id === room.structure.server.owner_id) return ownerStays();
    const going = await withBots(room, member.value);
    // Nobody is there any more who bounds what those of a bot say.
    const bots = going.filter(({ bot }) => bot !== null);
    const also = webhookEnds(room, bots);
    return success({ ...departure(room, going, nextSeq, "leaves"), also, while_locked: true, value: () => ({}) });
  }),

  delete_server: beside((room, _request, from, reply) => endServer(room, () => asOwner(room, from.id), reply)),
};

function audited(before: Server, after: Server) {
  const shown = ({ name, image, description, owner_id, joins }: Server) => ({
    ...{ name, image, description, owner_id, joins },
  });
  return { before: shown(before), after: shown(after) };
}
