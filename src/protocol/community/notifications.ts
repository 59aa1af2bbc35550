// What one wants to be told of while away, by server, channel and conversation.

import type { Static } from "typebox";
import { limits } from "../../domain/limits.ts";
import { notification_levels } from "../../domain/notifications.ts";
import { defineMessage, Id, nullable, Time } from "../message.ts";
import { Type } from "../schema.ts";
import { Seq } from "./entities.ts";

const Level = Type.Enum([...notification_levels], { description: "level" });

/** One of the three ids is there. */
export const NotificationSetting = Type.Object({
  server_id: Type.Optional(Id),
  channel_id: Type.Optional(Id),
  conversation_id: Type.Optional(Id),
  level: nullable(Level),
  muted_until: nullable(Time),
});
export type NotificationSetting = Static<typeof NotificationSetting>;

export const getNotificationSettings = defineMessage({
  type: "get_notification_settings",
  dialect: "community",
  doc: "What one has chosen to be told of while away. `level: null`: none was chosen; then a server goes by `mentions`, a channel by its server, a conversation by `all`. Nothing is told before `muted_until`. `seq` is that of the topic `self`.",
  may: "anyone",
  request: Type.Object({}),
  reply: Type.Object({ settings: Type.Array(NotificationSetting), seq: Seq }),
  errors: [],
  cost: 5,
});

export const updateNotificationSettings = defineMessage({
  type: "update_notification_settings",
  dialect: "community",
  doc: `Chooses what one is told of while away, of one server, channel or conversation. What is absent stays as it is; a \`muted_until\` in the past ends the silence. At most ${limits.notification_settings_per_user} of them; those of what has gone don't count.`,
  may: "who can view what it is about",
  request: Type.Object({
    server_id: Type.Optional(Id),
    channel_id: Type.Optional(Id),
    conversation_id: Type.Optional(Id),
    level: Type.Optional(Level),
    muted_until: Type.Optional(Type.String({ maxLength: limits.time_length, description: "time" })),
  }),
  reply: Type.Object({}),
  errors: ["not_found", "limit_reached"],
  cost: 4,
  tells: "One's other sessions: `notification_settings_changed`.",
});

export const setActive = defineMessage({
  type: "set_active",
  dialect: "community",
  doc: "Says whether somebody sits before this session, as it is taken of a new one. Where nobody sits before any session of a user's, what they want to be told of is pushed to where they have subscribed (`POST /push/subscriptions`).",
  may: "anyone",
  request: Type.Object({ active: Type.Boolean() }),
  reply: Type.Object({}),
  errors: [],
  cost: 1,
});

export const notification_messages = [getNotificationSettings, updateNotificationSettings, setActive] as const;
