// Channels put in another order, or into other categories, in one change.

import type { Channel } from "../../../domain/community.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Requester } from "../../session/calls.ts";
import { asMember, asViewer } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { change, type RoomHandlers } from "../handler.ts";
import type { Plan } from "../plan.ts";
import type { Room } from "../room.ts";
import { judgeMove } from "../structure/moves.ts";
import { arrangement } from "../structure/order.ts";
import { type Editor, lacksRules, widens } from "../structure/overwrites.ts";
import { asPlacer, channelMoved, channelThen, channelUpdated, renumbered } from "./channels.ts";

export const channelMoveHandlers: RoomHandlers<"move_channels"> = { move_channels: change(move) };

type Wanted = Pick<Channel, "id" | "category_id" | "position">;

/** A channel as it stands, and where it is wanted. */
interface Mover {
  readonly standing: Channel;
  readonly wanted: Wanted;
  readonly editor: Editor;
}

async function move(
  room: Room,
  { channels: asked }: Request<"move_channels">,
  from: Requester,
  nextSeq: () => number,
): Promise<Outcome<Plan<ReplyBody<"move_channels">>>> {
  const member = await asMember(room, from.id);
  if (!member.ok) return member;
  const wanted = asked.map(({ category_id = null, ...place }): Wanted => ({ ...place, category_id }));
  const twice = wanted.findIndex(({ id }, at) => wanted.findIndex((one) => one.id === id) < at);
  if (twice >= 0) return failure("bad_request", "A channel is moved once.", { path: `data.channels.${twice}.id` });
  const movers = await asMovers(room, from, wanted);
  if (!movers.ok) return movers;
  const judged = await judgeMovers(room, movers.value);
  if (!judged.ok) return judged;
  const placed = placesOf(room, movers.value);
  const gains = movers.value.some(({ standing, editor }) => {
    const there = placed.get(standing.id);
    return there && widens(room.structure, editor.member, standing, there);
  });
  return gains ? lacksRules() : success(planOf(room, from, [...placed.values()], wanted, nextSeq));
}

/** Each of them viewed by who manages it; all in this server. */
async function asMovers(room: Room, from: Requester, wanted: readonly Wanted[]): Promise<Outcome<Mover[]>> {
  const movers: Mover[] = [];
  for (const one of wanted) {
    const viewer = await asViewer(room, from.id, one.id, "manage_channels");
    if (!viewer.ok) return viewer;
    const { member, channel: standing } = viewer.value;
    const rules = room.structure.rules(member) & room.structure.rulesIn(member, standing);
    movers.push({ standing, wanted: one, editor: { member, rules } });
  }
  return success(movers);
}

/** Whether those that come from one category to another may: judged together, as they are when a category goes. */
async function judgeMovers(room: Room, movers: readonly Mover[]): Promise<Outcome<null>> {
  const leaving = movers.filter(({ standing, wanted }) => standing.category_id !== wanted.category_id);
  const ways = Map.groupBy(leaving, ({ standing, wanted }) => `${standing.category_id} ${wanted.category_id}`);
  for (const group of ways.values()) {
    const { standing, wanted, editor } = group[0] as Mover;
    const place = await asPlacer(room, editor.member.user_id, wanted.category_id);
    if (!place.ok) return place;
    const rules = group.reduce((common, { editor }) => common & editor.rules, editor.rules);
    const channels = group.map((mover) => mover.standing);
    const judged = await judgeMove(room, { ...editor, rules }, channels, standing.category_id, wanted.category_id);
    if (!judged.ok) return judged;
  }
  return success(null);
}

/** All that stand elsewhere afterwards, those who make room for the others included. */
function placesOf({ structure }: Room, movers: readonly Mover[]): Map<number, Channel> {
  const moving = new Set(movers.map(({ standing }) => standing.id));
  const placed = new Map<number, Channel>();
  const into = Map.groupBy(movers, ({ wanted }) => wanted.category_id);
  for (const [category_id, comers] of into) {
    const others = structure.channels(category_id).filter(({ id }) => !moving.has(id));
    const wanted = comers.map(({ standing, wanted: { position } }) => ({ ...standing, category_id, position }));
    for (const channel of arrangement(others, wanted)) placed.set(channel.id, channel);
  }
  for (const [id, { category_id, position }] of placed) {
    const standing = structure.channel(id);
    if (standing?.category_id === category_id && standing.position === position) placed.delete(id);
  }
  return placed;
}

function planOf(
  room: Room,
  from: Requester,
  placed: readonly Channel[],
  wanted: readonly Wanted[],
  nextSeq: () => number,
): Plan<ReplyBody<"move_channels">> {
  const { structure } = room;
  const asked = new Set(wanted.map(({ id }) => id));
  const before = placed.map(({ id }) => channelThen(structure, structure.channel(id) as Channel));
  const channels = placed.map(renumbered(nextSeq));
  const [auditable, others] = [channels.filter(({ id }) => asked.has(id)), channels.filter(({ id }) => !asked.has(id))];
  return {
    rows: channels.length > 0 ? { channels } : {},
    audit: auditable.map((channel) => {
      const [was, is] = [structure.channel(channel.id) as Channel, channel];
      const noted = { place_id: channel.id, before: place(was), after: place(is) };
      return entryOf(room, from, "channel_updated", channel.id, noted);
    }),
    value: () => ({ channels: shownTo(room, from, [...asked, ...others.map(({ id }) => id)]) }),
    events: () =>
      channels.flatMap((channel, at) => {
        const then = before[at];
        const is_elsewhere = then && then.channel.category_id !== channel.category_id;
        return is_elsewhere ? channelUpdated(room, then, channel) : [channelMoved(room, channel)];
      }),
  };
}

const place = ({ category_id, position }: Channel) => ({ category_id, position });

/** Where these stand, as far as the asker may know. */
function shownTo(room: Room, from: Requester, ids: readonly number[]) {
  const { structure } = room;
  const member = room.knownMember(from.id);
  const visible = member ? structure.visibleTo(member) : new Set<number>();
  return ids.flatMap((id) => {
    const channel = structure.channel(id);
    return channel && visible.has(id) ? { id, ...place(channel) } : [];
  });
}
