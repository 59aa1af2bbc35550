// Channels: listed, shown, added, changed and moved, deleted. One that the asker can't view doesn't exist for them,
// whatever else they may do.

import type { Category, Channel, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { hasRule, saySame } from "../../../domain/permissions.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import type * as wire from "../../../protocol/community/entities.ts";
import { failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Requester } from "../../session/calls.ts";
import { asKnownViewer, asMember, asMemberWith, asViewer, forbidden } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { changedFields, isEmpty } from "../changed-fields.ts";
import { beside, change, now, type RoomHandlers } from "../handler.ts";
import { madeAgain, madeBefore, noteHere } from "../nonces.ts";
import type { Plan } from "../plan.ts";
import type { Room } from "../room.ts";
import type { PlannedEvent } from "../structure/audience.ts";
import { judgeMove } from "../structure/moves.ts";
import { atEnd, landing, standsAt } from "../structure/order.ts";
import { type Editor, judgeOverwrites, lacksRules, widens } from "../structure/overwrites.ts";
import type { Structure } from "../structure/structure.ts";
import { subscribeTo } from "../topics.ts";
import { channelView, overwriteViews, roleSummary, type Surroundings } from "../views.ts";

type ChannelType = "get_server_channels" | "get_server_channel" | "add_channel" | "update_channel" | "delete_channel";

export const channelHandlers: RoomHandlers<ChannelType> = {
  get_server_channels: now((room, _request, asker, from) => {
    subscribeTo(room, from, null);
    return success({ categories: listing(room.structure, asker), seq: room.seq });
  }),

  get_server_channel: beside(async (room, { channel_id }, from, reply) => {
    const viewer = await asViewer(room, from.id, channel_id);
    if (!viewer.ok) return reply(viewer);
    await room.channelSeq(channel_id);
    const viewer_still = asKnownViewer(room, from.id, channel_id);
    if (!viewer_still.ok) return reply(viewer_still);
    subscribeTo(room, from, channel_id);
    const channel = channelView(room.structure, viewer_still.value.channel);
    reply(success({ channel, seq: room.toldIn(channel_id) }));
  }),

  add_channel: change(async (room, request, from, nextSeq) => {
    const { category_id = null } = request;
    const earlier = await madeBefore(room, from, "channel", request.nonce);
    if (earlier) return channelMadeAgain(room, from.id, Number(earlier));
    const place = await asPlacer(room, from.id, category_id);
    if (!place.ok) return place;
    if (room.structure.channels().length >= limits.channels_per_server) {
      return failure("limit_reached", "The server has too many channels.", { limit: "channels_per_server" });
    }
    const overwrites = await judgeOverwrites(room, place.value, [], { ...request, path: "data" });
    if (!overwrites.ok) return overwrites;
    const { position, moved } = atEnd(room.structure.channels(category_id));
    const channel: Channel = {
      ...{ id: room.on.ids.next(), category_id, name: request.name, description: request.description ?? null },
      ...{ position, overwrites: overwrites.value, slow_mode_s: 0, seq: nextSeq() },
    };
    const note = noteHere(room, from, "channel", request.nonce, channel.id);
    const after = auditedChannel(room.structure, channel);
    const audit = [entryOf(room, from, "channel_added", channel.id, { place_id: channel.id, after })];
    return success({ ...addition(room, channel, moved.map(renumbered(nextSeq))), note, audit });
  }),

  update_channel: change(async (room, { channel_id, changes }, from, nextSeq) => {
    const viewer = await asViewer(room, from.id, channel_id, "manage_channels");
    if (!viewer.ok) return viewer;
    const { channel: standing, member } = viewer.value;
    const { structure } = room;
    const editor = { member, rules: structure.rules(member) & structure.rulesIn(member, standing) };
    const wanted = { ...changes, path: "data.changes" };
    const overwrites = await judgeOverwrites(room, editor, structure.overwritesOf(standing), wanted);
    if (!overwrites.ok) return overwrites;
    const { name = standing.name, description = standing.description, slow_mode_s = standing.slow_mode_s } = changes;
    const there = { ...standing, name, description, slow_mode_s, overwrites: overwrites.value };
    const landed = await landingOf(room, editor, standing, there, changes);
    if (!landed.ok) return landed;
    const channel = { ...landed.value.channel, seq: nextSeq() };
    if (widens(structure, member, standing, channel)) return lacksRules();
    return success(update(room, from, standing, channel, landed.value.moved.map(renumbered(nextSeq))));
  }),

  delete_channel: change(async (room, { channel_id }, from, nextSeq) => {
    const viewer = await asViewer(room, from.id, channel_id, "manage_channels");
    if (!viewer.ok) return viewer;
    const before = auditedChannel(room.structure, viewer.value.channel);
    const audit = [entryOf(room, from, "channel_deleted", channel_id, { place_id: channel_id, before })];
    return success({ rows: { deleted_channels: [{ id: channel_id, seq: nextSeq() }] }, audit, value: () => ({}) });
  }),
};

/** The channel that was made before, for who still may make one there; where they can't view it, it is as deleted. */
async function channelMadeAgain(
  room: Room,
  user_id: number,
  channel_id: number,
): Promise<Outcome<Plan<ReplyBody<"add_channel">>>> {
  const member = await asMember(room, user_id);
  if (!member.ok) return member;
  const manager = asKnownViewer(room, user_id, channel_id, "manage_channels");
  if (!manager.ok && manager.error.code !== "not_found") return manager;
  const standing = manager.ok ? manager.value.channel : undefined;
  return madeAgain(standing, (channel) => ({ channel: channelView(room.structure, channel) }));
}

/** What the member may view, in display order. */
function listing(structure: Structure, member: Member) {
  const visible = structure.visibleTo(member);
  const inside = (category_id: number | null) =>
    structure
      .channels(category_id)
      .filter(({ id }) => visible.has(id))
      .map(({ id, name, position }) => ({ id, name, position }));
  const outside = inside(null);
  const places = structure.placesVisibleTo(member);
  const categories = structure.categories().filter(({ id }) => places.has(id));
  return [
    ...(outside.length > 0 ? [{ id: null, name: null, position: -1, channels: outside }] : []),
    ...categories.map(({ id, name, position }) => ({ id, name, position, channels: inside(id) })),
  ];
}

/** Who may put a channel there: outside, or in a category. */
export async function asPlacer(room: Room, user_id: number, category_id: number | null): Promise<Outcome<Editor>> {
  if (category_id !== null) {
    const manager = await asCategoryManager(room, user_id, category_id);
    return manager.ok ? success(manager.value.editor) : manager;
  }
  const manager = await asMemberWith(room, user_id, "manage_channels");
  return manager.ok ? success({ member: manager.value, rules: room.structure.rules(manager.value) }) : manager;
}

/** The category and who manages it: `not_found` where they may not know of it. */
export async function asCategoryManager(
  room: Room,
  user_id: number,
  category_id: number,
): Promise<Outcome<{ editor: Editor; category: Category }>> {
  const { structure } = room;
  const member = await room.member(user_id);
  const category = structure.category(category_id);
  if (!member || !category || !structure.placesVisibleTo(member).has(category_id)) return notFound();
  const rules = structure.rulesInCategory(member, category);
  if (!hasRule(rules, "manage_channels")) return forbidden("manage_channels");
  return success({ editor: { member, rules: structure.rules(member) & rules }, category });
}

/** The channel where it is wanted, at the end of another category unless a position is given; and who makes room. */
async function landingOf(
  room: Room,
  editor: Editor,
  standing: Channel,
  channel: Channel,
  { category_id = standing.category_id, position }: Request<"update_channel">["changes"],
): Promise<Outcome<{ channel: Channel; moved: readonly Channel[] }>> {
  const neighbours = room.structure.channels(category_id);
  if (category_id === standing.category_id) {
    const stays = position === undefined || standsAt(neighbours, standing.id, position);
    if (stays) return success({ channel, moved: [] });
  } else {
    const place = await asPlacer(room, editor.member.user_id, category_id);
    if (!place.ok) return place;
    const judged = await judgeMove(room, editor, [channel], standing.category_id, category_id);
    if (!judged.ok) return judged;
  }
  const { moved, ...landed } = position === undefined ? atEnd(neighbours) : landing(neighbours, standing.id, position);
  return success({ channel: { ...channel, category_id, ...landed }, moved });
}

function addition(room: Room, channel: Channel, moved: readonly Channel[]): Plan<ReplyBody<"add_channel">> {
  const view = () => channelView(room.structure, channel);
  const { id, category_id, seq } = channel;
  return {
    rows: { channels: [channel, ...moved] },
    value: () => ({ channel: view() }),
    events: () => [
      { type: "channel_added", seq, data: { server_id: room.id, category_id, channel: view() }, viewers_of: id },
      ...moved.map((other) => channelMoved(room, other)),
    ],
  };
}

function update(
  room: Room,
  from: Requester,
  standing: Channel,
  channel: Channel,
  moved: readonly Channel[],
): Plan<ReplyBody<"update_channel">> {
  const before = channelThen(room.structure, standing);
  const [was, is] = [auditedChannel(room.structure, standing), auditedChannel(room.structure, channel)];
  const is_changed = !isEmpty(changedFields(was, is)) || moved.length > 0;
  const audited = { place_id: channel.id, before: was, after: is };
  return {
    rows: is_changed ? { channels: [channel, ...moved] } : {},
    audit: [entryOf(room, from, "channel_updated", channel.id, audited)],
    value: () => ({ channel: channelView(room.structure, is_changed ? channel : standing) }),
    events: () => [...channelUpdated(room, before, channel), ...moved.map((other) => channelMoved(room, other))],
  };
}

/** What somebody decides on a channel: all but what follows from it. */
function auditedChannel(now: Surroundings, { overwrites, ...channel }: Channel) {
  const { name, description, category_id, position, slow_mode_s } = channel;
  return { name, description, category_id, position, slow_mode_s, overwrites: overwriteViews(now, overwrites) };
}

/** One that makes room, with its new number. */
export function renumbered(nextSeq: () => number) {
  return <Thing extends { seq: number }>(thing: Thing): Thing => ({ ...thing, seq: nextSeq() });
}

/** It made room for others. */
export function channelMoved({ id: server_id }: Room, { id, position, seq }: Channel): PlannedEvent {
  return { type: "channel_updated", seq, data: { server_id, channel: { id, position } }, viewers_of: id, moves: true };
}

/** A channel as it stood at one moment, with what its view took of the structure. */
export interface ChannelThen extends Surroundings {
  readonly channel: Channel;
}

export function channelThen({ server, viewing }: Surroundings, channel: Channel): ChannelThen {
  return { server, viewing, channel: { ...channel, overwrites: viewing.withoutGone(channel.overwrites) } };
}

/** What is told of a channel that looked so before and stands now; nothing when nothing about it changed. */
export function channelUpdated(
  { id: server_id, structure: { server, viewing } }: Room,
  before: ChannelThen,
  standing: Channel,
): PlannedEvent[] {
  const { id, seq } = standing;
  const channel = { ...standing, overwrites: viewing.withoutGone(standing.overwrites) };
  const fields = changedIn(before.channel, channel);
  const roles_differ = viewing.changedSince(before.viewing, [id]).length > 0;
  if (fields.length === 0 && !roles_differ) return [];
  // Worded when it is sent: one change can be told of every channel, with all its overwrites.
  const data = () => {
    const changes: Partial<wire.Channel> = Object.fromEntries(fields.map((field) => [field, channel[field]]));
    if (fields.includes("overwrites")) changes.overwrites = overwriteViews({ server, viewing }, channel.overwrites);
    if (roles_differ) changes.roles = viewing.of(id).map(roleSummary);
    return { server_id, channel: { id, ...changes } };
  };
  const moves = fields.includes("position") || fields.includes("category_id");
  return [{ type: "channel_updated", seq, data, viewers_of: id, moves }];
}

const channel_fields = ["name", "description", "category_id", "position", "slow_mode_s"] as const;

function changedIn(before: Channel, after: Channel) {
  const fields = channel_fields.filter((field) => before[field] !== after[field]);
  return saySame(before.overwrites, after.overwrites) ? fields : [...fields, "overwrites" as const];
}
