// The operations on what people reported.

import { limits } from "../../domain/limits.ts";
import { WitnessedMessage } from "../../protocol/community/reports.ts";
import { Id, nullable, Time } from "../../protocol/message.ts";
import { Type } from "../../protocol/schema.ts";
import { defineOperation } from "../operation.ts";

/** A report as who runs the installation sees it; without a message, a person was reported. */
const ShownReport = {
  id: Id,
  reporter_id: Id,
  user_id: Id,
  message_id: nullable(Id),
  server_id: nullable(Id),
  channel_id: nullable(Id),
  reason: Type.String(),
  created_date: Time,
  closed_date: nullable(Time),
};

const Evidence = {
  person: nullable(
    Type.Object({
      name: Type.String(),
      profile_pic: nullable(Type.String()),
      bio: nullable(Type.String()),
      custom_status: nullable(Type.String()),
    }),
  ),
  messages: Type.Array(WitnessedMessage),
};

const of_report = { report_id: Id };

export const reportList = defineOperation({
  name: "report.list",
  command: "report list",
  http: { method: "GET", path: "/admin/reports" },
  doc: "Lists what people reported, newest first. Over HTTP not what concerns the administrator themselves, of which nothing else can be asked there, either.",
  input: Type.Object({
    closed: Type.Optional(Type.Boolean({ description: "those that are closed, too" })),
    amount: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.page_length, description: "how many" })),
    anchor: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "the id before which to go on" }),
    ),
  }),
  output: Type.Object({ reports: Type.Array(Type.Object(ShownReport)), has_more: Type.Boolean() }),
  errors: [],
  changes: false,
});

export const reportShow = defineOperation({
  name: "report.show",
  command: "report show ID",
  http: { method: "GET", path: "/admin/reports/:report_id" },
  doc: "Shows one report with its evidence: the message among its neighbours, or how the person presented themselves, as it was then.",
  input: Type.Object(of_report),
  output: Type.Object({ report: Type.Object(ShownReport), ...Evidence }),
  errors: ["not_found"],
  changes: false,
});

export const reportClose = defineOperation({
  name: "report.close",
  command: "report close ID",
  http: { method: "POST", path: "/admin/reports/:report_id/close" },
  doc: "Closes a report. It is kept for a year from then on.",
  input: Type.Object(of_report),
  output: Type.Object({}),
  errors: ["not_found", "conflict"],
  changes: true,
});

export const report_operations = [reportList, reportShow, reportClose] as const;
