// The audit log of a server.

import { audit_types } from "../../domain/audit.ts";
import { defineMessage, Id, nullable, Time } from "../message.ts";
import { Type } from "../schema.ts";
import { Amount, Anchor } from "./entities.ts";

const AuditType = Type.Enum([...audit_types], { description: "what was done" });

const AuditEntry = Type.Object({
  id: Id,
  type: AuditType,
  actor_id: Id,
  target_id: Id,
  reason: nullable(Type.String()),
  changes: Type.Record(Type.String(), Type.Object({ before: Type.Unknown(), after: Type.Unknown() })),
  created_date: Time,
});

export const getAuditLog = defineMessage({
  type: "get_audit_log",
  dialect: "community",
  doc: "Who did what to what in the server, newest first: entries older than the one whose id is `anchor`; `anchor: 0` starts, `next_anchor: null` ends. With `user_id`, what that user did and what was done to them. `target_id` is the user, role, category, channel or server to which it was done, of a message its author; `changes` has by field what stood before and what stands after, null for nothing. What concerns a category or channel that the asker can't view is left out. A page may come short of its amount though there are more. Entries are kept for 90 days.",
  may: "`manage_server`",
  request: Type.Object({
    server_id: Id,
    amount: Amount,
    anchor: Anchor,
    type: Type.Optional(AuditType),
    user_id: Type.Optional(Id),
  }),
  reply: Type.Object({ entries: Type.Array(AuditEntry), next_anchor: nullable(Anchor) }),
  errors: ["not_found", "forbidden"],
  cost: 8,
  room: ["server_id"],
});

export const audit_messages = [getAuditLog] as const;
