// Reports: what somebody finds that those should see who see to it.

import { limits } from "../../domain/limits.ts";
import { defineMessage, Id, nullable, Time } from "../message.ts";
import { Type } from "../schema.ts";
import { title } from "../text.ts";
import { Amount, Anchor } from "./entities.ts";

/** A message as it was when it was reported. */
export const WitnessedMessage = Type.Object({
  id: Id,
  author_id: Id,
  content: Type.String(),
  created_date: Time,
  edited_date: nullable(Time),
  attachments: Type.Array(Id),
});

const Report = Type.Object({
  id: Id,
  user_id: Id,
  message_id: Id,
  channel_id: Id,
  reporter_id: Id,
  reason: Type.String(),
  evidence: Type.Array(WitnessedMessage),
  created_date: Time,
});

export const report = defineMessage({
  type: "report",
  dialect: "community",
  doc: `Reports a message, or a person: one of both. A copy of the message and of those around it is kept as it is then, whatever becomes of it; of a person, how they present themselves. Each thing can be reported once by each person, and one person has at most ${limits.open_reports} reports that nobody has closed. Who is reported isn't told by whom, nor that they are.`,
  may: "who can view the message; of people, anyone",
  request: Type.Object({
    user_id: Type.Optional(Id),
    message_id: Type.Optional(Id),
    reason: title(limits.reason_length),
  }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden", "conflict", "limit_reached"],
  cost: 60,
  tells:
    "Of a message: `report_added` to subscribers of the server who have `manage_messages` and can view the channel, unless they are reported.",
});

export const getReports = defineMessage({
  type: "get_reports",
  dialect: "community",
  doc: "The reports of messages in the server that nobody has closed, newest first: those older than the one whose id is `anchor`; `anchor: 0` starts, `next_anchor: null` ends. Those in channels that the asker can't view are left out, and those of the asker's own messages. A page may come short of its amount though there are more.",
  may: "`manage_messages`",
  request: Type.Object({ server_id: Id, amount: Amount, anchor: Anchor }),
  reply: Type.Object({ reports: Type.Array(Report), next_anchor: nullable(Anchor) }),
  errors: ["not_found", "forbidden"],
  cost: 8,
  room: ["server_id"],
});

export const report_messages = [report, getReports] as const;
