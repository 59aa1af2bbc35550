// What a user's `self` topic is made of: friendships, memberships, conversations, how far they have read, what they want
// to be told of, what was done to the account. How far it goes, and what of it changed after a seq, tombstones included.

import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import type { NotificationSetting } from "../../domain/notifications.ts";
import type { Statement, StatementResult } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import { members, read_states, servers } from "../schema/community.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { membership_history } from "../schema/history.ts";
import { notification_settings } from "../schema/notifications.ts";
import { type OperationDoor, operation_entries } from "../schema/operators.ts";
import { type FriendshipState, friendships, type UserStatus, users } from "../schema/people.ts";
import { type ConversationRow, conversationColumns, ofConversation } from "./conversation-columns.ts";

/** `name` is of the peer; the entry last came to be at `added_seq`. */
export interface ChangedFriendship {
  peer_id: number;
  name: string;
  status: UserStatus;
  last_online: number;
  state: FriendshipState;
  added_seq: number;
  seq: number;
}

/** A server the user came into, or is in no more; `came_again`: they had left it since as well. */
export interface ChangedMembership {
  server: { id: number; name: string; image: string | null };
  left: boolean;
  came_again: boolean;
  seq: number;
}

export interface ChangedReadState {
  channel_id: number;
  last_read_id: number;
  seq: number;
}

/** What was done to the account by who runs the server. */
export interface AccountNoticeRow {
  type: string;
  door: OperationDoor;
  created_at: number;
  seq: number;
}

/** As the user has it; `is_gone`: it isn't in their list any more. It last appeared there at `added_seq`. */
export interface ChangedConversation {
  conversation: ConversationRow;
  is_gone: boolean;
  left: boolean;
  added_seq: number;
  seq: number;
}

export type ChangedNotification = NotificationSetting & { seq: number };

/** Each in the order of its `seq`. */
export interface SelfChanges {
  friendships: ChangedFriendship[];
  memberships: ChangedMembership[];
  read_states: ChangedReadState[];
  conversations: ChangedConversation[];
  notifications: ChangedNotification[];
  notices: AccountNoticeRow[];
}

/** What changed up to `seq`; `has_more` where the limit left out what had been stored before it was read. */
export interface ReadSelf {
  seq: number;
  changes: SelfChanges;
  has_more: boolean;
}

/** The greatest seq of the user's own topic, as an expression; also of what ended; 0 where nothing happened. */
export function greatestSelfSeq(user: SQL): SQL<number> {
  // With a name of their own: `user` may be a column of one of these tables, in the statement around.
  const own = [
    friendships.seq,
    members.self_seq,
    read_states.seq,
    operation_entries.told_seq,
    conversation_members.seq,
    notification_settings.seq,
  ];
  const seqs = own.map(
    ({ name, table }) =>
      sql`coalesce((select max(topic.${sql.raw(name)}) from ${table} as topic where topic.user_id = ${user}), 0)`,
  );
  return sql<number>`max(${sql.join(seqs, sql`, `)})`;
}

/** A row of somebody's own topic, numbered `seq`. `after` was the greatest number before it; null where unknown. */
export interface SelfSeq {
  user_id: number;
  seq: number;
  after: number | null;
}

/** Words the statement that gives how far the own topics of these users go. It stands before those that number rows. */
export function selfBefore(reads: Access["reads"]): (user_ids: readonly number[]) => Statement {
  const user = sql`asked.value`;
  const select = reads
    .select({ user_id: sql`${user}`, seq: greatestSelfSeq(user) })
    .from(sql`json_each(${sql.placeholder("ids")}) as asked`);
  const before = template<{ ids: string }>(select);
  return (user_ids) => before({ ids: JSON.stringify(user_ids) });
}

/** Reads rows of a user and a number; `before` is the result of `selfBefore`. */
export function selfSeqs(before: StatementResult | undefined, numbered: StatementResult | undefined): SelfSeq[] {
  const were = new Map((before?.rows ?? []).map(([user_id, seq]) => [Number(user_id), Number(seq)]));
  return (numbered?.rows ?? []).map(([user_id, seq]) => {
    return { user_id: Number(user_id), seq: Number(seq), after: were.get(Number(user_id)) ?? null };
  });
}

/** `seq`, or one more than the greatest where that is not less: a topic is numbered in the order of its commits. */
export function nextSelfSeq(user: SQL, seq: SQL): SQL<number> {
  return sql<number>`max(${seq}, 1 + ${greatestSelfSeq(user)})`;
}

type Since = { user_id: number; since: number; limit: number };

