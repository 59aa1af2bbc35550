// The audit log, read. What tells of a category or channel is for those who can view it; of one that is gone, for those
// who could view it as it last stood.

import type { AuditEntry } from "../../../domain/audit.ts";
import type { Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import type { Requester } from "../../session/calls.ts";
import { asMemberWith } from "../asker.ts";
import { beside, type RoomHandlers } from "../handler.ts";
import type { Room } from "../room.ts";
import { Structure } from "../structure/structure.ts";
import { auditView } from "../views.ts";

export const auditHandlers: RoomHandlers<"get_audit_log"> = { get_audit_log: beside(readLog) };

async function readLog(
  room: Room,
  { amount, anchor, type, user_id }: Request<"get_audit_log">,
  from: Requester,
  reply: Reply<ReplyBody<"get_audit_log">>,
): Promise<void> {
  const reader = await asMemberWith(room, from.id, "manage_server");
  if (!reader.ok) return reply(reader);
  const before = anchor === 0 ? Number.MAX_SAFE_INTEGER : anchor;
  const asked = { server_id: room.id, before, type, user_id };
  const found = await room.on.store.audit.page({ ...asked, limit: limits.audit_looked_at });
  const of_type = found.filter((entry) => type === undefined || entry.type === type);
  const ended = await endedPlaces(room, of_type);
  const reader_still = await asMemberWith(room, from.id, "manage_server");
  if (!reader_still.ok) return reply(reader_still);
  const sees = sightOfAll(room, reader_still.value, ended);
  const shown = of_type.filter(({ place_id }) => place_id === null || sees(place_id));
  const entries = asLongAsAPage(shown.slice(0, amount), ({ changes }) => changes);
  const looked_at = found.length === limits.audit_looked_at ? found.at(-1) : undefined;
  const last = entries.length < shown.length ? entries.at(-1) : looked_at;
  reply(success({ entries: entries.map(auditView), next_anchor: last?.id ?? null }));
}

type Ended = Awaited<ReturnType<Room["on"]["store"]["rooms"]["endedPlaces"]>>;

/** Those of the places that stand no more, as they were. */
export async function endedPlaces(
  { id, on, structure }: Room,
  entries: readonly Pick<AuditEntry, "place_id">[],
): Promise<Ended> {
  const gone = entries.flatMap(({ place_id }) => (place_id === null || structure.place(place_id) ? [] : place_id));
  return gone.length === 0 ? { categories: [], channels: [] } : on.store.rooms.endedPlaces(id, [...new Set(gone)]);
}

/** What the reader may know of, had nothing ended. */
export function sightOfAll({ structure }: Room, reader: Member, ended: Ended): (place_id: number) => boolean {
  const now = structure.sightOf(reader);
  if (ended.categories.length + ended.channels.length === 0) return (place_id) => now.has(place_id);
  const roles = structure.roles();
  const categories = [...structure.categories(), ...ended.categories];
  const then = new Structure({ server: structure.server, roles, categories, channels: ended.channels });
  const past = then.sightOf(reader);
  return (place_id) => (structure.place(place_id) ? now : past).has(place_id);
}

/** As many, from the first on, as one answer may hold: at least one. */
export function asLongAsAPage<Entry>(entries: readonly Entry[], bulkOf: (entry: Entry) => object): Entry[] {
  let length = 0;
  const too_long = entries.findIndex((entry, index) => {
    length += JSON.stringify(bulkOf(entry)).length;
    return index > 0 && length > limits.audit_page_length;
  });
  return entries.slice(0, too_long === -1 ? entries.length : too_long);
}
