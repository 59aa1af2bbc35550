// What the audit log keeps of a change: who did what to what, why, and what stood before and stands after. An entry is
// part of the change's job. It holds ids and what a view shows of the structure, never the text of messages.

import type { AuditEntry, AuditType } from "../../domain/audit.ts";
import type { Requester } from "../session/calls.ts";
import { changedFields } from "./changed-fields.ts";
import type { Room } from "./room.ts";

interface Noted {
  reason?: string | undefined;
  /** The category or channel that it tells of: who can't view that isn't shown it. */
  place_id?: number;
  /** As it looked before, and looks after; absent where it wasn't there, or is no more. */
  before?: object;
  after?: object;
}

export function entryOf(
  { id: server_id, on: { ids, clock } }: Room,
  from: Pick<Requester, "id">,
  type: AuditType,
  target_id: number,
  { reason, place_id, before, after }: Noted = {},
): AuditEntry {
  return {
    ...{ id: ids.next(), server_id, type, actor_id: from.id, target_id, place_id: place_id ?? null },
    ...{ reason: reason ?? null, changes: changesBetween(before ?? {}, after ?? {}), created_at: clock() },
  };
}

/** By field; null stands for what isn't there. */
function changesBetween(before: object, after: object): AuditEntry["changes"] {
  const [was, is]: Record<string, unknown>[] = [{ ...before }, { ...after }];
  const names = Object.keys({ ...changedFields(before, after), ...changedFields(after, before) });
  const shown = names.filter((name) => !not_shown.has(name));
  return Object.fromEntries(shown.map((name) => [name, { before: was?.[name] ?? null, after: is?.[name] ?? null }]));
}

/** What follows from other things, and what the entry says already. */
const not_shown = new Set(["id", "seq", "server_id", "user_id"]);