export function selfTopicsOf({ reads }: Access) {
  const last = reads
    .select({ seq: sql<number>`seq` })
    .from(sql`(select ${greatestSelfSeq(given("user_id"))} as seq)`)
    .prepare();
  const changed = changeQueries(reads);

  /** The greatest seq of the user's `self` topic, that of what ended included; 0 when nothing ever happened. */
  async function lastSelfSeq(user_id: number): Promise<number> {
    return (await read(last.get({ user_id })))?.seq ?? 0;
  }

  /** What changed after `since`; `limit` at most of each. */
  async function selfChangedSince(of: Since): Promise<SelfChanges> {
    const [of_friends, memberships, read_marks, talks, notifications, notices] = await Promise.all([
      read(changed.friendships.all(of)),
      read(changed.memberships.all(of)),
      read(changed.readStates.all(of)),
      read(changed.conversations.all(of)),
      read(changed.notifications.all(of)),
      read(changed.notices.all(of)),
    ]);
    const conversations = talks.map(({ is_gone, left, added_seq, ...conversation }) => {
      return { conversation, is_gone, left, added_seq, seq: conversation.seq };
    });
    return { friendships: of_friends, memberships, read_states: read_marks, conversations, notifications, notices };
  }

  return {
    lastSelfSeq,
    selfChangedSince,
    /**
     * The same up to `seq`, and all of it: what is stored while it is read, or lies beyond `limit`, has a greater number.
     */
    async selfSince(of: Since): Promise<ReadSelf> {
      const stored = await lastSelfSeq(of.user_id);
      const changes = await selfChangedSince(of);
      const ends = Object.values(changes).map((rows: { seq: number }[]) => rows[of.limit - 1]?.seq ?? stored);
      const seq = Math.min(stored, ...ends);
      return { seq, changes: changesUpTo(seq, of.since, changes), has_more: seq < stored };
    },
  };
}

/**
 * What was read of the topic, as far as `last`. What changed again while it was read lies beyond, and is told later as a
 * change; where it appeared between `since` and `last` it stands there, since a change of it would say nothing to who
 * never heard that it is there.
 */
export function changesUpTo(last: number, since: number, changes: SelfChanges): SelfChanges {
  const isIn = ({ seq }: { seq: number }) => seq <= last;
  const asFarAs = <Row extends Appearing>(rows: Row[], isThere: (row: Row) => boolean): Row[] =>
    rows.flatMap((row) => {
      if (isIn(row)) return row;
      const { added_seq } = row;
      return added_seq > since && added_seq <= last && isThere(row) ? { ...row, seq: added_seq } : [];
    });
  return {
    friendships: asFarAs(changes.friendships, ({ state }) => state !== "none"),
    memberships: changes.memberships.filter(isIn),
    read_states: changes.read_states.filter(isIn),
    conversations: asFarAs(changes.conversations, ({ is_gone }) => !is_gone),
    notifications: changes.notifications.filter(isIn),
    notices: changes.notices.filter(isIn),
  };
}

interface Appearing {
  added_seq: number;
  seq: number;
}

function changeQueries(reads: Access["reads"]) {
  const [user, since, limit] = [given<number>("user_id"), given<number>("since"), sql.placeholder("limit")];
  const { channel_id, last_read_id } = read_states;
  const { peer_id, state, added_seq } = friendships;
  const { kind, target_id, level, muted_until } = notification_settings;
  const gone = sql`${members.left_at} is not null or ${servers.deleted_at} is not null`;
  return {
    friendships: reads
      .select({
        ...{ peer_id, name: users.name, status: users.status, last_online: users.last_online },
        ...{ state, added_seq, seq: friendships.seq },
      })
      .from(friendships)
      .innerJoin(users, eq(users.id, peer_id))
      .where(and(eq(friendships.user_id, user), gt(friendships.seq, since)))
      .orderBy(asc(friendships.seq))
      .limit(limit)
      .prepare(),
    memberships: reads
      .select({
        server: { id: servers.id, name: servers.name, image: servers.image },
        left: sql<boolean>`${gone}`.mapWith(Boolean),
        came_again: sql<boolean>`${members.left_at} is null and exists (
          select 1 from ${membership_history} as past
          where past.server_id = ${members.server_id} and past.user_id = ${members.user_id} and past.until_seq > ${since}
        )`.mapWith(Boolean),
        seq: members.self_seq,
      })
      .from(members)
      .innerJoin(servers, eq(servers.id, members.server_id))
      .where(and(eq(members.user_id, user), gt(members.self_seq, since)))
      .orderBy(asc(members.self_seq))
      .limit(limit)
      .prepare(),
    readStates: reads
      .select({ channel_id, last_read_id, seq: read_states.seq })
      .from(read_states)
      .where(and(eq(read_states.user_id, user), gt(read_states.seq, since)))
      .orderBy(asc(read_states.seq))
      .limit(limit)
      .prepare(),
    conversations: reads
      .select({
        ...conversationColumns,
        is_gone: sql<boolean>`${conversation_members.is_hidden}`.mapWith(Boolean).as("is_gone"),
        left: sql<boolean>`${conversation_members.left_at} is not null`.mapWith(Boolean).as("left"),
        added_seq: conversation_members.added_seq,
      })
      .from(conversation_members)
      .innerJoin(conversations, ofConversation)
      .where(and(eq(conversation_members.user_id, user), gt(conversation_members.seq, since)))
      .orderBy(asc(conversation_members.seq))
      .limit(limit)
      .prepare(),
    notifications: reads
      .select({ kind, target_id, level, muted_until, seq: sql<number>`${notification_settings.seq}`.as("seq") })
      .from(notification_settings)
      .where(and(eq(notification_settings.user_id, user), gt(notification_settings.seq, since)))
      .orderBy(asc(notification_settings.seq))
      .limit(limit)
      .prepare(),
    notices: reads
      .select({
        ...{ type: operation_entries.type, door: operation_entries.door, created_at: operation_entries.created_at },
        seq: sql<number>`${operation_entries.told_seq}`.as("seq"),
      })
      .from(operation_entries)
      .where(and(eq(operation_entries.user_id, user), gt(operation_entries.told_seq, since)))
      .orderBy(asc(operation_entries.told_seq))
      .limit(limit)
      .prepare(),
  };
}
