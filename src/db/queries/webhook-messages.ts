// How what a webhook says is written: as any message, but for who may. The webhook must stand, in its channel.

import { eq, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { messages, type StoredAuthor, uploads } from "../schema/community.ts";
import { webhooks } from "../schema/programs.ts";
import { jsonRows, storableText } from "./json-rows.ts";
import { indexingOver } from "./message-index.ts";
import { additionOf, findingLeftOut, insertUnderNonce, rowOf, was_added } from "./new-messages.ts";
import { refersTo } from "./uploads.ts";

export function webhookMessages(reads: Access["reads"]) {
  const index = indexingOver(reads);
  const insert = insertOfWebhook(reads).toSQL().sql;
  const there = reads
    .select({ id: messages.id })
    .from(messages)
    .where(eq(messages.id, given("id")))
    .prepare();
  const refer = template<{ id: number; upload_id: number }>(
    refersTo(
      reads,
      { upload_id: given("upload_id"), kind: "author", owner_id: given("id") },
      sql`exists (select 1 from ${messages} where ${eq(messages.id, given("id"))})
        and exists (select 1 from ${uploads} where ${eq(uploads.id, given("upload_id"))})`,
    ),
  );
  return {
    /** Comes to whether it was added: not where the nonce was used before. The author's picture is kept with it. */
    addOfWebhook(
      message: ChatMessage,
      author: StoredAuthor,
      here: readonly number[] | null,
    ): Write<{ added: boolean }> {
      const { id } = message;
      const content = storableText(message.content);
      return {
        job: [
          { sql: insert, params: [jsonRows([rowOf(content, message, here, author)])] },
          findingLeftOut(id),
          index.added(id, content),
          ...(author.upload_id === undefined ? [] : [refer({ id, upload_id: author.upload_id })]),
        ],
        stored: ([, left_out]) => additionOf(id, left_out),
        find: async () => ((await read(there.get({ id }))) ? was_added : null),
      };
    },
  };
}

function insertOfWebhook(reads: Access["reads"]) {
  return insertUnderNonce(reads, ({ author_id, channel_id }) => ({
    holds: sql`exists (
      select 1 from ${webhooks} where ${webhooks}.id = ${author_id} and ${webhooks}.channel_id = ${channel_id}
    )`,
  }));
}
