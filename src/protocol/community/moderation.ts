// Keeping order among messages: pins, and many deleted at once.

import { limits } from "../../domain/limits.ts";
import { costByCount, defineMessage, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import { Anchor, Message, Reason, Seq } from "./entities.ts";

const MessageReply = Type.Object({ message: Message });

export const pinMessage = defineMessage({
  type: "pin_message",
  dialect: "community",
  doc: `Pins a message; one that is pinned stays where it is among the pins. A channel has at most ${limits.pins_per_channel}. In a conversation as \`add_message\` has it.`,
  may: "`manage_messages`, with `read_history`; in a conversation its members",
  request: Type.Object({ message_id: Id }),
  reply: MessageReply,
  errors: ["not_found", "forbidden", "limit_reached", "blocked"],
  cost: 4,
  room: ["message_id"],
  tells: "Subscribers of the channel: `message_changed` with `pinned`.",
});

export const unpinMessage = defineMessage({
  type: "unpin_message",
  dialect: "community",
  doc: "Takes a message from the pins; one that isn't pinned stays as it is.",
  may: "`manage_messages`, with `read_history`; in a conversation its members",
  request: Type.Object({ message_id: Id }),
  reply: MessageReply,
  errors: ["not_found", "forbidden"],
  cost: 4,
  room: ["message_id"],
  tells: "Subscribers of the channel: `message_changed` with `pinned`.",
});

export const getPins = defineMessage({
  type: "get_pins",
  dialect: "community",
  doc: "The channel's pinned messages, the one pinned last first. All come at once, unless their texts are long: then the same request with `next_anchor` as `anchor` brings the next.",
  may: "viewers with `read_history`",
  request: Type.Object({ channel_id: Id, anchor: Type.Optional(Anchor) }),
  reply: Type.Object({ messages: Type.Array(Message), next_anchor: nullable(Anchor), seq: Seq }),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["channel_id"],
  subscribes: "channel",
});

const DeleteMessages = Type.Object({
  channel_id: Id,
  message_ids: Type.Array(Id, { maxItems: limits.messages_deleted_at_once }),
  reason: Type.Optional(Reason),
});

export const deleteMessages = defineMessage({
  type: "delete_messages",
  dialect: "community",
  doc: "Deletes messages of one channel, all or none; what isn't there, any more or at all, is passed over. The reply comes after all is told. The reason is kept in the audit log.",
  may: "`manage_messages`",
  request: DeleteMessages,
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: costByCount(DeleteMessages, { base: 5, items: 2, what: "messages" }, ({ message_ids }) => message_ids.length),
  room: ["channel_id"],
  tells: "Subscribers of the channel: `message_deleted` for each.",
});

export const moderation_messages = [pinMessage, unpinMessage, getPins, deleteMessages] as const;
