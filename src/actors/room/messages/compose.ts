// What goes into a message: the checks of what a client sent, and what is looked up for it.

import type { Attachment, Channel, ChatMessage, Member, Upload } from "../../../domain/community.ts";
import { contentFault, isPlainText } from "../../../domain/message-text.ts";
import { whenThere } from "../../../domain/when-there.ts";
import { failure, type Outcome, success } from "../../../protocol/outcome.ts";
import { nameOfUpload } from "../../../protocol/uploads.ts";
import type { Room } from "../room.ts";
import { mentionsOf } from "./mentions.ts";

export interface Parts {
  content?: string | undefined;
  nonce?: string | undefined;
  reply_to?: number | undefined;
  /** Whether the reply mentions whom it is to. */
  mention?: boolean | undefined;
  attachments?: readonly number[] | undefined;
}

/** A message that has no place in its channel yet: its `id` and its `seq` are 0. */
export type Draft = ChatMessage;

/** What a message refers to: the one that it replies to, who is mentioned by that, and uploads. */
interface Referred {
  reply_to: number | null;
  replied_id: number | null;
  attachments: readonly Attachment[];
}

const to_nothing = success<Referred>({ reply_to: null, replied_id: null, attachments: [] });

/** For a message of mere text at once, and nothing is read. */
export function draftOf(
  room: Room,
  parts: Parts,
  author: Member,
  channel: Channel,
): Outcome<Draft> | Promise<Outcome<Draft>> {
  const content = checkedContent(parts.content ?? "", (parts.attachments?.length ?? 0) > 0);
  if (!content.ok) return content;
  if (parts.nonce !== undefined && !isPlainText(parts.nonce)) return fault("nonce", "A nonce is plain text.");
  const refers = parts.reply_to !== undefined || parts.attachments?.length;
  return whenThere(refers ? referredTo(room, parts, author, channel) : to_nothing, (referred) =>
    referred.ok ? drafted(room, content.value, parts.nonce ?? null, referred.value, author, channel) : referred,
  );
}

function drafted(
  room: Room,
  content: string,
  nonce: string | null,
  { reply_to, replied_id, attachments }: Referred,
  author: Member,
  channel: Channel,
): Outcome<Draft> | Promise<Outcome<Draft>> {
  return whenThere(mentionsOf(room, content, author, channel, replied_id), (mentioned) =>
    success({
      id: 0,
      channel_id: channel.id,
      server_id: room.id,
      author_id: author.user_id,
      content,
      created_at: room.on.clock(),
      edited_at: null,
      reply_to,
      attachments,
      mentions: mentioned.mentions,
      mentions_everyone: mentioned.mentions_everyone,
      mention_roles: mentioned.mention_roles,
      mentions_here: mentioned.mentions_here,
      reply_mention: mentioned.reply_mention,
      reactions: [],
      nonce,
      pin_order: null,
      seq: 0,
    }),
  );
}

async function referredTo(room: Room, parts: Parts, author: Member, channel: Channel): Promise<Outcome<Referred>> {
  const { reply_to, mention, attachments: upload_ids = [] } = parts;
  const replied = reply_to === undefined ? null : await repliedTo(room, channel.id, reply_to);
  if (replied === undefined) return fault("reply_to", "There is no such message in this channel to reply to.");
  const attachments = await attachmentsOf(room, author.user_id, upload_ids);
  if (!attachments.ok) return attachments;
  const replied_id = mention === false ? null : (replied?.author_id ?? null);
  return success({ reply_to: replied?.id ?? null, replied_id, attachments: attachments.value });
}

/** The text without white space around it. */
export function checkedContent(content: string, may_be_empty: boolean): Outcome<string> {
  const trimmed = content.trim();
  const reason = contentFault(trimmed, may_be_empty);
  return reason === null ? success(trimmed) : fault("content", reason);
}

type Replied = Pick<ChatMessage, "id" | "author_id">;

/** The message replied to; null where it has gone since it was read, and undefined where it never was in the channel. */
async function repliedTo(room: Room, channel_id: number, message_id: number): Promise<Replied | null | undefined> {
  const live = await liveIn(room, channel_id, message_id);
  if (live) return live;
  return (await room.on.store.messages.wasIn(channel_id, message_id)) ? null : undefined;
}

/** The message, where it is there, in this channel. */
export async function liveIn(room: Room, channel_id: number, message_id: number): Promise<Replied | null> {
  const known = room.feed(channel_id).knownLog?.find(message_id);
  if (known) return known;
  const place = await room.on.store.messages.placeOf(message_id);
  return place?.channel_id === channel_id ? { id: message_id, author_id: place.author_id } : null;
}

async function attachmentsOf(room: Room, user_id: number, ids: readonly number[]): Promise<Outcome<Attachment[]>> {
  if (ids.length === 0) return success([]);
  const owned = await room.on.store.uploads.ownedBy(user_id, ids);
  const by_id = new Map(owned.map((upload) => [upload.id, upload]));
  const attachments: Attachment[] = [];
  for (const [index, id] of ids.entries()) {
    const upload = by_id.get(id);
    if (!upload) return fault(`attachments.${index}`, "You have no such upload.");
    if (ids.indexOf(id) < index) return fault(`attachments.${index}`, "An upload is attached once.");
    attachments.push(attachmentOf(upload, room.on.store.uploadUrl(upload)));
  }
  return success(attachments);
}

function attachmentOf(upload: Upload, url: string): Attachment {
  const { id, key, type, width, height, bytes } = upload;
  return { id, url, key, name: nameOfUpload(upload), type, width: width || null, height: height || null, bytes };
}

function fault(field: string, message: string) {
  return failure("bad_request", message, { path: `data.${field}` });
}
