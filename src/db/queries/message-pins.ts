// Pins of messages: set, taken away, and listed in the order in which they were set.
// Must not judge how many there may be: that is the room's.

import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import type { SqlValue } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { messages } from "../schema/community.ts";
import { isMember } from "./guards.ts";
import { isLive, messageColumns } from "./message-rows.ts";

export interface MessagePin {
  id: number;
  /** Who pins it, or takes it from the pins. */
  user_id: number;
  /** Null: it is pinned no more. */
  pin_order: number | null;
  seq: number;
}

/** Those pinned before `before`, the latest first. */
export interface PinsQuery {
  channel_id: number;
  before: number;
  limit: number;
}

export function messagePinsOf({ reads, ...rest }: Access) {
  const { channel_id, pin_order } = messages;
  const ofChannel = and(eq(channel_id, given("channel_id")), lt(pin_order, given("before")));
  const page = reads
    .select(messageColumns(rest))
    .from(messages)
    .where(ofChannel)
    .orderBy(desc(pin_order))
    .limit(sql.placeholder("limit"))
    .prepare();
  const count = reads
    .select({ pins: sql<number>`count(*)` })
    .from(messages)
    .where(and(eq(channel_id, given("channel_id")), sql`${pin_order} is not null`))
    .prepare();
  return {
    ...pinWritesOf(reads, { mayChange: isMember, isIn: isMember }),
    async pins(query: PinsQuery): Promise<ChatMessage[]> {
      return read(page.all({ ...query }));
    },
    async pinCount(channel_id: number): Promise<number> {
      return (await read(count.get({ channel_id })))?.pins ?? 0;
    },
  };
}

/** Who may change what is said there pins; to take from the pins, one has to be in the place. */
export function pinWritesOf(
  reads: Access["reads"],
  { mayChange, isIn }: Record<"mayChange" | "isIn", (place: SQL, user: SQL) => SQL>,
) {
  const { id, server_id, seq } = messages;
  const seqOf = reads
    .select({ seq })
    .from(messages)
    .where(eq(id, given("id")))
    .prepare();
  const put = (isAllowed: typeof isIn) =>
    template<MessagePin & Record<string, SqlValue>>(
      reads
        .update(messages)
        .set({ pin_order: given("pin_order"), seq: given("seq") })
        .where(and(eq(id, given("id")), isLive, isAllowed(sql`${server_id}`, given("user_id")))),
    );
  const [set, take] = [put(mayChange), put(isIn)];
  return {
    /** Comes to false, and nothing is changed, where the message is not there any more, or the user may not. */
    pin(pin: MessagePin): Write<boolean> {
      return {
        job: [(pin.pin_order === null ? take : set)({ ...pin })],
        stored: ([pinned]) => pinned?.changes === 1,
        find: async () => ((await read(seqOf.get({ id: pin.id })))?.seq === pin.seq ? true : null),
      };
    },
  };
}
