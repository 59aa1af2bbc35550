// What the end of an account ends of conversations, in its own transaction: the user is in none any more, groups pass to
// the longest-serving, and in whom nobody is left ends. In a direct conversation the other keeps what was said.

import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { Statement, StatementResult } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { greatestSelfSeq, nextSelfSeq, type SelfSeq, selfSeqs } from "./self-topics.ts";

type End = { id: number; seq: number; now: number };

export interface EndedConversations {
  /** Those who had a conversation with the user in their list, and where that stands in their own topics. */
  partners: SelfSeq[];
  conversation_ids: number[];
}

/** The statements, of which the last but two gives back how far the partners' topics went, then come these and the ids. */
export function endConversations(reads: Access["reads"]): ((end: End) => Statement)[] {
  const [id, seq, now] = [given<number>("id"), given<number>("seq"), given<number>("now")];
  const theirs = sql`(select conversation_id from ${conversation_members} where user_id = ${id} and left_at is null)`;
  const others = sql`select one.user_id from ${conversation_members} as one
    where one.conversation_id = ${conversations}.id and one.user_id <> ${id} and one.left_at is null
    order by one.joined_at, one.user_id limit 1`;
  const partners = and(
    sql`${conversation_members.conversation_id} in ${theirs}`,
    ne(conversation_members.user_id, id),
    isNull(conversation_members.left_at),
    sql`${conversation_members.is_hidden} = 0`,
  );
  const user_id = conversation_members.user_id;
  return [
    template<End>(
      reads
        .update(conversations)
        .set({
          owner_id: sql`case ${conversations.owner_id} when ${id} then (${others}) else ${conversations.owner_id} end`,
          deleted_at: sql`case when exists (${others}) then null else ${now} end`,
          seq: sql`max(${seq}, ${conversations.seq} + 1)`,
        })
        .where(sql`${conversations.id} in ${theirs}`),
    ),
    template<End>(
      reads
        .select({ user_id, seq: greatestSelfSeq(sql`${conversation_members}.user_id`) })
        .from(conversation_members)
        .where(partners),
    ),
    template<End>(
      reads
        .update(conversation_members)
        .set({ seq: nextSelfSeq(sql`${user_id}`, seq) })
        .where(partners)
        .returning({ user_id, seq: conversation_members.seq }),
    ),
    template<End>(
      reads
        .update(conversation_members)
        .set({ left_at: now, is_hidden: true })
        .where(and(eq(user_id, id), isNull(conversation_members.left_at)))
        .returning({ conversation_id: conversation_members.conversation_id }),
    ),
  ];
}

/** Reads the results of these statements. */
export function endedConversations(results: readonly StatementResult[]): EndedConversations {
  const [before, numbered, left] = results.slice(1);
  const conversation_ids = (left?.rows ?? []).map(([conversation_id]) => Number(conversation_id));
  return { partners: selfSeqs(before, numbered), conversation_ids };
}

export function conversationEndsOf({ reads }: Access) {
  const left = reads
    .select({ conversation_id: conversation_members.conversation_id })
    .from(conversation_members)
    .where(and(eq(conversation_members.user_id, given("id")), eq(conversation_members.left_at, given("now"))))
    .prepare();
  const partners = reads
    .selectDistinct({ user_id: conversation_members.user_id })
    .from(conversation_members)
    .where(
      and(
        sql`${conversation_members.conversation_id} in (
          select conversation_id from ${conversation_members} where user_id = ${given("id")}
        )`,
        ne(conversation_members.user_id, given("id")),
        isNull(conversation_members.left_at),
      ),
    )
    .prepare();
  return {
    /** Those that the user left at this moment, which was that of their account's end. */
    async leftAt(id: number, now: number): Promise<number[]> {
      return (await read(left.all({ id, now }))).map((row) => row.conversation_id);
    },
    /** All who are in a conversation that the user is or was in. */
    async partnersOf(id: number): Promise<number[]> {
      return (await read(partners.all({ id }))).map((row) => row.user_id);
    },
  };
}
