// The statements that writes of conversations are made of, worded once: guards, what begins and changes one, what comes
// into a list and leaves it, and what purge takes.

import { and, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { ConversationKind } from "../../domain/conversations.ts";
import { type Access, given, template } from "../engine/query.ts";
import { messages, read_states } from "../schema/community.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { areFriends, hasRoomForConversation, mayOpenWith } from "./conversation-standing.ts";
import { guard, isAlive, ownsUpload } from "./guards.ts";
import { greatestSelfSeq, nextSelfSeq } from "./self-topics.ts";
import { refersTo } from "./uploads.ts";

export type NewConversation = {
  id: number;
  channel_id: number;
  seq: number;
  now: number;
};

export type ConversationArrival = {
  id: number;
  user_id: number;
  added_by: number;
  known_seq: number;
  seq: number;
  now: number;
};

export type OwnConversation = { id: number; user_id: number; seq: number };

export function conversationStatements(reads: Access["reads"]) {
  return {
    guards: guardStatements(reads),
    put: { ...openingStatements(reads), ...groupStatements(reads), ...listStatements(reads) },
    before: beforeStatements(reads),
    purge: purgeStatement(reads),
  };
}

const user = given<number>("user_id");
const id = given<number>("id");
const seq = given<number>("seq");
const now = given<number>("now");
const asked = sql`asked.value`;

function guardStatements(reads: Access["reads"]) {
  const [peer, adder] = [given<number>("peer_id"), given<number>("added_by")];
  const listed = sql`exists (select 1 from ${conversations} as direct
    join ${conversation_members} as own on own.conversation_id = direct.id and own.user_id = ${user}
    where direct.pair = ${given("pair")} and own.is_hidden = 0 and own.state = 'open')`;
  const everyOne = (condition: SQL) =>
    sql`not exists (select 1 from json_each(${sql.placeholder("ids")}) as asked where not (${condition}))`;
  const owner = given<number>("owner_id");
  return {
    opening: guard<{ user_id: number; peer_id: number; pair: string; has_it: number }>(
      reads,
      and(
        isAlive(user),
        sql`(${given("has_it")} = 1 or (${isAlive(peer)} and ${mayOpenWith(user, peer)}))`,
        sql`(${listed} or ${hasRoomForConversation(user)})`,
      ),
    ),
    group: guard<{ owner_id: number; ids: string }>(
      reads,
      and(
        isAlive(owner),
        hasRoomForConversation(owner),
        everyOne(sql`${areFriends(owner, asked)} and ${hasRoomForConversation(asked)}`),
      ),
    ),
    arrival: guard<{ user_id: number; added_by: number }>(
      reads,
      and(areFriends(adder, user), hasRoomForConversation(user)),
    ),
    unchanged: guard<{ id: number; known_seq: number }>(
      reads,
      sql`exists (select 1 from ${conversations} where ${and(
        eq(conversations.id, id),
        eq(conversations.seq, given("known_seq")),
        isNull(conversations.deleted_at),
      )})`,
    ),
    picture: guard<{ user_id: number; upload_id: number }>(reads, ownsUpload(user, given("upload_id"))),
  };
}

/** How far own topics go, before rows of theirs are numbered. */
function beforeStatements(reads: Access["reads"]) {
  const row = sql`${conversation_members}.user_id`;
  const ofRows = (condition: SQL | undefined) =>
    reads
      .select({ user_id: conversation_members.user_id, seq: greatestSelfSeq(row) })
      .from(conversation_members)
      .where(condition);
  return {
    one: template<{ user_id: number }>(
      reads.select({ user_id: sql`${user}`.as("user_id"), seq: greatestSelfSeq(user) }).from(sql`(select 1)`),
    ),
    these: template<{ ids: string }>(
      reads
        .select({ user_id: sql`asked.value`.as("user_id"), seq: greatestSelfSeq(asked) })
        .from(sql`json_each(${sql.placeholder("ids")}) as asked`),
    ),
    members: template<{ id: number }>(ofRows(isMemberOf(id))),
    expiring: template<{ before: number; limit: number }>(ofRows(sql`${conversation_members}.rowid in ${expiring}`)),
  };
}

const isMemberOf = (conversation: SQL) =>
  and(eq(conversation_members.conversation_id, conversation), isNull(conversation_members.left_at));

const expiring = sql`(select rowid from ${conversation_members}
  where state = 'request' and requested_at < ${given("before")} order by requested_at limit ${sql.placeholder("limit")})`;

/** Of the row at hand. */
const nextOfRow = nextSelfSeq(sql`${conversation_members.user_id}`, seq);
export const numbered = { user_id: conversation_members.user_id, seq: conversation_members.seq };

type Opened = NewConversation & { pair: string; user_id: number; peer_id: number };
type Founded = NewConversation & { owner_id: number; ids: string };

function openingStatements(reads: Access["reads"]) {
  const pair = given<string>("pair");
  const insert = (kind: ConversationKind, of: Record<"pair" | "name" | "owner_id", SQL>) =>
    reads.insert(conversations).select(
      sql`select ${id}, ${sql.raw(`'${kind}'`)}, ${given("channel_id")}, ${of.pair}, ${of.name}, null, ${of.owner_id},
        ${now}, ${seq}, null where true`,
    );
  const nothing = sql`null`;
  const ofPair = sql`(select id from ${conversations} where pair = ${pair})`;
  return {
    direct: template<Opened>(insert("direct", { pair, name: nothing, owner_id: nothing }).onConflictDoNothing()),
    pair: template<Opened>(
      reads
        .insert(conversation_members)
        .select(
          sql`select direct.id, asked.value, 'unseen', 1, ${now}, ${user}, '[]', null, null, 0, 0, ${seq}
            from ${conversations} as direct, json_each(json_array(${user}, ${given("peer_id")})) as asked
            where direct.pair = ${pair}`,
        )
        .onConflictDoNothing(),
    ),
    shown: template<Opened>(
      reads
        .update(conversation_members)
        .set({
          is_hidden: false,
          state: "open",
          added_seq: sql`case ${conversation_members.is_hidden} when 0 then ${conversation_members.added_seq}
            else ${nextOfRow} end`,
          seq: nextOfRow,
        })
        .where(
          and(
            sql`${conversation_members.conversation_id} = ${ofPair}`,
            eq(conversation_members.user_id, user),
            sql`(${conversation_members.is_hidden} = 1 or ${conversation_members.state} <> 'open')`,
          ),
        )
        .returning(numbered),
    ),
    group: template<Founded & { name: string | null }>(
      insert("group", { pair: nothing, name: given("name"), owner_id: given("owner_id") }),
    ),
    members: template<Founded>(
      reads
        .insert(conversation_members)
        .select(
          sql`select ${id}, numbered.user_id, 'open', 0, ${now}, ${given("owner_id")}, '[]', null, null,
            numbered.seq, numbered.seq, ${seq}
            from (select value as user_id, ${nextSelfSeq(sql`value`, seq)} as seq
              from json_each(${sql.placeholder("ids")}) limit -1) as numbered where true`,
        )
        .returning(numbered),
    ),
  };
}

function groupStatements(reads: Access["reads"]) {
  const thisOne = eq(conversations.id, id);
  return {
    look: template<{ id: number; name: string | null; image: string | null; seq: number }>(
      reads
        .update(conversations)
        .set({ name: given("name"), image: given("image"), seq })
        .where(thisOne),
    ),
    seq: template<{ id: number; seq: number }>(reads.update(conversations).set({ seq }).where(thisOne)),
    owner: template<{ id: number; owner_id: number | null; seq: number; deleted_at: number | null }>(
      reads
        .update(conversations)
        .set({ owner_id: given("owner_id"), deleted_at: given("deleted_at"), seq })
        .where(thisOne),
    ),
    reference: template<{ id: number; upload_id: number }>(
      refersTo(reads, { upload_id: given("upload_id"), kind: "conversation", owner_id: id }),
    ),
    /** Numbers the row of each who has it in their list. */
    told: template<{ id: number; seq: number }>(
      reads
        .update(conversation_members)
        .set({ seq: nextOfRow })
        .where(and(isMemberOf(id), sql`${conversation_members.is_hidden} = 0`))
        .returning(numbered),
    ),
    /** Who comes again keeps by whose hands they won't. */
    member: template<ConversationArrival>(
      reads
        .insert(conversation_members)
        .select(sql`select ${id}, ${user}, 'open', 0, ${now}, ${given("added_by")}, '[]', null, null, 0, 0, ${seq}
          where true`)
        .onConflictDoUpdate({
          target: [conversation_members.conversation_id, conversation_members.user_id],
          set: {
            ...{ state: "open", is_hidden: false, joined_at: now, joined_seq: seq, left_at: null },
            added_by: given("added_by"),
          },
        }),
    ),
    appeared: template<{ id: number; user_id: number }>(
      reads
        .update(conversation_members)
        .set({ added_seq: sql`${conversation_members.seq}` })
        .where(and(eq(conversation_members.conversation_id, id), eq(conversation_members.user_id, user))),
    ),
    left: template<{ id: number; user_id: number; seq: number; now: number; refused: string }>(
      reads
        .update(conversation_members)
        .set({ left_at: now, is_hidden: true, refused: given("refused"), seq: nextOfRow })
        .where(and(isMemberOf(id), eq(conversation_members.user_id, user)))
        .returning(numbered),
    ),
  };
}

function listStatements(reads: Access["reads"]) {
  const own = and(isMemberOf(id), eq(conversation_members.user_id, user));
  return {
    hidden: template<OwnConversation>(
      reads
        .update(conversation_members)
        .set({ is_hidden: true, seq: nextOfRow })
        .where(and(own, sql`${conversation_members.is_hidden} = 0`))
        .returning(numbered),
    ),
    accepted: template<OwnConversation>(
      reads
        .update(conversation_members)
        .set({ state: "open", seq: nextOfRow })
        .where(and(own, sql`${conversation_members.is_hidden} = 0`, eq(conversation_members.state, "request")))
        .returning(numbered),
    ),
    expired: template<{ before: number; limit: number; seq: number }>(
      reads
        .update(conversation_members)
        .set({ state: "unseen", is_hidden: true, seq: nextOfRow })
        .where(sql`${conversation_members}.rowid in ${expiring}`)
        .returning(numbered),
    ),
  };
}

function purgeStatement(reads: Access["reads"]) {
  const doomed = reads
    .select({ id: messages.id })
    .from(conversations)
    .innerJoin(messages, eq(messages.channel_id, conversations.channel_id))
    .where(sql`${conversations.deleted_at} is not null`)
    .limit(sql.placeholder("limit"));
  const marks = sql`select ${read_states}.rowid from ${conversations} join ${read_states}
    on ${read_states}.channel_id = ${conversations}.channel_id
    where ${conversations}.deleted_at is not null limit ${sql.placeholder("limit")}`;
  return [
    template<{ limit: number }>(reads.delete(messages).where(inArray(messages.id, doomed))),
    template<{ limit: number }>(reads.delete(read_states).where(sql`${read_states}.rowid in (${marks})`)),
  ];
}
