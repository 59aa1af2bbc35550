// Reports of messages: taken, with what stood around the message, and shown to those who see to messages. Nobody is shown
// a report of what they wrote themselves, nor told of it: a bot and its owner are one in this.

import type { Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { Report, WitnessedMessage } from "../../../domain/reports.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { encodeReportAdded } from "../../../protocol/community/events.ts";
import { failure, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import { storeReport, witnessed } from "../../reports.ts";
import type { Requester } from "../../session/calls.ts";
import { asMemberWith } from "../asker.ts";
import { beside, type RoomHandlers } from "../handler.ts";
import { viewedMessage } from "../messages/message-change.ts";
import type { Room } from "../room.ts";
import { asLongAsAPage, endedPlaces, sightOfAll } from "./audit.ts";

export const reportHandlers: RoomHandlers<"get_reports"> = { get_reports: beside(readReports) };

interface Reporting {
  message_id: number;
  reason: string;
  from: Requester;
}

export async function reportMessage(
  room: Room,
  { message_id, reason, from }: Reporting,
  reply: Reply<Record<string, never>>,
): Promise<void> {
  const viewed = await viewedMessage(room, from.id, message_id);
  if (!viewed.ok) return reply(viewed);
  const { message } = viewed.value;
  if (message.author_id === from.id) return reply(failure("forbidden", "You wrote this yourself."));
  const report: Report = {
    ...{ id: room.on.ids.next(), reporter_id: from.id, user_id: message.author_id, message_id },
    ...{ server_id: room.on.nature.is_server ? room.id : null, channel_id: message.channel_id, reason },
    evidence: { person: null, messages: await around(room, witnessed(message), message.channel_id) },
    ...{ created_at: room.on.clock(), closed_at: null },
  };
  const owner = (await room.on.store.manyPeople.ownersOf([report.user_id])).get(report.user_id);
  await storeReport(room.on, report, reply, () => tellModerators(room, report, owner ?? report.user_id));
}

/** The message with its neighbours, ascending. */
async function around(room: Room, message: WitnessedMessage, channel_id: number): Promise<WitnessedMessage[]> {
  const beside_it = { channel_id, limit: limits.report_neighbours, anchor: message.id };
  const { messages } = room.on.store;
  const [older, newer] = await Promise.all([
    messages.page({ ...beside_it, direction: false }),
    messages.page({ ...beside_it, direction: true }),
  ]);
  return [...older.messages.map(witnessed), message, ...newer.messages.map(witnessed)];
}

const personBehind = ({ user_id, bot }: Member) => bot?.owner_id ?? user_id;

/** `reported`: the person behind the account. */
function tellModerators(room: Room, { id, user_id, message_id, channel_id }: Report, reported: number): void {
  if (channel_id === null) return;
  const frame = encodeReportAdded({ server_id: room.id, channel_id, message_id, user_id, report_id: id });
  for (const [session, { user_id: listener, on_server }] of room.subscribers.entries()) {
    const member = on_server ? room.knownMember(listener) : null;
    if (!member || personBehind(member) === reported) continue;
    if (seesTo(room, member, channel_id)) room.on.gateway.send(session, frame);
  }
}

function seesTo({ structure }: Room, member: Member, channel_id: number): boolean {
  return structure.may(member, "manage_messages") && structure.visibleTo(member).has(channel_id);
}

async function readReports(
  room: Room,
  { amount, anchor }: Request<"get_reports">,
  from: Requester,
  reply: Reply<ReplyBody<"get_reports">>,
): Promise<void> {
  const reader = await asMemberWith(room, from.id, "manage_messages");
  if (!reader.ok) return reply(reader);
  const before = anchor === 0 ? Number.MAX_SAFE_INTEGER : anchor;
  const found = await room.on.store.reports.ofServer({ server_id: room.id, before, limit: limits.audit_looked_at });
  const ended = await endedPlaces(
    room,
    found.map(({ channel_id }) => ({ place_id: channel_id })),
  );
  const reader_still = await asMemberWith(room, from.id, "manage_messages");
  if (!reader_still.ok) return reply(reader_still);
  const sees = sightOfAll(room, reader_still.value, ended);
  const own = personBehind(reader_still.value);
  const shown = found.filter(
    ({ person_id, channel_id }) => person_id !== own && channel_id !== null && sees(channel_id),
  );
  const reports = asLongAsAPage(shown.slice(0, amount), ({ evidence }) => evidence);
  const looked_at = found.length === limits.audit_looked_at ? found.at(-1) : undefined;
  const last = reports.length < shown.length ? reports.at(-1) : looked_at;
  reply(success({ reports: reports.map(reportView), next_anchor: last?.id ?? null }));
}

const timeOf = (at_ms: number) => new Date(at_ms).toISOString();

function reportView(report: Report): ReplyBody<"get_reports">["reports"][number] {
  const { id, user_id, message_id, channel_id, reporter_id, reason, evidence, created_at } = report;
  return {
    ...{ id, user_id, message_id, channel_id: channel_id ?? 0, reporter_id, reason },
    evidence: evidence.messages.map(({ created_at: at, edited_at, attachments, ...message }) => ({
      ...message,
      attachments: [...attachments],
      created_date: timeOf(at),
      edited_date: edited_at === null ? null : timeOf(edited_at),
    })),
    created_date: timeOf(created_at),
  };
}
