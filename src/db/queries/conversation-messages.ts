// Messages of conversations: written as those of servers are, where the author may talk to the others. What is said
// brings the conversation to the top of each member's list, and into the lists that it isn't in, in the same job.

import { and, eq, isNull, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import type { ConversationState } from "../../domain/conversations.ts";
import type { StatementResult } from "../engine/driver.ts";
import { type Access, given, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { messages } from "../schema/community.ts";
import { conversation_members } from "../schema/conversations.ts";
import { type Buried, burialsOf } from "./burials.ts";
import { areFriends, isInConversation, isRequestTooMany, isUnwanted, mayTalkIn } from "./conversation-standing.ts";
import { pinWritesOf } from "./message-pins.ts";
import { type MessageRemoval, type MessageWrites, messageWritesOf, type Surroundings } from "./message-writes.ts";
import { readMarksOf } from "./read-states.ts";
import { greatestSelfSeq, nextSelfSeq, type SelfSeq, selfSeqs } from "./self-topics.ts";

/** A member in whose list the conversation is now at the top; `is_new`: where it wasn't in the list. */
export type HeardBy = SelfSeq & { state: ConversationState; is_new: boolean };

/** `heard` is empty where that was found out later: then nobody can tell what was told before. */
export interface SaidMessage {
  added: boolean;
  heard: HeardBy[];
}

const in_conversations: Surroundings = {
  mayAdd: ({ place, author, channel }) => ({
    holds: sql`(${mayTalkIn(place, author)} and not ${isUnwanted(place, author)} and not ${isRequestTooMany(place, author)}
      and exists (select 1 from conversations where id = ${place} and channel_id = ${channel}))`,
  }),
  mayChange: mayTalkIn,
  isIn: isInConversation,
};

export type ConversationMessages = ReturnType<typeof conversationMessagesOf>;

export function conversationMessagesOf(access: Access) {
  const { reads } = access;
  const burials = burialsOf(access);
  const writes: MessageWrites = messageWritesOf({ reads }, in_conversations);
  const said = saidStatements(reads);
  return {
    ...writes,
    ...readMarksOf(reads, isInConversation),
    ...pinWritesOf(reads, in_conversations),
    /** As in a server; besides where the other is blocked, gone, or takes no first message, or not one more. */
    add(message: ChatMessage, here: readonly number[] | null = null): Write<SaidMessage> {
      const { job, stored, find } = writes.add(message, here);
      const { id, server_id: conversation_id, author_id, created_at: now } = message;
      return {
        job: [...job, said.before({ conversation_id }), said.heard({ id, conversation_id, author_id, now })],
        stored: (results) => ({ ...stored(results), heard: heardOf(results[job.length], results[job.length + 1]) }),
        find: async () => ((await find())?.added ? { added: true, heard: [] } : null),
      };
    },
    /** As in a server; what is the last message may be another one then. */
    bury(rows: readonly Buried[], now: number): Write<Buried[]> {
      const write = burials.bury(rows, now);
      const [first] = rows;
      if (!first) return write;
      return {
        ...write,
        job: [...write.job, said.unsaid({ id: first.id, seq: Math.max(...rows.map(({ seq }) => seq)) })],
      };
    },
    /** The same. */
    remove(removal: MessageRemoval): Write<boolean> {
      const write = writes.remove(removal);
      return { ...write, job: [...write.job, said.unsaid({ id: removal.id, seq: removal.seq })] };
    },
  };
}

function heardOf(before: StatementResult | undefined, heard: StatementResult | undefined): HeardBy[] {
  const rows = heard?.rows ?? [];
  return selfSeqs(before, heard).map((self, at) => ({
    ...self,
    state: rows[at]?.[2] as ConversationState,
    is_new: rows[at]?.[3] === 1,
  }));
}

function saidStatements(reads: Access["reads"]) {
  const { user_id, state, is_hidden, added_seq, seq, left_at, requested_at } = conversation_members;
  const author = given<number>("author_id");
  const present = (conversation: ReturnType<typeof given>) =>
    and(eq(conversation_members.conversation_id, conversation), isNull(left_at));
  const next = (after: ReturnType<typeof given<number>>) => nextSelfSeq(sql`${user_id}`, after);
  const is_request = sql`${user_id} <> ${author} and not ${areFriends(author, sql`${user_id}`)}`;
  const id = given<number>("id");
  const removed = sql`(select server_id from ${messages} where id = ${id})`;
  return {
    before: template<{ conversation_id: number }>(
      reads
        .select({ user_id, seq: greatestSelfSeq(sql`${conversation_members}.user_id`) })
        .from(conversation_members)
        .where(present(given("conversation_id"))),
    ),
    /** Who writes has accepted a request; whom it reaches first, and isn't the author's friend, gets one. */
    heard: template<{ id: number; conversation_id: number; author_id: number; now: number }>(
      reads
        .update(conversation_members)
        .set({
          state: sql`case when ${user_id} = ${author} then 'open' when ${state} <> 'unseen' then ${state}
            when ${is_request} then 'request' else 'open' end`,
          requested_at: sql`case when ${is_hidden} = 1 and ${state} <> 'open' and ${is_request} then ${given("now")}
            else ${requested_at} end`,
          is_hidden: false,
          added_seq: sql`case ${is_hidden} when 1 then ${next(id)} else ${added_seq} end`,
          seq: next(id),
        })
        .where(
          and(present(given("conversation_id")), sql`exists (select 1 from ${messages} where ${messages.id} = ${id})`),
        )
        .returning({ user_id, seq, state, is_new: sql`${added_seq} = ${seq}` }),
    ),
    unsaid: template<{ id: number; seq: number }>(
      reads
        .update(conversation_members)
        .set({ seq: next(given("seq")) })
        .where(
          and(
            sql`${conversation_members.conversation_id} = ${removed}`,
            isNull(left_at),
            sql`${is_hidden} = 0`,
            sql`changes() > 0`,
          ),
        ),
    ),
  };
}
