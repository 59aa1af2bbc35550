// When somebody wrote last in a channel, among its newest messages.
// Must not look further back than it is told to, nor through more messages than that.

import { and, desc, eq, gte, sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { messages } from "../schema/community.ts";
import { isLive } from "./message-rows.ts";

export type LastByQuery = { channel_id: number; author_id: number; after: number; looked_at: number };

export function messageAuthorsOf({ reads }: Access) {
  const { id, channel_id, author_id, created_at } = messages;
  const newest = reads
    .select({ id, author_id, created_at })
    .from(messages)
    .where(and(eq(channel_id, given("channel_id")), gte(id, given("after")), isLive))
    .orderBy(desc(id))
    .limit(sql.placeholder("looked_at"))
    .as("newest");
  const last = reads
    .select({ created_at: sql<number | null>`max(${newest.created_at})` })
    .from(newest)
    .where(eq(newest.author_id, given("author_id")))
    .prepare();
  return {
    /**
     * When the author wrote last, Unix milliseconds, by the newest `looked_at` messages with ids from `after` on; null where
     * none of them is theirs.
     */
    async lastBy(of: LastByQuery): Promise<number | null> {
      return (await read(last.get(of)))?.created_at ?? null;
    },
  };
}
