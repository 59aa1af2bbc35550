// Conversations: people without a server. Opening and closing them, who is in one, and what a group shows.

import { limits } from "../../domain/limits.ts";
import { costByCount, defineMessage, Id, nullable } from "../message.ts";
import { Type } from "../schema.ts";
import { Amount, Anchor, Conversation, Image, Nonce, Seq, ServerName } from "./entities.ts";

const ConversationReply = Type.Object({ conversation: Conversation });
const OpenConversation = Type.Object({
  user_ids: Type.Array(Id, { minItems: 1, maxItems: limits.conversation_members - 1 }),
  name: Type.Optional(ServerName),
  nonce: Type.Optional(Nonce),
});

export const openConversation = defineMessage({
  type: "open_conversation",
  dialect: "community",
  doc: `Opens a conversation. With one other: the conversation of the two, the same for ever, whoever opens it, also when both do at once; the other hears of it with the first message. Who once had it may open it again whatever has come between. With several: a new group of at most ${limits.conversation_members}, with \`nonce\` made once; \`conflict\` when one left it since. Opening what was a request accepts it. At most ${limits.conversations_per_user} in one's list, requests aside. \`seq\` is that of the topic \`self\`.`,
  may: "anyone: with one friend, or one who lets strangers write and, unless that is everyone, shares a server; with several friends",
  request: OpenConversation,
  reply: Type.Object({ conversation: Conversation, seq: Seq }),
  errors: ["not_found", "forbidden", "blocked", "conflict", "limit_reached"],
  cost: costByCount(OpenConversation, { base: 10, items: 1, what: "users" }, ({ user_ids }) => user_ids.length),
  tells: "In whose list it comes: `conversation_added`; where it was a request there: `conversation_changed`.",
  people_only: true,
});

export const getConversations = defineMessage({
  type: "get_conversations",
  dialect: "community",
  doc: "A page of one's conversations, requests among them, latest activity first. `anchor: 0` begins, `next_anchor: null` ends; it is the last entry's `last_message_id`, or where nothing was said in that, its `id`. `seq` is that of the topic `self`.",
  may: "anyone",
  request: Type.Object({ amount: Amount, anchor: Anchor }),
  reply: Type.Object({ conversations: Type.Array(Conversation), next_anchor: nullable(Anchor), seq: Seq }),
  errors: [],
  cost: 5,
});

export const closeConversation = defineMessage({
  type: "close_conversation",
  dialect: "community",
  doc: "Takes a conversation out of one's list until something is said in it. What is there stays.",
  may: "members",
  request: Type.Object({ conversation_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found"],
  cost: 3,
  room: ["conversation_id"],
  tells: "Oneself: `conversation_deleted`.",
});

export const updateConversation = defineMessage({
  type: "update_conversation",
  dialect: "community",
  doc: "Changes what a group shows; `null` clears a value. A picture is an `https:` URL, or the URL of an upload of one's own. `state: \"open\"` accepts a stranger's request.",
  may: "members of a group; whoever got a request",
  request: Type.Object({
    conversation_id: Id,
    changes: Type.Object({
      name: Type.Optional(nullable(ServerName)),
      image: Type.Optional(nullable(Image)),
      state: Type.Optional(Type.Literal("open")),
    }),
  }),
  reply: ConversationReply,
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["conversation_id"],
  tells: "Each member who has it in their list: `conversation_changed`; of a request, oneself alone.",
});

export const addConversationMember = defineMessage({
  type: "add_conversation_member",
  dialect: "community",
  doc: "Brings a friend of one's own into a group; who is in it already changes nothing. Who left it isn't brought in by the same hand again.",
  may: "members of a group, their friends",
  request: Type.Object({ conversation_id: Id, user_id: Id }),
  reply: ConversationReply,
  errors: ["not_found", "forbidden", "limit_reached"],
  cost: 5,
  room: ["conversation_id"],
  tells: "Each member who has it in their list: `conversation_changed`; the newcomer: `conversation_added`.",
});

export const removeConversationMember = defineMessage({
  type: "remove_conversation_member",
  dialect: "community",
  doc: "Takes somebody out of a group, or oneself. When its owner goes, it passes to the longest-serving member.",
  may: "members of a group, of themselves; its owner, of everybody",
  request: Type.Object({ conversation_id: Id, user_id: Id }),
  reply: Type.Object({}),
  errors: ["not_found", "forbidden"],
  cost: 5,
  room: ["conversation_id"],
  tells: "Each member who has it in their list: `conversation_changed`; who is gone: `conversation_deleted`.",
});

export const conversation_messages = [
  openConversation,
  getConversations,
  closeConversation,
  updateConversation,
  addConversationMember,
  removeConversationMember,
] as const;
