// Messages: writing, reading, reacting, searching, and how far one has read.

import type { Static } from "typebox";
import { limits } from "../../domain/limits.ts";
import { costByCount, defineMessage, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import { Amount, Anchor, Emoji, Message, Nonce, Reason, Seq } from "./entities.ts";

/** How long it may be once trimmed, its handler says. */
const Content = Type.String({ maxLength: limits.frame_length });
const Topics = Type.Object({
  topics: Type.Array(Type.String({ maxLength: limits.topic_length }), { maxItems: limits.topics_per_request }),
});
const MessageReply = Type.Object({ message: Message });

export const getMessageChunk = defineMessage({
  type: "get_message_chunk",
  dialect: "community",
  doc: "A page of messages, always ascending by id, without the anchor itself. `direction: true`: newer than `anchor`, and with `anchor: 0` the newest. `direction: false`: older than `anchor`, and with `anchor: 0` the oldest. `has_more` says that there are others beyond the page, away from its anchor.",
  may: "viewers with `read_history`",
  request: Type.Object({ channel_id: Id, amount: Amount, anchor: Anchor, direction: Type.Boolean() }),
  reply: Type.Object({ messages: Type.Array(Message), has_more: Type.Boolean(), seq: Seq }),
  errors: ["not_found", "forbidden"],
  cost: 4,
  room: ["channel_id"],
  subscribes: "channel",
});

export const getMessage = defineMessage({
  type: "get_message",
  dialect: "community",
  doc: "One message.",
  may: "viewers with `read_history`",
  request: Type.Object({ message_id: Id }),
  reply: MessageReply,
  errors: ["not_found", "forbidden"],
  cost: 2,
  room: ["message_id"],
});

const AddMessage = Type.Object({
  channel_id: Id,
  content: Type.Optional(Content),
  nonce: Type.Optional(Nonce),
  reply_to: Type.Optional(Id),
  mention: Type.Optional(Type.Boolean()),
  attachments: Type.Optional(Type.Array(Id, { maxItems: limits.attachments })),
});
const UpdateMessage = Type.Object({ message_id: Id, content: Content });
/** A long text is many words to find it by. */
const by_length = { items: limits.content_length_per_token, what: "UTF-16 code units of `content`" };

export const addMessage = defineMessage({
  type: "add_message",
  dialect: "community",
  doc: `Adds a message; the reply comes when it is durable. 1 to ${limits.message_length} characters after trimming, something of it to be seen, or an attachment. The same author, channel and \`nonce\` again: the first message comes back as it is now, nothing is added; \`conflict\` when it was deleted since. NUL characters and lone surrogates are refused. \`<@id>\` mentions a user who can view the channel, and for who has \`mention_everyone\`, \`<@&id>\` whoever has a role, \`@everyone\` everybody, and \`@here\` those who listen to the server at that moment, or everybody where they are more than ${limits.here_mentions}; none within code, and not whoever has blocked the author. \`reply_to\` is a message of the channel: where it has gone since it was read, the message is added without it. A reply mentions whom it is to as \`<@id>\` would, unless \`mention\` is \`false\`. In a conversation of two \`blocked\` where one has blocked the other, \`forbidden\` where the other's account is gone, or takes no first message of one's (\`dms\`), \`limit_reached\` where too many requests wait for them; what is said brings it into the lists of all its members.`,
  may: "`send_messages`; `attach_files` for attachments",
  request: AddMessage,
  reply: MessageReply,
  errors: ["not_found", "forbidden", "conflict", "blocked", "limit_reached"],
  cost: costByCount(AddMessage, { base: 3, ...by_length }, ({ content = "" }) => content.length),
  room: ["channel_id"],
  pipelined: true,
  tells: "Subscribers of the channel: `message_added`.",
});

export const updateMessage = defineMessage({
  type: "update_message",
  dialect: "community",
  doc: "Changes a message's text, and whom it mentions. The same text again changes nothing. In a conversation as `add_message` has it.",
  may: "its author, with `send_messages`",
  request: UpdateMessage,
  reply: MessageReply,
  errors: ["not_found", "forbidden", "blocked"],
  cost: costByCount(UpdateMessage, { base: 4, ...by_length }, ({ content }) => content.length),
  room: ["message_id"],
  tells: "Subscribers of the channel: `message_changed`.",
});

export const deleteMessage = defineMessage({
  type: "delete_message",
  dialect: "community",
  doc: "Deletes a message. The reason is kept in the audit log, where it is another's message.",
  may: "its author, as long as they view the channel, or `manage_messages`",
  request: Type.Object({ message_id: Id, reason: Type.Optional(Reason) }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 3,
  room: ["message_id"],
  tells: "Subscribers of the channel: `message_deleted`.",
});

export const addReaction = defineMessage({
  type: "add_reaction",
  dialect: "community",
  doc: `Adds one's reaction; the same again changes nothing. At most ${limits.reaction_kinds} kinds a message. \`emoji\` is an emoji or a short name for one, without spaces; an emoji comes back fully qualified, however it was typed. In a conversation as \`add_message\` has it.`,
  may: "`add_reactions`, with `read_history`",
  request: Type.Object({ message_id: Id, emoji: Emoji }),
  reply: MessageReply,
  errors: ["not_found", "forbidden", "limit_reached", "blocked"],
  cost: 3,
  room: ["message_id"],
  tells: "Subscribers of the channel: `message_changed` with `reactions` and `reaction`.",
});

export const removeReaction = defineMessage({
  type: "remove_reaction",
  dialect: "community",
  doc: "Takes one's reaction back; one that isn't there changes nothing.",
  may: "`add_reactions`, with `read_history`",
  request: Type.Object({ message_id: Id, emoji: Emoji }),
  reply: MessageReply,
  errors: ["not_found", "forbidden"],
  cost: 3,
  room: ["message_id"],
  tells: "Subscribers of the channel: `message_changed` with `reactions` and `reaction`.",
});

export const searchMessages = defineMessage({
  type: "search_messages",
  dialect: "community",
  doc: "Messages with all the words of `query`, newest first, from the channels of a server whose history the asker may read, or from a conversation. `anchor: 0` starts, `next_anchor: null` ends. A search looks at a bounded number of messages: where these don't fill a page, it comes short of its `amount`, or empty, and goes on from its `next_anchor`. Any text will do as a query: whole words and symbols, without regard to case or accents; in scripts without spaces, and in Korean, any part of a text; Arabic and Hebrew words also with an article, conjunction or preposition written onto them.",
  may: "viewers with `read_history`",
  request: Type.Object({
    server_id: Type.Optional(Id),
    conversation_id: Type.Optional(Id),
    query: Type.String({ minLength: 1, maxLength: limits.search_length }),
    channel_id: Type.Optional(Id),
    author_id: Type.Optional(Id),
    amount: Amount,
    anchor: Anchor,
  }),
  reply: Type.Object({ messages: Type.Array(Message), next_anchor: nullable(Anchor) }),
  errors: ["not_found", "forbidden"],
  cost: 20,
  room: ["server_id", "conversation_id"],
});

export const typing = defineMessage({
  type: "typing",
  dialect: "community",
  doc: `Says that one is writing. All subscribers of the channel are told, one's own sessions too, at most once in ${limits.typing_interval_ms} ms, unless one is \`invisible\`; in a conversation of two, nobody where one has blocked the other, or hasn't accepted it.`,
  may: "`send_messages`",
  request: Type.Object({ channel_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 1,
  room: ["channel_id"],
  tells: "Subscribers of the channel: `typing_started`.",
});

export const markRead = defineMessage({
  type: "mark_read",
  dialect: "community",
  doc: "Says how far one has read, by a message that is in the channel (`bad_request` when it is not, or not any more); it never goes back.",
  may: "viewers",
  request: Type.Object({ channel_id: Id, message_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found"],
  cost: 2,
  room: ["channel_id"],
  tells: "One's other sessions: `read_state_changed`.",
});

const ReadStates = Type.Object({ server_id: Type.Optional(Id), conversation_id: Type.Optional(Id) });
const readStatesCost = ({ conversation_id }: Static<typeof ReadStates>) => (conversation_id === undefined ? 10 : 2);

export const getReadState = defineMessage({
  type: "get_read_state",
  dialect: "community",
  doc: `How far one has read in each channel that one may view, of one server, one conversation, or of all, conversations in one's list among them. One's own messages don't count, those from before one joined do, but for what mentions everybody or a role; sending marks nothing as read. \`unread\` and \`mentions\` count up to ${limits.unread_count}. \`conversation_id\` is there where the channel is a conversation's. Of a channel that comes into view no event says how far one has read: it is asked for again. Who may view more than ${limits.read_states} channels asks for one server at a time.`,
  may: "anyone, of what they may view",
  request: ReadStates,
  reply: Type.Object({
    channels: Type.Array(
      Type.Object({
        channel_id: Id,
        last_read_id: nullable(Id),
        last_message_id: nullable(Id),
        unread: Type.Integer(),
        mentions: Type.Integer(),
        conversation_id: Type.Optional(Id),
      }),
    ),
  }),
  errors: ["not_found", "limit_reached"],
  cost: { base: 10, of: readStatesCost, doc: "10, but 2 for one conversation" },
});

export const getMentions = defineMessage({
  type: "get_mentions",
  dialect: "community",
  doc: "Where one was mentioned or replied to, newest first, of what one may still read: in one server, one conversation, or all, conversations in one's list among them. What mentions everybody, or a role that one holds, is among it, unless it is from before one came or by somebody whom one has blocked. `anchor: 0` starts, `next_anchor: null` ends. A bounded number of messages is looked at: where these don't fill a page, it comes short of its `amount`, or empty, and the next goes on from its `next_anchor`.",
  may: "anyone, of what they may read",
  request: Type.Object({
    server_id: Type.Optional(Id),
    conversation_id: Type.Optional(Id),
    amount: Amount,
    anchor: Anchor,
  }),
  reply: Type.Object({ messages: Type.Array(Message), next_anchor: nullable(Anchor) }),
  errors: ["not_found", "limit_reached"],
  cost: 20,
});

export const subscribe = defineMessage({
  type: "subscribe",
  dialect: "community",
  doc: "Subscribes to topics without loading anything: `server:<id>`, `channel:<id>`, `user:<id>` or `self`. All or none: one that may not be viewed refuses the request. An event of one topic may come before the reply when others are asked for with it; its `seq` is then above the one in the reply.",
  may: "viewers",
  request: Topics,
  reply: Type.Object({ topics: Type.Record(Type.String(), Type.Object({ seq: Seq })) }),
  errors: ["not_found", "limit_reached"],
  cost: costByCount(Topics, { base: 5, items: 10, what: "topics" }, ({ topics }) => topics.length),
  subscribes: "any",
});

export const unsubscribe = defineMessage({
  type: "unsubscribe",
  dialect: "community",
  doc: "Ends subscriptions. Topics that aren't subscribed to are passed over, and so is `self`, which can't be ended.",
  may: "anyone",
  request: Topics,
  reply: Type.Object({}),
  errors: [],
  cost: costByCount(Topics, { base: 2, items: 20, what: "topics" }, ({ topics }) => topics.length),
});

export const message_messages = [
  getMessageChunk,
  getMessage,
  addMessage,
  updateMessage,
  deleteMessage,
  addReaction,
  removeReaction,
  searchMessages,
  typing,
  markRead,
  getReadState,
  getMentions,
  subscribe,
  unsubscribe,
] as const;
