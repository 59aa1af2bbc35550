// A conversation, alive: a room as a server's is, with one channel in which all members may the same. It owns the order
// of what is said there and who listens; who is in it changes through it alone, but for ends of accounts. It keeps
// nothing of what the conversation shows, nor in whose list it is: these are read when they are needed.

import type { SaidMessage } from "../../../db/queries/conversation-messages.ts";
import type { StandingConversation } from "../../../db/queries/conversations.ts";
import type { LoadedServer } from "../../../db/queries/rooms.ts";
import type { SelfSeq } from "../../../db/queries/self-topics.ts";
import { conversation_rules } from "../../../domain/conversations.ts";
import { over } from "../../../domain/lazily.ts";
import type { Message } from "../../../protocol/community/entities.ts";
import type { EventData, EventType } from "../../../protocol/community/events.ts";
import type { Commit } from "../../commit/commit.ts";
import type { PlannedRows } from "../plan.ts";
import { Room, type RoomDependencies } from "../room.ts";
import { catchUp } from "../self-news.ts";
import { ofConversations } from "./nature.ts";
import { inConversation } from "./said.ts";

type Store = RoomDependencies["store"];

export class ConversationRoom extends Room {
  readonly channel_id: number;
  readonly #member_ids: Set<number>;

  constructor(on: Omit<RoomDependencies, "nature">, conversation: StandingConversation) {
    const member_ids = new Set(conversation.members.map(({ user_id }) => user_id));
    const { id } = conversation;
    const store = storeOf(on.store, id);
    super({ ...on, store, commit: commitIn(on, id, member_ids), nature: ofConversations }, structureOf(conversation));
    this.channel_id = conversation.channel_id;
    this.#member_ids = member_ids;
  }

  override apply(rows: PlannedRows, seq: number): void {
    super.apply(rows, seq);
    for (const { user_id } of rows.members ?? []) this.#member_ids.add(user_id);
    for (const { user_id } of rows.left_members ?? []) {
      this.#member_ids.delete(user_id);
      this.subscribers.dropUser(user_id);
    }
  }

  /** All that others wrote of who is in it. It must be alone among changes. */
  async takeInDepartures(): Promise<void> {
    const standing = await this.on.store.conversations.load(this.id);
    const present = new Set(standing?.members.map(({ user_id }) => user_id));
    const left = [...this.#member_ids].filter((user_id) => !present.has(user_id));
    const seq = standing?.seq ?? this.on.ids.next();
    if (left.length > 0) this.apply({ left_members: left.map((user_id) => ({ user_id, seq })) }, seq);
  }

  /** Their own topics are read and told as far as they are stored. */
  catchUp(...also: number[]): void {
    catchUp(this.on.actors, [...this.#member_ids, ...also]);
  }

  /** Rows in these own topics were written. */
  written(self: readonly SelfSeq[]): void {
    this.on.actors.tell("presence", "conversation_written", { self });
  }

  override tellChannel<Name extends EventType>(type: Name, channel_id: number, seq: number, data: EventData<Name>) {
    super.tellChannel(
      type,
      channel_id,
      seq,
      type === "message_added" ? (inConversation(data as Message) as typeof data) : data,
    );
  }
}

/** As a server with one channel, in which the default role is all that anybody has. */
function structureOf({ id, kind, channel_id, created_at, seq, members }: StandingConversation): LoadedServer {
  const blank = { name: "", description: null, position: 0, overwrites: [], seq };
  return {
    server: {
      ...{ id, name: "", image: null, description: null, owner_id: 0, default_role_id: id, locked_at: null },
      ...{ joins: "open", num_members: members.length, created_at, seq },
    },
    roles: [{ id, name: "everyone", color: null, rules: conversation_rules[kind], position: 0, seq }],
    categories: [],
    channels: [{ ...blank, id: channel_id, category_id: null, slow_mode_s: 0 }],
    last_seq: seq,
  };
}

/** The store in which members are those of the conversation, and its messages are written as such. */
function storeOf(store: Store, id: number): Store {
  const { conversations, conversationMessages, rooms, friendships } = store;
  const { mark, ...writes } = conversationMessages;
  return over(store, {
    rooms: {
      ...rooms,
      member: conversations.member,
      members: async ({ user_ids = [] }) =>
        (await conversations.members(id)).filter(({ user_id }) => user_ids.includes(user_id)),
      serverOf: (_, channel_id) => conversations.ofChannel(channel_id),
    },
    messages: { ...store.messages, ...writes },
    readStates: { ...store.readStates, mark },
    friendships: {
      ...friendships,
      // Whom it reaches as a request, it mentions as little.
      blockersOf: async (user_id, ids) =>
        (await Promise.all([friendships.blockersOf(user_id, ids), conversations.unreached(id, user_id)])).flat(),
    },
  });
}

/** Has the members hear, on their own topics, of what was said; and catch up where nobody knows what was. */
function commitIn(
  { actors, commit }: Pick<RoomDependencies, "actors" | "commit">,
  id: number,
  member_ids: Set<number>,
) {
  const committing: Commit = (owner, change) =>
    commit(owner, {
      ...change,
      unsure() {
        change.unsure?.();
        catchUp(actors, [...member_ids]);
      },
      answer(stored, seq) {
        change.answer(stored, seq);
        const { added, heard } = { ...(stored as Partial<SaidMessage>) };
        const said = { conversation_id: id, last_message_id: seq, heard: heard ?? [] };
        if (added) actors.tell("presence", "conversation_said", said);
        // Messages went because of their age, or with who wrote them.
        if (Array.isArray(stored)) catchUp(actors, [...member_ids]);
      },
    });
  return committing;
}
