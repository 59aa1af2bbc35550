// Changes of messages that are there: editing, deleting, reacting, pinning. They pass the room's gate one at a time. Each is
// decided on the message as it then is, and told in the order of its `seq` among the channel's events.

import type { Write } from "../../../db/engine/write.ts";
import type { AuditEntry } from "../../../domain/audit.ts";
import type { Channel, ChatMessage, Member } from "../../../domain/community.ts";
import type { Rule } from "../../../domain/permissions.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Requester } from "../../session/calls.ts";
import { asViewer, lockOf } from "../asker.ts";
import type { RoomHandler } from "../handler.ts";
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
    /** Comes to false where the message is not there any more, or the asker no member. */
    write(seq: number): Write<boolean>;
    /** What the audit log keeps of it. */
    audit?: AuditEntry;
    tell(seq: number): void;
  };
}

export type DecideOnMessage<Name extends MessageChangeType> = (
  room: Room,
  request: Request<Name>,
  viewed: Viewed,
  from: Requester,
) => Outcome<MessageChange<ReplyBody<Name>>> | Promise<Outcome<MessageChange<ReplyBody<Name>>>>;

/** A live message, for a viewer of its channel with the rules. */
export async function viewedMessage(
  room: Room,
  user_id: number,
  message_id: number,
  ...rules: readonly Rule[]
): Promise<Outcome<Viewed>> {
  const remembered = room.rememberedMessage(message_id);
  const message = remembered ?? (await room.on.store.messages.byId(message_id));
  if (!message) return notFound();
  const viewer = await asViewer(room, user_id, message.channel_id, ...rules);
  if (viewer.ok) return success({ message, ...viewer.value });
  // One that is hidden takes as long as one that isn't there.
  if (remembered && viewer.error.code === "not_found") await room.on.store.messages.byId(message_id);
  return viewer;
}

type MessageChangeType =
  | "update_message"
  | "delete_message"
  | "add_reaction"
  | "remove_reaction"
  | "pin_message"
  | "unpin_message";

/** A handler that decides on a change of a message; the asker must hold the rules where it is. */
export function messageChange<Name extends MessageChangeType>(
  rules: readonly Rule[],
  decide: DecideOnMessage<Name>,
): RoomHandler<Name> {
  return {
    mode: "change",
    run: (room, request, from, reply) =>
      room.gate.exclusively(async () => {
        const { message_id } = request as { message_id: number };
        const viewed = await viewedMessage(room, from.id, message_id, ...rules);
        if (!viewed.ok) return reply(viewed);
        const decided = await decide(room, request, viewed.value, from);
        if (!decided.ok) return reply(decided);
        const { value, change } = decided.value;
        const locked = change ? lockOf(room) : null;
        if (locked) return reply(locked);
        if (change) await make(room, viewed.value.message, change, (done) => reply(done ? success(value) : notFound()));
        else reply(success(value));
      }),
  };
}

/** Settles when it has been told, so that no read in between has the change and then hears of it. */
async function make(
  room: Room,
  { id, channel_id }: ChatMessage,
  { after, write, audit, tell }: NonNullable<MessageChange<unknown>["change"]>,
  answer: (done: boolean) => void,
): Promise<void> {
  const feed = room.feed(channel_id);
  await room.gate.whileChanging(() =>
    room.on.commit(room, {
      reserve: () => feed.reserve(),
      write: (seq) => (audit ? room.on.store.audit.noting(write(seq), audit) : write(seq)),
      came: (done) => done,
      apply: (_, seq) => feed.change(id, after && { ...after, seq }),
      answer,
      tell: (_, seq) => tell(seq),
    }),
  );
}
