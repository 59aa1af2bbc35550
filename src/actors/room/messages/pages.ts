// Pages of a channel's messages. The end of a channel is read from its log, which holds exactly what has been told: a
// session that is answered with a page and subscribed in the same turn misses nothing of what comes, and hears nothing
// twice. Only what lies below the log is read from the database.

import type { PageQuery } from "../../../db/queries/messages.ts";
import { withinContentLength } from "../../../domain/message-text.ts";
import type { Room } from "../room.ts";
import type { Page } from "./channel-log.ts";

/** Calls `use` with the page, in a turn in which it is what has been told. Long texts make it a shorter one. */
export async function readPage(room: Room, query: PageQuery, use: (page: Page) => void): Promise<void> {
  const begins_at_an_end = query.anchor === 0;
  const downwards = query.direction === begins_at_an_end;
  const read = downwards ? readDownwards : readUpwards;
  await read(room, query, ({ messages, has_more }) => {
    // What is kept is what lies nearest to where the page begins.
    const kept = downwards ? withinContentLength(messages.toReversed()).toReversed() : withinContentLength(messages);
    use({ messages: kept, has_more: has_more || kept.length < messages.length });
  });
}

async function readUpwards(room: Room, query: PageQuery, use: (page: Page) => void): Promise<void> {
  const log = await room.feed(query.channel_id).log(room);
  const page = log.newerThan(query.anchor, query.limit);
  if (page) return use(page);
  await room.gate.read(
    () => room.on.store.messages.page(query),
    (stored) => use(log.newerThanWith(stored, query.limit)),
  );
}

async function readDownwards(
  room: Room,
  { channel_id, limit, anchor }: PageQuery,
  use: (page: Page) => void,
): Promise<void> {
  const log = await room.feed(channel_id).log(room);
  const end = anchor === 0 ? Number.MAX_SAFE_INTEGER : anchor;
  const page = log.olderThan(end, limit);
  if (page) return use(page);
  const load = () => {
    const below = { channel_id, limit: log.lacking(end, limit), anchor: Math.min(end, log.floor), direction: false };
    return room.on.store.messages.page(below);
  };
  await room.gate.read(load, (stored) => {
    const whole = log.olderThanWith(stored, end, limit);
    if (end > log.floor && log.extend(stored)) room.gate.beginChange();
    use(whole);
  });
}
