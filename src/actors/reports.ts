// How a report is stored: once for each thing and person, and only so many that nobody has closed.

import type { Store } from "../db/store.ts";
import type { ChatMessage } from "../domain/community.ts";
import { limits } from "../domain/limits.ts";
import type { Report, WitnessedMessage } from "../domain/reports.ts";
import { failure, success } from "../protocol/outcome.ts";
import { type Commit, nobodys } from "./commit/commit.ts";
import type { Reply } from "./kernel/actor.ts";

/** Answers, and then tells those who are to know. */
export async function storeReport(
  { store, commit }: { store: Pick<Store, "reports">; commit: Commit },
  report: Report,
  reply: Reply<Record<string, never>>,
  tell: () => void,
): Promise<void> {
  const committed = await commit<boolean>(nobodys, {
    write: () => store.reports.add(report, limits.open_reports),
    came: (added) => added,
    answer: (added) => reply(added ? success({}) : failure("conflict", "You have reported this already.")),
    tell,
  });
  if (committed === "stale") {
    reply(failure("limit_reached", "Too many of your reports are open.", { limit: "open_reports" }));
  }
}

/** What is kept of a message. */
export function witnessed({
  id,
  author_id,
  content,
  created_at,
  edited_at,
  attachments,
}: ChatMessage): WitnessedMessage {
  return { id, author_id, content, created_at, edited_at, attachments: attachments.map((attachment) => attachment.id) };
}
