// The handlers of what one wants to be told of while away. It is one's own, and of what one can view.

import type { Store } from "../../../db/store.ts";
import type { IdGenerator } from "../../../domain/ids.ts";
import type { NotificationKind } from "../../../domain/notifications.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { busy, failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Actors } from "../../calls.ts";
import { type Commit, DECISIONS, nobodys } from "../../commit/commit.ts";
import type { Reply } from "../../kernel/actor.ts";
import { notificationView } from "../../notification-view.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import { readAsTold } from "../quiet-read.ts";
import type { RoomDirectory } from "../room-directory.ts";

export interface NotificationDependencies {
  actors: Actors;
  store: Pick<Store, "notifications" | "users">;
  directory: RoomDirectory;
  commit: Commit;
  ids: IdGenerator;
}

type NotificationType = "get_notification_settings" | "update_notification_settings" | "set_active";
type Asked = Request<"update_notification_settings">;
type Answer = Reply<ReplyBody<"update_notification_settings">>;

export function notificationHandlers(on: NotificationDependencies): Handlers<NotificationType> {
  return {
    async get_notification_settings(_request, from, reply) {
      const read = () => on.store.notifications.listOf(from.id);
      const is_answered = await readAsTold(on, from.id, read, (settings, seq) =>
        reply(success({ settings: settings.map(notificationView), seq })),
      );
      if (!is_answered) reply(busy());
    },

    async update_notification_settings(asked, from, reply) {
      const target = targetOf(asked);
      if (!target.ok) return reply(target);
      const muted_until = asked.muted_until === undefined ? undefined : Date.parse(asked.muted_until);
      if (muted_until !== undefined && !isKeepable(muted_until)) {
        return reply(failure("bad_request", "This is no time.", { path: "data.muted_until" }));
      }
      if (!(await isViewable(on, target.value, from))) return reply(notFound());
      await set(on, { ...target.value, level: asked.level, muted_until }, from, reply);
    },

    set_active({ active }, from, reply) {
      const answer = (outcome: Outcome<unknown>) => reply(outcome.ok ? success({}) : outcome);
      on.actors.ask("presence", "set_active", { user_id: from.id, session: from.session, active }, answer);
    },
  };
}

/** Of the years that a time is written with four digits in. */
const isKeepable = (at_ms: number) => at_ms >= 0 && at_ms < Date.UTC(10_000, 0);

interface Target {
  kind: NotificationKind;
  target_id: number;
}

function targetOf({ server_id, channel_id, conversation_id }: Asked): Outcome<Target> {
  const given = Object.entries({ server: server_id, channel: channel_id, conversation: conversation_id }).flatMap(
    ([kind, target_id]) => (target_id === undefined ? [] : [{ kind: kind as NotificationKind, target_id }]),
  );
  const [target] = given;
  if (target && given.length === 1) return success(target);
  const reason = "One of server_id, channel_id, conversation_id is wanted, and only one.";
  return failure("bad_request", reason, { path: "data.server_id" });
}

async function isViewable(
  { actors, directory }: NotificationDependencies,
  { kind, target_id }: Target,
  from: Requester,
): Promise<boolean> {
  const key = `${kind}_id` as const;
  const place_id = await directory.find(key, target_id, from);
  if (place_id === null) return false;
  const visible = await actors.request(`room:${place_id}`, "visible", { user_id: from.id });
  if (visible.ok && (kind !== "channel" || visible.value.channel_ids.includes(target_id))) return true;
  await directory.lookInVain(key, target_id, from);
  return false;
}

async function set(
  { actors, store, commit, ids }: NotificationDependencies,
  change: Target & { level?: Asked["level"]; muted_until: number | undefined },
  from: Requester,
  reply: Answer,
): Promise<void> {
  for (let left = DECISIONS; left > 0; left -= 1) {
    const committed = await commit(nobodys, {
      write: () => store.notifications.set({ ...change, user_id: from.id, seq: ids.next() }),
      unsure: () => void actors.tell("presence", "catch_up", { user_ids: [from.id] }),
      answer: () => reply(success({})),
      tell({ self, setting }) {
        if (self) actors.tell("presence", "notification_changed", { ...self, setting, but_not: from.session });
      },
    });
    if (committed === "done") return;
    if (!(await store.notifications.hasRoom(from.id))) {
      const limit = "notification_settings_per_user";
      return reply(failure("limit_reached", "You have chosen for too many places.", { limit }));
    }
  }
  reply(busy());
}
