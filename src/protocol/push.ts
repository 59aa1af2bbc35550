// Web Push: how a browser has itself told of what is said while nobody sits before it, and what it is told.

import type { Static } from "typebox";
import { limits } from "../domain/limits.ts";
import { defineCall } from "./call.ts";
import { Id, nullable } from "./message.ts";
import { Type } from "./schema.ts";

const done = Type.Object({ success: Type.Literal(true) });
const Key = Type.String({ maxLength: limits.push_key_length });

/** What stands, encrypted, in a push. */
export const PushNotice = Type.Object({
  type: Type.Literal("message"),
  channel_id: Id,
  message_id: Id,
  server_id: nullable(Id),
  conversation_id: nullable(Id),
  count: Type.Integer({ minimum: 1, description: "of how many messages of the channel it tells" }),
  badge: Type.Integer({
    minimum: 1,
    description: "what waits for the person, all channels that they were told of together",
  }),
  preview: nullable(
    Type.Object({
      author: Type.String({ description: "who wrote the last of them" }),
      place: nullable(Type.String({ description: "the server, or the group" })),
      channel: nullable(Type.String({ description: "the server's channel" })),
      content: Type.String({ description: `its text, ${limits.push_preview_length} characters of it` }),
    }),
  ),
});
export type PushNotice = Static<typeof PushNotice>;

export const push_calls = {
  push_key: defineCall({
    method: "GET",
    path: "/push/key",
    doc: "The server's public key (VAPID), which a browser wants as `applicationServerKey` to subscribe.",
    bearer: false,
    body: null,
    status: 200,
    reply: Type.Object({ success: Type.Literal(true), key: Type.String() }),
    errors: [],
    cost: 2,
  }),
  add_push_subscription: defineCall({
    method: "POST",
    path: "/push/subscriptions",
    doc: `Has a browser told of what the caller's notification settings let through while nobody sits before any of their sessions (\`set_active\`), and they aren't \`dnd\`: a browser's \`PushSubscription\`, in place of the one that this log-in had. It ends with the log-in, and when its push service says that it is gone. \`endpoint\` is an \`https:\` URL that leads out of private networks. A push is sent for one channel once a minute at most, and kept by the push service for a day; it is JSON: \`type: "message"\`, \`channel_id\`, \`message_id\` of the last message, \`server_id\` or \`conversation_id\`, of how many messages of the channel it tells (\`count\`), how much waits for the person in all (\`badge\`), and \`preview\`: \`author\`, \`place\`, \`channel\` and \`content\`, or null where \`previews\` is false. At most ${limits.push_subscriptions_per_user} log-ins of a user have one.`,
    bearer: true,
    people_only: true,
    body: Type.Object({
      endpoint: Type.String({ maxLength: limits.push_endpoint_length }),
      expirationTime: Type.Optional(nullable(Type.Number())),
      keys: Type.Object({ p256dh: Key, auth: Key }),
      previews: Type.Optional(Type.Boolean()),
    }),
    status: 201,
    reply: done,
    errors: ["unauthorized", "limit_reached"],
    cost: 10,
  }),
  delete_push_subscription: defineCall({
    method: "DELETE",
    path: "/push/subscriptions",
    doc: "Has the browser of this log-in told of nothing any more.",
    bearer: true,
    body: null,
    status: 200,
    reply: done,
    errors: ["unauthorized"],
    cost: 5,
  }),
} as const;
