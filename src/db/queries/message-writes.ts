// Writes of messages and reactions, each call one job. New messages share one statement, in which each row is judged.
// A deleted message stays as an empty tombstone. What is written is in the search's index in the same transaction.
// Must not write what else derives from a message: mentions and references to uploads are the triggers'.

import { and, eq, type SQL, sql } from "drizzle-orm";
import type { ChatMessage } from "../../domain/community.ts";
import type { SqlValue } from "../engine/driver.ts";
import { mergeable } from "../engine/mergeable.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { messages, reactions } from "../schema/community.ts";
import { nothing_left } from "./burials.ts";
import { isMember } from "./guards.ts";
import { jsonRows, storableText } from "./json-rows.ts";
import { indexingOver } from "./message-index.ts";
import { isLive } from "./message-rows.ts";
import { additionOf, findingLeftOut, insertUnderNonce, rowOf, type Standing, was_added } from "./new-messages.ts";

export interface MessageEdit {
  id: number;
  author_id: number;
  content: string;
  edited_at: number;
  mentions: readonly number[];
  mentions_everyone: boolean;
  mention_roles: readonly number[];
  /** Whether those who were there when it was written stay mentioned. */
  mentions_here: boolean;
  seq: number;
}

export interface MessageRemoval {
  id: number;
  /** Who deletes it. */
  user_id: number;
  seq: number;
  now: number;
}

export interface ReactionRemoval {
  message_id: number;
  emoji: string;
  user_id: number;
  seq: number;
}

export type NewReaction = ReactionRemoval & { created_at: number };

/** Where messages are said: in servers, or in conversations, whose ids stand in the same column. */
export interface Surroundings {
  /** The author may say something in the channel, which is in the place. */
  mayAdd(of: { place: SQL; author: SQL; channel: SQL }): Standing;
  /** The user may change what is said there, or react to it. */
  mayChange(place: SQL, user: SQL): SQL;
  isIn(place: SQL, user: SQL): SQL;
}

const in_servers: Surroundings = {
  // Not by `exists`, for which SQLite would open both tables anew for each row.
  mayAdd: ({ place, author, channel }) => ({
    joined: sql`cross join members cross join channels`,
    holds: sql`members.server_id = ${place} and members.user_id = ${author} and members.left_at is null
      and channels.id = ${channel} and channels.deleted_at is null`,
    same: { server_id: sql`members.server_id`, author_id: sql`members.user_id`, channel_id: sql`channels.id` },
  }),
  mayChange: isMember,
  isIn: isMember,
};

export type MessageWrites = ReturnType<typeof messageWritesOf>;

export function messageWritesOf({ reads }: Pick<Access, "reads">, where: Surroundings = in_servers) {
  const seqOf = reads
    .select({ seq: messages.seq })
    .from(messages)
    .where(eq(messages.id, given("id")))
    .prepare();
  const insert = mergeable(insertNew(reads, where, false).toSQL().sql, { by_id: true });
  const insertAttaching = mergeable(insertNew(reads, where, true).toSQL().sql, { by_id: true });
  const index = indexingOver(reads);
  const changes = changeStatements(reads, where);
  const reacting = reactionStatements(reads, where);
  return {
    /**
     * Comes to whether it was added: not where the author has used the nonce in the channel before, is no member any
     * more, the channel has gone, or an upload has. The writer adds many at once.
     * `here`: whom it mentions because they are there.
     */
    add(message: ChatMessage, here: readonly number[] | null = null): Write<{ added: boolean }> {
      const content = storableText(message.content);
      const rows = jsonRows([rowOf(content, message, here)]);
      return {
        job: [
          message.attachments.length === 0 ? insert(rows) : insertAttaching(rows),
          findingLeftOut(message.id),
          index.added(message.id, content),
        ],
        stored: ([, left_out]) => additionOf(message.id, left_out),
        find: async () => ((await read(seqOf.get({ id: message.id }))) ? was_added : null),
      };
    },
    /** Comes to false, and nothing is changed, where the message is not there any more, or its author is no member. */
    edit({ mentions, mentions_everyone, mention_roles, mentions_here, content, ...edit }: MessageEdit): Write<boolean> {
      const values = {
        ...{ content: storableText(content), mentions: JSON.stringify(mentions) },
        ...{ mention_roles: JSON.stringify(mention_roles), mentions_here: mentions_here ? 1 : 0 },
      };
      return {
        job: [
          changes.edit({ ...edit, ...values, mentions_everyone: mentions_everyone ? 1 : 0 }),
          index.edited(edit.id, edit.seq, values.content),
        ],
        stored: ([edited]) => edited?.changes === 1,
        find: () => hasSeq(edit),
      };
    },
    /** Leaves a tombstone; comes to false where the message is not there any more, or its deleter is no member. */
    remove(removal: MessageRemoval): Write<boolean> {
      return {
        job: [changes.remove({ ...removal })],
        stored: ([removed]) => removed?.changes === 1,
        find: () => hasSeq(removal),
      };
    },
    /** Comes to false where the reaction is there already, the message is not any more, or the user is no member. */
    addReaction({ created_at, seq, ...reaction }: NewReaction): Write<boolean> {
      const of = { ...reaction, emoji: storableText(reaction.emoji) };
      return {
        job: [reacting.add({ ...of, created_at }), reacting.bump({ id: of.message_id, seq })],
        stored: ([added]) => added?.changes === 1,
        find: () => hasSeq({ id: of.message_id, seq }),
      };
    },
    /** Comes to false where there is no such reaction. */
    removeReaction({ seq, ...reaction }: ReactionRemoval): Write<boolean> {
      const of = { ...reaction, emoji: storableText(reaction.emoji) };
      return {
        job: [reacting.remove(of), reacting.bump({ id: of.message_id, seq })],
        stored: ([removed]) => removed?.changes === 1,
        find: () => hasSeq({ id: of.message_id, seq }),
      };
    },
  };

  /** Each change gives the message a seq of its own. */
  async function hasSeq({ id, seq }: { id: number; seq: number }): Promise<true | null> {
    return (await read(seqOf.get({ id })))?.seq === seq ? true : null;
  }
}

