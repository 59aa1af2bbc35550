// What the operations on reports do.

import type { Report } from "../../domain/reports.ts";
import { failure, success } from "../../protocol/outcome.ts";
import { carryOut } from "../audit.ts";
import type { OperationHandlers } from "../catalogue.ts";
import type { Operator } from "../operation.ts";
import { missing } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";
import { timeOf } from "./accounts.ts";

const DEFAULT_AMOUNT = 50;

export function reportHandlers(
  on: OperatorServices,
): OperationHandlers<"report.list" | "report.show" | "report.close"> {
  const { reports } = on.store;
  return {
    async "report.list"({ closed = false, amount = DEFAULT_AMOUNT, anchor = 0 }, by) {
      const before = anchor === 0 ? Number.MAX_SAFE_INTEGER : anchor;
      const found = await reports.all({ before, limit: amount + 1, closed, without: ownOf(by) });
      return success({ reports: found.slice(0, amount).map(shown), has_more: found.length > amount });
    },

    async "report.show"({ report_id }, by) {
      const report = await reports.byId(report_id);
      if (!report || report.person_id === ownOf(by)) return missing("report", report_id);
      const { person, messages } = report.evidence;
      return success({
        report: shown(report),
        person,
        messages: messages.map(({ created_at, edited_at, attachments, ...message }) => {
          const edited_date = edited_at === null ? null : timeOf(edited_at);
          return { ...message, attachments: [...attachments], created_date: timeOf(created_at), edited_date };
        }),
      });
    },

    async "report.close"({ report_id }, by) {
      const report = await reports.byId(report_id);
      if (!report || report.person_id === ownOf(by)) return missing("report", report_id);
      const closed = failure("conflict", "This report is closed already.");
      return carryOut(
        on,
        { type: "report.close", by, user_id: null, details: { report_id } },
        { write: () => reports.close(report_id, on.clock()), answer: () => success({}) },
        async () => ((await reports.byId(report_id))?.closed_at === null ? null : closed),
      );
    },
  };
}

/** Nobody learns who reported them or a bot of theirs, nor has such a report go; 0 for whoever sits at the machine. */
const ownOf = (by: Operator) => (by.door === "http" ? by.id : 0);

function shown(report: Report) {
  const { id, reporter_id, user_id, message_id, server_id, channel_id, reason, created_at, closed_at } = report;
  return {
    ...{ id, reporter_id, user_id, message_id: message_id === 0 ? null : message_id, server_id, channel_id, reason },
    ...{ created_date: timeOf(created_at), closed_date: closed_at === null ? null : timeOf(closed_at) },
  };
}
