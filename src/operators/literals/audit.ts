// The log of operations.

import { Id, nullable, Time } from "../../protocol/message.ts";
import { Type } from "../../protocol/schema.ts";
import { defineOperation, Moment, page } from "../operation.ts";

export const auditList = defineOperation({
  name: "audit.list",
  command: "audit",
  http: { method: "GET", path: "/admin/audit" },
  doc: "Shows who had what done, newest first. Entries are kept for a year.",
  input: Type.Object({
    who: Type.Optional(
      Type.String({ maxLength: 64, description: "a name, or id:123: who did it, or whom it concerned" }),
    ),
    what: Type.Optional(Type.String({ maxLength: 64, description: "noun and verb, as user.suspend" })),
    since: Type.Optional(Moment),
    ...page,
  }),
  output: Type.Object({
    entries: Type.Array(
      Type.Object({
        id: Id,
        created_date: Time,
        type: Type.String(),
        door: Type.Enum(["command_line", "http"]),
        actor: nullable(Type.Object({ id: Id, name: Type.String() })),
        user: nullable(Type.Object({ id: Id, name: Type.String() })),
        details: Type.Record(Type.String(), Type.Unknown()),
      }),
    ),
    has_more: Type.Boolean(),
  }),
  errors: ["not_found"],
  changes: false,
});

export const audit_operations = [auditList] as const;
