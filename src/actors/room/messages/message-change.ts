// Changes of messages that are there: editing, deleting, reacting. One at a time in a room, each decided on the message
// as it then is, and told in the order of its `seq` among the channel's events.

import type { Channel, ChatMessage, Member } from "../../../domain/community.ts";
import type { Rule } from "../../../domain/permissions.ts";
import { type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/system.ts";
import { asViewer, notFound } from "../handler.ts";
import type { Room } from "../room.ts";

export interface Viewed {
  message: ChatMessage;
  member: Member;
  channel: Channel;
}

/** What is answered and, where something changes, what that takes. */
export interface MessageChange<Value> {
  value: Value;
  change?: {
    /** The message afterwards, but for its `seq`; null when it is gone. */
    after: ChatMessage | null;
    /** False when the message is not there any more. */
    write(seq: number): Promise<boolean>;
    tell(seq: number): void;
  };
}

export type DecideOnMessage<Value> = (
  viewed: Viewed,
) => Outcome<MessageChange<Value>> | Promise<Outcome<MessageChange<Value>>>;

/** A live message, for a viewer of its channel with the rules. */
export async function viewedMessage(
  room: Room,
  user_id: number,
  message_id: number,
  ...rules: Rule[]
): Promise<Outcome<Viewed>> {
  const message = await room.message(message_id);
  if (!message) return notFound();
  const viewer = await asViewer(room, user_id, message.channel_id, ...rules);
  return viewer.ok ? success({ message, ...viewer.value }) : viewer;
}

/** Decides on a change, commits it, then answers and tells. Rejects when it can't be committed. */
export async function changeMessage<Value>(
  room: Room,
  { message_id, user_id, rules }: { message_id: number; user_id: number; rules: Rule[] },
  decide: DecideOnMessage<Value>,
  reply: Reply<Value>,
): Promise<void> {
  await room.exclusively(async () => {
    const viewed = await viewedMessage(room, user_id, message_id, ...rules);
    if (!viewed.ok) return reply(viewed);
    const decided = await decide(viewed.value);
    if (!decided.ok) return reply(decided);
    const { value, change } = decided.value;
    if (change) await make(room, viewed.value.message, change, () => reply(success(value)));
    else reply(success(value));
  });
}

/** Settles when it has been told, so that no read in between has the change and then hears of it. */
function make(
  room: Room,
  { id, channel_id }: ChatMessage,
  { after, write, tell }: NonNullable<MessageChange<unknown>["change"]>,
  answer: () => void,
): Promise<void> {
  return room.whileChanging(async () => {
    const place = room.on.topics.reserve(room.feed(channel_id).topic);
    try {
      const done = await committed(room, write(place.seq), async () => {
        const stored = await room.on.store.messages.byId(id);
        return (after === null ? stored === null : stored?.seq === place.seq) || null;
      });
      if (!done) throw new Error(`message ${id} is not stored as room ${room.id} holds it`);
    } catch (error) {
      place.release();
      throw error;
    }
    await place.tell(() => {
      room.feed(channel_id).change(id, after && { ...after, seq: place.seq });
      answer();
      tell(place.seq);
    });
  });
}

/**
 * Settles when what was written is durable, and rejects when it isn't. A write that failed may have been done all the
 * same: `look` reads what came of it, null when nothing did. Where even that can't be known, the room ends, since what
 * it holds may not be what is stored.
 */
export async function committed<Value>(
  room: Room,
  write: Promise<Value>,
  look: () => Promise<Value | null>,
): Promise<Value> {
  try {
    return await write;
  } catch (error) {
    const done = await lookOrFail(room, look);
    if (done === null) throw error;
    return done;
  }
}

async function lookOrFail<Value>(room: Room, look: () => Promise<Value | null>): Promise<Value | null> {
  try {
    return await look();
  } catch {
    room.fail();
    return null;
  }
}
