// The calls by which programs speak through a webhook. The address is the secret, so no token is wanted beside it. What
// is understood of a body follows from who sends such: what else is in it is passed over.

import { limits } from "../domain/limits.ts";
import { defineCall } from "./call.ts";
import { Message, Nonce } from "./community/entities.ts";
import { Id } from "./message.ts";
import { Type } from "./schema.ts";

/** Under it a program may send the same again, for a day at least. */
export const WEBHOOK_NONCE_HEADER = "Idempotency-Key";
export const WebhookNonce = Nonce;

const Text = Type.Optional(Type.String());
const List = Type.Optional(Type.Array(Type.Unknown()));
const Form = Type.Object({ payload: Type.String({ description: "the same as JSON" }) });
const FormWithFiles = Type.Object({ payload_json: Type.String({ description: "the same as JSON" }) });

const posting = {
  method: "POST",
  bearer: false,
  params: Type.Object({ id: Id, token: Type.String() }),
  headers: Type.Object({ [WEBHOOK_NONCE_HEADER]: Type.Optional(WebhookNonce) }),
  body: null,
  status: 200,
  errors: ["not_found", "too_large", "conflict", "suspended", "forbidden"],
  cost: 5,
} as const;

const DOC = `The body has at most ${limits.webhook_body_bytes} bytes; as \`multipart/form-data\` its field \`payload_json\` has, and the whole ${limits.webhook_form_bytes}: files in it are passed over, neither kept nor shown, and a form without that field, or that is malformed, is \`bad_request\` with \`details.path: "payload_json"\`. A text that is too long is cut. A wrong id or token is \`not_found\`, nothing to say \`bad_request\`. The same \`${WEBHOOK_NONCE_HEADER}\` again is answered with the first message; \`conflict\` where that was deleted since. While its maker is suspended it is \`suspended\`; \`forbidden\` while they are timed out, and that of a bot while the bot or its owner may have no webhooks there. Nothing that a body names is fetched.`;

export const webhook_calls = {
  post_webhook: defineCall({
    ...posting,
    path: "/webhooks/:id/:token",
    doc: `Says something. \`username\` is what the author is called this once; \`avatar_url\` the \`url\` of an image that the webhook's maker uploaded. ${DOC}`,
    takes: {
      "application/json": Type.Object({ content: Type.String(), username: Text, avatar_url: Text }),
      "multipart/form-data": FormWithFiles,
    },
    reply: Type.Object({ success: Type.Literal(true), message: Message }),
  }),
  post_slack: defineCall({
    ...posting,
    path: "/webhooks/:id/:token/slack",
    doc: `The same for what programs send to Slack, of which these are understood: \`text\`, \`username\`, \`icon_url\`, \`attachments\` with \`pretext\`, \`title\`, \`title_link\`, \`text\`, \`fields\` and \`fallback\`, and \`blocks\` of the types header, section, context and divider. Answers \`ok\`. ${DOC}`,
    takes: {
      "application/json": Type.Object({ text: Text, username: Text, icon_url: Text, attachments: List, blocks: List }),
      "application/x-www-form-urlencoded": Form,
      "multipart/form-data": FormWithFiles,
    },
    reply: null,
    gives: { "text/plain": null },
  }),
  post_discord: defineCall({
    ...posting,
    path: "/webhooks/:id/:token/discord",
    doc: `The same for what programs send to Discord, of which these are understood: \`content\`, \`username\`, \`avatar_url\`, and \`embeds\` with \`title\`, \`url\`, \`description\`, \`fields\`, \`footer\` and \`author\`. With \`wait=true\` the message is the answer. ${DOC}`,
    params: Type.Object({ id: Id, token: Type.String(), wait: Type.Optional(Type.String()) }),
    takes: {
      "application/json": Type.Object({ content: Text, username: Text, avatar_url: Text, embeds: List }),
      "application/x-www-form-urlencoded": Form,
      "multipart/form-data": FormWithFiles,
    },
    reply: Message,
    also: { 204: "It is said; `wait` was not `true`." },
  }),
  post_github: defineCall({
    ...posting,
    path: "/webhooks/:id/:token/github",
    doc: `The same for what GitHub sends: \`X-GitHub-Event\` is \`push\`, \`issues\`, \`pull_request\`, \`release\` or \`workflow_run\`; a \`ping\` is answered, and nothing said. Without an \`${WEBHOOK_NONCE_HEADER}\` the \`X-GitHub-Delivery\` stands for it. ${DOC}`,
    headers: Type.Object({
      [WEBHOOK_NONCE_HEADER]: Type.Optional(WebhookNonce),
      "X-GitHub-Event": Type.String({ description: "what happened" }),
      "X-GitHub-Delivery": Type.Optional(Type.String({ description: "which delivery it is" })),
    }),
    takes: {
      "application/json": Type.Object({}, { additionalProperties: true }),
      "application/x-www-form-urlencoded": Form,
      "multipart/form-data": FormWithFiles,
    },
    reply: Type.Object({ success: Type.Literal(true), message: Type.Optional(Message) }),
  }),
} as const;
