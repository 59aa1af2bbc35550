// Categories: added, changed, deleted. Their overwrites hold for the channels in them.

import type { Category, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody } from "../../../protocol/catalogue.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import { asMemberWith } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { changedFields, isEmpty } from "../changed-fields.ts";
import { change, type RoomHandlers } from "../handler.ts";
import { madeAgain, madeBefore, noteHere } from "../nonces.ts";
import type { Plan } from "../plan.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";
import { judgeMove } from "../structure/moves.ts";
import { atEnd, type Landing, landing, standsAt } from "../structure/order.ts";
import { judgeOverwrites, lacksRules, widens } from "../structure/overwrites.ts";
import type { Structure } from "../structure/structure.ts";
import { categoryView } from "../views.ts";
import { asCategoryManager, channelMoved, channelThen, channelUpdated, renumbered } from "./channels.ts";

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
    const { position, moved } = atEnd(categories);
    const [id, seq] = [room.on.ids.next(), nextSeq()];
    const category = { id, name, position, overwrites: overwrites.value, seq };
    const others = moved.map(renumbered(nextSeq));
    const after = auditedCategory(room.structure, category);
    return success({
      rows: { categories: [category, ...others] },
      note: noteHere(room, from, "category", nonce, id),
      audit: [entryOf(room, from, "category_added", id, { place_id: id, after })],
      value: () => ({ category: categoryView(room.structure, category) }),
      events: () => {
        const data = { server_id: room.id, category: categoryView(room.structure, category) };
        return [
          { type: "category_added", seq, data, viewers_of: id },
          ...others.map((other) => positionChanged(room, other)),
        ];
      },
    });
  }),

  update_category: change(async (room, { category_id, changes }, from, nextSeq) => {
    const manager = await asCategoryManager(room, from.id, category_id);
    if (!manager.ok) return manager;
    const { editor, category: standing } = manager.value;
    const wanted = { overwrites: changes.overwrites, path: "data.changes" };
    const overwrites = await judgeOverwrites(room, editor, room.structure.overwritesOf(standing), wanted);
    if (!overwrites.ok) return overwrites;
    const there = landingOf(room.structure, standing, changes.position);
    const { name = standing.name } = changes;
    const changed_row = { ...standing, name, position: there.position, overwrites: overwrites.value };
    const category = { ...changed_row, seq: nextSeq() };
    const others = there.moved.map(renumbered(nextSeq));
    const [was, is] = [auditedCategory(room.structure, standing), auditedCategory(room.structure, category)];
    const changed = changedFields(was, is);
    const data = { server_id: room.id, category: { id: category_id, ...changed } };
    const moves = "position" in changed;
    const audited = { place_id: category_id, before: was, after: is };
    return success({
      rows: isEmpty(changed) && others.length === 0 ? {} : { categories: [category, ...others] },
      audit: [entryOf(room, from, "category_updated", category_id, audited)],
      value: () => ({ category: categoryView(room.structure, category) }),
      events: () => [
        { type: "category_updated", seq: category.seq, data, viewers_of: category_id, moves },
        ...others.map((other) => positionChanged(room, other)),
      ],
    });
  }),

  delete_category: change(async (room, { category_id }, from, nextSeq) => {
    const manager = await asCategoryManager(room, from.id, category_id);
    if (!manager.ok) return manager;
    const { editor, category } = manager.value;
    const { out, moved } = movesOut(room.structure, category);
    const tos = out.map(({ to }) => to);
    const judged = await judgeMove(room, editor, tos, category_id, null);
    if (!judged.ok) return judged;
    if (out.some(({ from, to }) => widens(room.structure, editor.member, from, to))) return lacksRules();
    const before = out.map(({ from }) => channelThen(room.structure, from));
    const channels = [...moved, ...tos].map(renumbered(nextSeq));
    const deleted = { id: category_id, seq: nextSeq() };
    const audited = { place_id: category_id, before: auditedCategory(room.structure, category) };
    return success({
      rows: { channels, deleted_categories: [deleted] },
      audit: [entryOf(room, from, "category_deleted", category_id, audited)],
      value: () => ({}),
      events: () => {
        const were = new Map(before.map((then) => [then.channel.id, then]));
        return channels.flatMap((channel) => {
          const then = were.get(channel.id);
          return then ? channelUpdated(room, then, channel) : channelMoved(room, channel);
        });
      },
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
  return madeAgain(standing, (category) => ({ category: categoryView(structure, category) }));
}

/** The category where it is wanted, and who makes room for it. */
function landingOf(structure: Structure, standing: Category, position: number | undefined): Landing<Category> {
  const list = structure.categories();
  const stays = position === undefined || standsAt(list, standing.id, position);
  return stays ? { position: standing.position, moved: [] } : landing(list, standing.id, position);
}

/** The category's channels, put after those that stand outside any, in their order; and who of these makes room. */
function movesOut(structure: Structure, category: Category) {
  const outside = structure.channels(null);
  const inside = structure.channels(category.id);
  const end = (outside.at(-1)?.position ?? -1) + 1;
  const is_full = end + inside.length - 1 > limits.position;
  const first = is_full ? outside.length : end;
  const out = inside.map((from, at) => ({ from, to: { ...from, category_id: null, position: first + at } }));
  const moved = is_full ? outside.map((channel, position) => ({ ...channel, position })) : [];
  return { out, moved };
}

function auditedCategory(structure: Structure, category: Category) {
  const { name, position, overwrites } = categoryView(structure, category);
  return { name, position, overwrites };
}

function positionChanged({ id: server_id }: Room, { id, position, seq }: Category): PlannedEvent {
  const data = { server_id, category: { id, position } };
  return { type: "category_updated", seq, data, viewers_of: id, moves: true };
}
