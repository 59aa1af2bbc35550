// Reports: of a message, its room takes them; of a person, who lies in no room, the session.

import type { Store } from "../../../db/store.ts";
import type { IdGenerator } from "../../../domain/ids.ts";
import type { Report } from "../../../domain/reports.ts";
import type { ReplyBody } from "../../../protocol/catalogue.ts";
import { failure, notFound } from "../../../protocol/outcome.ts";
import type { Actors } from "../../calls.ts";
import type { Commit } from "../../commit/commit.ts";
import type { Reply } from "../../kernel/actor.ts";
import { storeReport } from "../../reports.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import type { RoomDirectory } from "../room-directory.ts";

export interface ReportDependencies {
  actors: Actors;
  directory: RoomDirectory;
  store: Pick<Store, "users" | "reports">;
  commit: Commit;
  ids: IdGenerator;
  clock(): number;
}

type Answer = Reply<ReplyBody<"report">>;

export function reportHandlers(on: ReportDependencies): Handlers<"report"> {
  return {
    report: ({ user_id, message_id, reason }, from, reply) => {
      if (user_id !== undefined && message_id !== undefined) {
        return reply(failure("bad_request", "Only one of user_id, message_id is wanted.", { path: "data.user_id" }));
      }
      if (message_id !== undefined) return reportMessage(on, message_id, reason, from, reply);
      if (user_id !== undefined) return reportPerson(on, user_id, reason, from, reply);
      return reply(failure("bad_request", "One of user_id, message_id is wanted.", { path: "data.user_id" }));
    },
  };
}

async function reportMessage(
  { actors, directory }: ReportDependencies,
  message_id: number,
  reason: string,
  from: Requester,
  reply: Answer,
): Promise<void> {
  const server_id = await directory.find("message_id", message_id, from);
  if (server_id === null) return reply(notFound());
  const reported = await actors.request(`room:${server_id}`, "report", { message_id, reason, from });
  // What the room hides takes as long as what isn't there.
  if (!reported.ok && reported.error.code === "not_found") await directory.lookInVain("message_id", message_id, from);
  reply(reported);
}

async function reportPerson(
  on: ReportDependencies,
  user_id: number,
  reason: string,
  from: Requester,
  reply: Answer,
): Promise<void> {
  if (user_id === from.id) return reply(failure("bad_request", "That is yourself.", { path: "data.user_id" }));
  const user = await on.store.users.byId(user_id);
  if (!user) return reply(failure("not_found", "There is no such user."));
  const { name, profile_pic, bio, custom_status } = user;
  const report: Report = {
    ...{ id: on.ids.next(), reporter_id: from.id, user_id, message_id: 0, server_id: null, channel_id: null },
    ...{ reason, evidence: { person: { name, profile_pic, bio, custom_status }, messages: [] } },
    ...{ created_at: on.clock(), closed_at: null },
  };
  await storeReport(on, report, reply, () => {});
}
