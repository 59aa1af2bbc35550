// What somebody who was banned wrote of late, and is to go: noted with the ban, and forgotten when all of it has gone, so
// that a start goes on where the last one ended.
// Must not find the messages: that is done a slice at a time, by `burials.ts`.

import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { sweeping, type Write } from "../engine/write.ts";
import { channels, message_sweeps } from "../schema/community.ts";
import { field, insertRows } from "./json-rows.ts";

/** All that the author has written in the server with ids from one to the other, both included. */
export interface MessageSweep {
  server_id: number;
  user_id: number;
  from_id: number;
  to_id: number;
}

export function messageSweepsOf({ reads }: Access) {
  const { server_id, user_id, from_id, to_id } = message_sweeps;
  const noted = reads.select().from(message_sweeps).orderBy(asc(to_id)).limit(sql.placeholder("limit")).prepare();
  const of_server = reads
    .select({ id: channels.id })
    .from(channels)
    .where(and(eq(channels.server_id, given("server_id")), isNull(channels.deleted_at)))
    .prepare();
  const forget = template<{ server_id: number; user_id: number; from_id: number; to_id: number }>(
    reads
      .delete(message_sweeps)
      .where(
        and(
          eq(server_id, given("server_id")),
          eq(user_id, given("user_id")),
          eq(from_id, given("from_id")),
          eq(to_id, given("to_id")),
        ),
      ),
  );
  return {
    /** The first to be noted first. */
    async sweeps(limit: number): Promise<MessageSweep[]> {
      return read(noted.all({ limit }));
    },
    /** The standing channels of a server. */
    async channelIds(server_id: number): Promise<number[]> {
      return (await read(of_server.all({ server_id }))).map(({ id }) => id);
    },
    /** Nothing is left of it, unless more was noted meanwhile. */
    sweepDone: (sweep: MessageSweep): Write<number> => sweeping(forget({ ...sweep })),
  };
}

/**
 * Notes sweeps up to what is stored, which is all that the authors can have written: what they write when they are back
 * has greater ids. One that is noted already grows.
 */
export function putSweeps(reads: Access["reads"]): (of: { server_id: number; rows: string }) => Statement {
  const newest = sql`coalesce((select max(id) from messages), 0)`;
  const values = { server_id: given<number>("server_id"), from_id: field("from_id"), to_id: newest };
  return template<{ server_id: number; rows: string }>(
    insertRows(reads, message_sweeps, values).onConflictDoUpdate({
      target: [message_sweeps.server_id, message_sweeps.user_id],
      set: {
        from_id: sql`min(${message_sweeps.from_id}, excluded.from_id)`,
        to_id: sql`excluded.to_id`,
      },
    }),
  );
}
