// Categories: added, changed, deleted. Their overwrites hold for the channels in them.

import type { Category, Channel, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody } from "../../../protocol/catalogue.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import { asMemberWith } from "../asker.ts";
import { changedFields, isEmpty } from "../changed-fields.ts";
import { change, type RoomHandlers } from "../handler.ts";
import { madeAgain, madeBefore, noteHere } from "../nonces.ts";
import type { Plan } from "../plan.ts";
import type { Room } from "../room.ts";
import { judgeOverwrites, lacksRules, widens } from "../structure/overwrites.ts";
import type { Structure } from "../structure/structure.ts";
import { categoryView, channelView } from "../views.ts";
import { asCategoryManager, channelUpdated, endOf } from "./channels.ts";

export const categoryHandlers: RoomHandlers<"add_category" | "update_category" | "delete_category"> = {
  add_category: change(async (room, { name, overwrites: wanted, nonce }, from, nextSeq) => {
    const manager = await asMemberWith(room, from.id, "manage_channels");
    if (!manager.ok) return manager;
    const earlier = await madeBefore(room, from, "category", nonce);
    if (earlier) return categoryMadeAgain(room.structure, manager.value, Number(earlier));
    const categories = room.structure.categories();
    if (categories.length >= limits.categories_per_server) {
      return failure("limit_reached", "The server has too many categories.", { limit: "categories_per_server" });
    }
    const editor = { member: manager.value, rules: room.structure.rules(manager.value) };
    const overwrites = await judgeOverwrites(room, editor, [], { overwrites: wanted, path: "data" });
    if (!overwrites.ok) return overwrites;
    const position = (categories.at(-1)?.position ?? -1) + 1;
    const [id, seq] = [room.on.ids.next(), nextSeq()];
    const category = { id, name, position, overwrites: overwrites.value, seq };
    return success({
      rows: { categories: [category] },
      note: noteHere(room, from, "category", nonce, id),
      value: () => ({ category: categoryView(category) }),
      events: () => {
        const data = { server_id: room.id, category: categoryView(category) };
        return [{ type: "category_added", seq, data, viewers_of: id }];
      },
    });
  }),

  update_category: change(async (room, { category_id, changes }, from, nextSeq) => {
    const manager = await asCategoryManager(room, from.id, category_id);
    if (!manager.ok) return manager;
    const { editor, category: standing } = manager.value;
    const wanted = { overwrites: changes.overwrites, path: "data.changes" };
    const overwrites = await judgeOverwrites(room, editor, standing.overwrites, wanted);
    if (!overwrites.ok) return overwrites;
    const { name = standing.name, position = standing.position } = changes;
    const category = { ...standing, name, position, overwrites: overwrites.value, seq: nextSeq() };
    const changed = changedFields(categoryView(standing), categoryView(category));
    const data = { server_id: room.id, category: { id: category_id, ...changed } };
    return success({
      rows: isEmpty(changed) ? {} : { categories: [category] },
      value: () => ({ category: categoryView(category) }),
      events: () => [{ type: "category_updated", seq: category.seq, data, viewers_of: category_id }],
    });
  }),

  delete_category: change(async (room, { category_id }, from, nextSeq) => {
    const manager = await asCategoryManager(room, from.id, category_id);
    if (!manager.ok) return manager;
    const { editor, category } = manager.value;
    const moves = movesOut(room, category, nextSeq);
    const widened = moves.some(({ from, to }) => widens(room.structure, editor.member, from, to));
    if (widened) return lacksRules();
    const told = moves.flatMap(({ from, to }) => channelUpdated(room, channelView(room.structure, from), to) ?? []);
    const deleted = { id: category_id, seq: nextSeq() };
    return success({
      rows: { channels: moves.map(({ to }) => to), deleted_categories: [deleted] },
      value: () => ({}),
      events: () => told,
    });
  }),
};

/** The category that was made before; where the member can't view it, it is as deleted. */
function categoryMadeAgain(
  structure: Structure,
  member: Member,
  category_id: number,
): Outcome<Plan<ReplyBody<"add_category">>> {
  const standing = structure.placesVisibleTo(member).has(category_id) ? structure.category(category_id) : undefined;
  return madeAgain(standing, (category) => ({ category: categoryView(category) }));
}

/** The category's channels, put after those that stand outside any, in their order. */
function movesOut({ structure }: Room, category: Category, nextSeq: () => number): { from: Channel; to: Channel }[] {
  const end = endOf(structure, null);
  return structure
    .channels(category.id)
    .map((from, index) => ({ from, to: { ...from, category_id: null, position: end + index, seq: nextSeq() } }));
}
