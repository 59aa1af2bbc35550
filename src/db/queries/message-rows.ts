// How a message is read: its columns and its reactions in one row.
// Only live messages: a deleted one is an empty tombstone, for a client's catching up alone.

import { isNull, sql } from "drizzle-orm";
import type { Attachment, Reaction } from "../../domain/community.ts";
import { nameOfUpload, uploadUrl } from "../../protocol/uploads.ts";
import type { Access } from "../engine/query.ts";
import { messages } from "../schema/community.ts";

/** What a ChatMessage is selected by. */
export const messageColumns = ({ public_url }: Pick<Access, "public_url">) => ({
  id: messages.id,
  channel_id: messages.channel_id,
  server_id: messages.server_id,
  author_id: messages.author_id,
  content: messages.content,
  created_at: messages.created_at,
  edited_at: messages.edited_at,
  reply_to: messages.reply_to,
  // Where an upload is found is a matter of today's address, whatever it was when the message was written.
  attachments: sql<Attachment[]>`${messages.attachments}`.mapWith((json: string) =>
    json === "[]" ? [] : attachmentsOf(json, public_url),
  ),
  mentions: messages.mentions,
  mentions_everyone: messages.mentions_everyone,
  mention_roles: messages.mention_roles,
  // Who was there concerns nobody else, and may be many.
  mentions_here: sql<boolean>`${messages.mentions_here} is not null`.mapWith(Boolean),
  reply_mention: messages.reply_mention,
  reactions: sql<Reaction[]>`(
    select json_group_array(json_array(emoji, user_id)) from (
      select emoji, user_id from reactions where message_id = ${messages}.id order by reactions.rowid
    )
  )`.mapWith(groupReactions),
  nonce: messages.nonce,
  pin_order: messages.pin_order,
  author: messages.author,
  seq: messages.seq,
});

export const isLive = isNull(messages.deleted_at);

/** Those from before there were keys have neither a key nor a name. */
type StoredAttachment = Omit<Attachment, "key" | "name"> & Partial<Pick<Attachment, "key" | "name">>;

function attachmentsOf(json: string, public_url: string | undefined): Attachment[] {
  const attachments: StoredAttachment[] = JSON.parse(json);
  return attachments.map(({ key = null, ...attachment }) => {
    const { id, name = nameOfUpload({ ...attachment, name: null }) } = attachment;
    return { ...attachment, key, name, url: uploadUrl({ id, key }, public_url) };
  });
}

function groupReactions(json: string): Reaction[] {
  const pairs: [string, number][] = JSON.parse(json);
  const by_emoji = Map.groupBy(pairs, ([emoji]) => emoji);
  return [...by_emoji].map(([emoji, of]) => ({ emoji, user_ids: of.map(([, user_id]) => user_id) }));
}
