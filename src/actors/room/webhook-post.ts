// What a webhook says becomes a message of its channel: in the channel's order, durable before it is known, once under a
// nonce. It pings nobody unless that was set for it.

import type { StoredWebhook } from "../../db/queries/webhooks.ts";
import type { StoredAuthor } from "../../db/schema/community.ts";
import type { Channel, ChatMessage } from "../../domain/community.ts";
import { uploadOf } from "../../domain/pictures.ts";
import { silencedUntil } from "../../domain/timeouts.ts";
import type { Said } from "../../domain/webhooks/said.ts";
import type { Message } from "../../protocol/community/entities.ts";
import { failure, notFound, type Outcome, success } from "../../protocol/outcome.ts";
import { isImageType } from "../../protocol/uploads.ts";
import type { Reply } from "../kernel/actor.ts";
import { lockOf, silenced } from "./asker.ts";
import { mentionsOf, nobody, thoseHere, withAll } from "./messages/mentions.ts";
import type { Room } from "./room.ts";
import { messageView } from "./views.ts";

export interface WebhookPost {
  webhook_id: number;
  said: Said;
  nonce: string | null;
  /** Another picture than an upload is refused, and not passed over. */
  is_strict: boolean;
}

type Posted = { message: Message };

const speaking = ["send_messages"] as const;

export async function postOfWebhook(room: Room, post: WebhookPost, reply: Reply<Posted>): Promise<void> {
  const retry_after_ms = room.on.webhook_throttle.take(String(post.webhook_id));
  if (retry_after_ms > 0) return reply(failure("rate_limited", "This webhook says too much.", { retry_after_ms }));
  const webhook = await room.on.store.webhooks.find(post.webhook_id);
  const channel = webhook?.server_id === room.id ? room.structure.channel(webhook.channel_id) : undefined;
  if (!webhook || !channel) return reply(notFound());
  const refused = lockOf(room) ?? (await silenceOf(room, webhook, channel));
  if (refused) return reply(refused);
  const earlier = await saidBefore(room, webhook, post.nonce);
  if (earlier) return reply(earlier);
  const author = await authorOf(room, webhook, post);
  if (!author.ok) return reply(author);
  const { here, ...mentioned } = await mentionedBy(room, webhook, post.said.content, channel);
  const { upload_id: _, maker_id: __, ...shown } = author.value;
  const draft = {
    ...{ channel_id: channel.id, server_id: room.id, author_id: webhook.id, content: post.said.content },
    ...{ created_at: room.on.clock(), edited_at: null, reply_to: null, attachments: [], reactions: [] },
    ...{ ...mentioned, nonce: post.nonce, author: shown, reply_mention: null, pin_order: null },
  };
  await add(room, draft, author.value, here, reply);
}

/** Why it says nothing now; null where it may. It speaks for its maker: a bot's, only where the bot may have one. */
async function silenceOf(room: Room, webhook: StoredWebhook, channel: Channel): Promise<Outcome<never> | null> {
  const { store, clock } = room.on;
  const { suspended, is_bot } = await store.webhooks.maker(webhook, clock());
  if (suspended) return failure("suspended", "Who made this webhook is suspended.");
  const maker = await room.member(webhook.creator_id);
  const may = !is_bot || (maker !== null && room.structure.mayIn(maker, channel, "manage_webhooks"));
  if (!may) return failure("forbidden", "Who made this webhook may have none here any more.");
  // A timeout stays with who leaves.
  const timed_out_until = maker ? null : await store.rooms.formerTimeout(room.id, webhook.creator_id);
  const is_silent = maker
    ? silenced(room, maker, speaking) !== null
    : silencedUntil({ timed_out_until }, false, speaking, clock()) !== null;
  return is_silent ? failure("forbidden", "Who made this webhook is timed out.") : null;
}

async function add(
  room: Room,
  draft: Omit<ChatMessage, "id" | "seq">,
  author: StoredAuthor,
  here: readonly number[] | null,
  reply: Reply<Posted>,
): Promise<void> {
  let message: ChatMessage = { ...draft, id: 0, seq: 0 };
  let was_added = false;
  await room.on.commit(room, {
    reserve: () => room.feed(draft.channel_id).reserve(),
    write(seq) {
      message = { ...draft, id: seq, seq };
      return room.on.store.messages.addOfWebhook(message, author, here);
    },
    came: ({ added }) => added,
    answer({ added }) {
      was_added = added;
      if (added) tellAdded(room, message, reply);
    },
  });
  if (was_added) return;
  // Somebody was quicker with the same nonce, or the webhook has ended.
  const webhook = await room.on.store.webhooks.find(draft.author_id);
  reply((webhook && (await saidBefore(room, webhook, draft.nonce))) ?? notFound());
}

function tellAdded(room: Room, message: ChatMessage, reply: Reply<Posted>): void {
  const view = messageView(message, null);
  const is_standing = room.structure.channel(message.channel_id) !== undefined;
  if (is_standing && room.feed(message.channel_id).add(message)) room.gate.beginChange();
  reply(success({ message: view }));
  if (!is_standing) return;
  room.tellChannel("message_added", message.channel_id, message.seq, view);
  room.on.said(message);
}

/** The answer to what was said under this nonce before; null where nothing was. */
async function saidBefore(
  { on: { store } }: Room,
  { id, channel_id }: StoredWebhook,
  nonce: string | null,
): Promise<Outcome<Posted> | null> {
  if (nonce === null) return null;
  const message = await store.messages.byNonce(id, channel_id, nonce);
  if (message) return success({ message: messageView(message, null) });
  const was_deleted = await store.messages.wasDeleted(id, channel_id, nonce);
  return was_deleted ? failure("conflict", "This was said before, and has been deleted since.") : null;
}

/** Its own name and picture, or those that it has for once. */
async function authorOf(
  room: Room,
  { name, profile_pic, upload_id, creator_id }: StoredWebhook,
  { said: { username, avatar_url }, is_strict }: WebhookPost,
): Promise<Outcome<StoredAuthor>> {
  const kept = { maker_id: creator_id, ...(upload_id !== null && { upload_id }) };
  const own = { name: username ?? name, profile_pic, webhook: true as const, ...kept };
  if (avatar_url === null) return success(own);
  const named = uploadOf(avatar_url);
  const [upload] = named ? await room.on.store.uploads.ownedBy(creator_id, [named.id]) : [];
  if (upload && isImageType(upload.type) && (named?.key === null || named?.key === upload.key)) {
    return success({ ...own, profile_pic: avatar_url, upload_id: upload.id });
  }
  if (!is_strict) return success(own);
  return failure("bad_request", "A picture is the URL of an image that the webhook's maker uploaded.", {
    path: "avatar_url",
  });
}

/** Whom it may ping, it may as its maker could, who must still be there. */
async function mentionedBy(room: Room, webhook: StoredWebhook, content: string, channel: Channel) {
  const maker = webhook.mentions ? await room.member(webhook.creator_id) : null;
  const mentioned = maker ? await mentionsOf(room, content, maker, channel) : nobody;
  const here = maker && mentioned.mentions_here ? await thoseHere(room, maker, channel) : null;
  return { ...withAll(mentioned, here), here };
}