/** Leaves out rows whose nonce is taken, whose author is no member, or whose channel or uploads have gone. */
function insertNew(reads: Access["reads"], { mayAdd }: Surroundings, is_attaching: boolean) {
  return insertUnderNonce(reads, ({ server_id, author_id, channel_id, attachments }) => {
    const standing = mayAdd({ place: server_id, author: author_id, channel: channel_id });
    const attached = sql`not exists (
      select 1 from json_each(${attachments}) as attachment
      where not exists (select 1 from uploads where id = attachment.value ->> 'id' and user_id = ${author_id})
    )`;
    return is_attaching ? { ...standing, holds: sql`${standing.holds} and ${attached}` } : standing;
  });
}

type Edited = {
  id: number;
  author_id: number;
  content: string;
  mentions: string;
  mentions_everyone: number;
  mention_roles: string;
  mentions_here: number;
  edited_at: number;
  seq: number;
};

function changeStatements(reads: Access["reads"], { mayChange, isIn }: Surroundings) {
  const thisOne = and(eq(messages.id, given("id")), isLive);
  const seq = given<number>("seq");
  return {
    edit: template<Edited>(
      reads
        .update(messages)
        .set({
          content: given("content"),
          mentions: given("mentions"),
          mentions_everyone: given("mentions_everyone"),
          mention_roles: given("mention_roles"),
          mentions_here: sql`case when ${given("mentions_here")} then ${messages.mentions_here} end`,
          edited_at: given("edited_at"),
          seq,
        })
        .where(and(thisOne, mayChange(sql`${messages.server_id}`, given("author_id")))),
    ),
    remove: template<MessageRemoval & Record<string, SqlValue>>(
      reads
        .update(messages)
        .set({ ...nothing_left, deleted_at: given("now"), seq })
        .where(and(thisOne, isIn(sql`${messages.server_id}`, given("user_id")))),
    ),
  };
}

type ReactionOf = { message_id: number; emoji: string; user_id: number };

function reactionStatements(reads: Access["reads"], { mayChange }: Surroundings) {
  const [message_id, emoji, user_id] = [given<number>("message_id"), given<string>("emoji"), given<number>("user_id")];
  const created_at = given<number>("created_at");
  return {
    add: template<ReactionOf & { created_at: number }>(
      reads
        .insert(reactions)
        .select(
          reads
            .select({
              message_id: messages.id,
              emoji: emoji.as("emoji"),
              user_id: user_id.as("user_id"),
              created_at: created_at.as("created_at"),
            })
            .from(messages)
            .where(and(eq(messages.id, message_id), isLive, mayChange(sql`${messages.server_id}`, user_id))),
        )
        .onConflictDoNothing(),
    ),
    remove: template<ReactionOf>(
      reads
        .delete(reactions)
        .where(and(eq(reactions.message_id, message_id), eq(reactions.emoji, emoji), eq(reactions.user_id, user_id))),
    ),
    /** After either of the two, and only where it did something. */
    bump: template<{ id: number; seq: number }>(
      reads
        .update(messages)
        .set({ seq: given("seq") })
        .where(and(eq(messages.id, given("id")), sql`changes() = 1`)),
    ),
  };
}
