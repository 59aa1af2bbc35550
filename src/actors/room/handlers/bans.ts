// Bans: who was sent away, member or not, and is kept out.

import { limits } from "../../../domain/limits.ts";
import { failure, success } from "../../../protocol/outcome.ts";
import { departure } from "../departure.ts";
import { asMemberWith, notFound, type RoomHandlers } from "../handler.ts";
import { banView } from "../views.ts";
import { isBelow, ranksTooHigh } from "./members.ts";

export const banHandlers: RoomHandlers<"ban_member" | "unban_member" | "get_bans"> = {
  ban_member: (room, { user_id, reason }, from, reply) =>
    room.change(async (nextSeq) => {
      const asker = await asMemberWith(room, from.id, "ban_members");
      if (!asker.ok) return asker;
      const { store, clock } = room.on;
      if (!(await store.users.byId(user_id))) return notFound();
      const member = await room.member(user_id);
      if (user_id === from.id || (member && !isBelow(room, asker.value, member))) return ranksTooHigh();
      const standing = await store.rooms.ban(room.id, user_id);
      if (!standing && (await store.rooms.banCount(room.id)) >= limits.bans_per_server) {
        return failure("limit_reached", "The server has too many bans.", { limit: "bans_per_server" });
      }
      const ban = { user_id, reason: reason ?? null, banned_by: from.id, created_at: clock() };
      const going = member ? departure(room, user_id, nextSeq) : { rows: {} };
      return success({ ...going, rows: { ...going.rows, bans: [ban] }, value: () => ({}) });
    }, reply),

  unban_member: (room, { user_id }, from, reply) =>
    room.change(async () => {
      const asker = await asMemberWith(room, from.id, "ban_members");
      if (!asker.ok) return asker;
      if (!(await room.on.store.rooms.ban(room.id, user_id))) return notFound();
      return success({ rows: { lifted_bans: [user_id] }, value: () => ({}) });
    }, reply),

  async get_bans(room, _request, from, reply) {
    const asker = await asMemberWith(room, from.id, "ban_members");
    if (!asker.ok) return reply(asker);
    const bans = await room.on.store.rooms.bans(room.id);
    reply(success({ bans: bans.map(banView) }));
  },
};
