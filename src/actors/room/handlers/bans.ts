// Bans: a user is sent away, member or not, and kept out.

import { firstIdAt } from "../../../domain/ids.ts";
import { limits } from "../../../domain/limits.ts";
import { failure, notFound, success } from "../../../protocol/outcome.ts";
import { asMemberWith } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { beside, change, type RoomHandlers } from "../handler.ts";
import { departure, endedWith, withBots } from "../members/departure.ts";
import { isBelow, ranksTooHigh } from "../members/rank.ts";
import { banView } from "../views.ts";

export const banHandlers: RoomHandlers<"ban_member" | "unban_member" | "get_bans"> = {
  ban_member: change(async (room, { user_id, reason, delete_messages_s = 0 }, from, nextSeq) => {
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
    const going = member ? await withBots(room, member) : [];
    const gone = member ? departure(room, going, nextSeq, "is sent away") : { rows: {} };
    const ended = endedWith(room, member ? going : [{ user_id }]);
    const is_swept = delete_messages_s > 0;
    const noted = { reason, ...(is_swept && { after: { delete_messages_s } }) };
    const from_id = firstIdAt(clock() - delete_messages_s * 1000);
    const swept = is_swept ? { message_sweeps: [{ user_id, from_id }] } : {};
    return success({
      ...gone,
      rows: { ...gone.rows, bans: [ban], ...ended.rows, ...swept },
      also: ended.also,
      audit: [entryOf(room, from, "member_banned", user_id, noted)],
      value: () => ({}),
    });
  }),

  unban_member: change(async (room, { user_id, reason }, from) => {
    const asker = await asMemberWith(room, from.id, "ban_members");
    if (!asker.ok) return asker;
    if (!(await room.on.store.rooms.ban(room.id, user_id))) return notFound();
    const audit = [entryOf(room, from, "member_unbanned", user_id, { reason })];
    return success({ rows: { lifted_bans: [user_id] }, audit, value: () => ({}) });
  }),

  get_bans: beside(async (room, { anchor }, from, reply) => {
    const asker = await asMemberWith(room, from.id, "ban_members");
    if (!asker.ok) return reply(asker);
    // One more than the answer holds tells whether there are older ones.
    const found = await room.on.store.rooms.bans(room.id, placeOf(anchor), limits.bans_page + 1);
    const bans = found.slice(0, limits.bans_page);
    const last = found.length > bans.length ? bans.at(-1) : undefined;
    reply(success({ bans: bans.map(banView), next_anchor: last ? `${last.created_at}-${last.user_id}` : null }));
  }),
};

/** What an anchor says; without one, the place before all bans. */
function placeOf(anchor: string | undefined): { created_at: number; user_id: number } {
  const [created_at = Number.MAX_SAFE_INTEGER, user_id = Number.MAX_SAFE_INTEGER] =
    anchor?.split("-").map(Number) ?? [];
  return { created_at, user_id };
}
