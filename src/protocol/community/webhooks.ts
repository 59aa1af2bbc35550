// Webhooks: how programs that only know an address speak in a channel. What they send there, `../webhooks.ts` says.

import type { Static } from "typebox";
import { rates } from "../../domain/limits.ts";
import { defineMessage, Id, nullable, Time } from "../message.ts";
import { Type } from "../schema.ts";
import { Image, Nonce, ThingName } from "./entities.ts";

/** `url` is there where it was just made, and is never shown again. */
export const Webhook = Type.Object({
  id: Id,
  channel_id: Id,
  creator_id: Id,
  name: Type.String(),
  profile_pic: nullable(Type.String()),
  mentions: Type.Boolean(),
  created_date: Time,
  url: Type.Optional(Type.String()),
});
export type Webhook = Static<typeof Webhook>;
const WebhookReply = Type.Object({ webhook: Webhook });

export const addWebhook = defineMessage({
  type: "add_webhook",
  dialect: "community",
  doc: `Makes a webhook of the channel. Whoever has its \`url\` can write there, so it is shown this once, and kept nowhere in clear. What it says pings nobody unless \`mentions\` is true, for which one needs \`mention_everyone\`. It ends with its channel, when its maker is kicked or banned, and that of a bot when the bot goes in whatever way. It says nothing while its maker is timed out, and that of a bot while the bot or its owner may not manage webhooks in the channel. Each says ${rates.webhook_messages.burst} messages in any ${rates.webhook_messages.burst / rates.webhook_messages.per_s} seconds. The same \`nonce\` again: the webhook as it is now, without its \`url\`.`,
  may: "`manage_webhooks` in the channel; `mention_everyone` too, to have it ping",
  request: Type.Object({
    channel_id: Id,
    name: ThingName,
    profile_pic: Type.Optional(Image),
    mentions: Type.Optional(Type.Boolean()),
    nonce: Type.Optional(Nonce),
  }),
  reply: WebhookReply,
  errors: ["not_found", "forbidden", "limit_reached", "conflict"],
  cost: 10,
  room: ["channel_id"],
});

export const getWebhooks = defineMessage({
  type: "get_webhooks",
  dialect: "community",
  doc: "The webhooks of the channels in which the asker may manage them, without their addresses.",
  may: "members; each is shown those of the channels in which they have `manage_webhooks`",
  request: Type.Object({ server_id: Id }),
  reply: Type.Object({ webhooks: Type.Array(Webhook) }),
  errors: ["not_found"],
  cost: 5,
  room: ["server_id"],
});

export const updateWebhook = defineMessage({
  type: "update_webhook",
  dialect: "community",
  doc: "Changes a webhook, or with `rotate: true` gives it a new `url`: the old one is good no more. It may move to another channel of its server in which the asker may manage webhooks. Who is timed out may not change one.",
  may: "`manage_webhooks` in the channel; `mention_everyone` too, to have it ping",
  request: Type.Object({
    webhook_id: Id,
    changes: Type.Optional(
      Type.Object({
        name: Type.Optional(ThingName),
        profile_pic: Type.Optional(nullable(Image)),
        mentions: Type.Optional(Type.Boolean()),
        channel_id: Type.Optional(Id),
      }),
    ),
    rotate: Type.Optional(Type.Boolean()),
  }),
  reply: WebhookReply,
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["webhook_id"],
});

export const deleteWebhook = defineMessage({
  type: "delete_webhook",
  dialect: "community",
  doc: "Ends a webhook. What it said stays.",
  may: "`manage_webhooks` in the channel",
  request: Type.Object({ webhook_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found"],
  cost: 5,
  room: ["webhook_id"],
});

export const webhook_messages = [addWebhook, getWebhooks, updateWebhook, deleteWebhook] as const;
