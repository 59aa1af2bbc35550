// The conversations that people have: how each looks to one of its members, how two people stand who have none yet, and
// who is in one. Their writes are in the files beside it.
// Must not judge who may do what: that is decided above, and made sure of in the writes.

import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Member } from "../../domain/community.ts";
import type { Acquaintance, ConversationKind, ConversationMember, DmsSetting } from "../../domain/conversations.ts";
import { pairKey } from "../../domain/conversations.ts";
import { type Access, given, read } from "../engine/query.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import { users } from "../schema/people.ts";
import { type Hides, isBlockedBetween } from "./blocks.ts";
import { type ConversationRow, conversationColumns, ofConversation } from "./conversation-columns.ts";
import { conversationEndsOf } from "./conversation-ends.ts";
import {
  areFriends,
  hasRoomForConversation,
  isBlockedIn,
  isBotUnasked,
  isLeftAlone,
  isRequestTooMany,
  isUnwanted,
  mayTalkIn,
  shareServer,
} from "./conversation-standing.ts";
import { conversationWritesOf } from "./conversation-writes.ts";
import { givenIds } from "./json-rows.ts";
import type { ListedMember } from "./room-members.ts";
import { parsed } from "./rooms-json.ts";

export type { ConversationRow } from "./conversation-columns.ts";

/** A conversation as decisions take it. */
export interface StandingConversation {
  id: number;
  kind: ConversationKind;
  channel_id: number;
  name: string | null;
  image: string | null;
  owner_id: number | null;
  created_at: number;
  seq: number;
  members: ConversationMember[];
}

/** How two people stand who may get a conversation; `peer_id` is null where there is no such user. */
export interface Acquainted extends Acquaintance {
  peer_id: number | null;
  /** The one that they have. */
  conversation_id: number | null;
  /** It is in the list of who asks, and open. */
  is_listed: boolean;
  has_room: boolean;
}

export type Hindrance = "blocked" | "gone" | "unasked" | "unwanted" | "full";

export type Conversations = ReturnType<typeof conversationsOf>;

export function conversationsOf(access: Access) {
  return {
    ...listsOf(access),
    ...standingOf(access),
    ...membersOf(access),
    ...conversationWritesOf(access),
    ...conversationEndsOf(access),
  };
}

/** The channel of a conversation, for one of its members. */
export interface OwnChannel {
  conversation_id: number;
  channel_id: number;
  joined_at: number;
  joined_seq: number;
}

/** The member whose view it is. */
const mine = { table: conversation_members, isMine: eq(conversation_members.user_id, given("user_id")) };

const isPresent = isNull(conversation_members.left_at);
const isListed = and(mine.isMine, isPresent, sql`${conversation_members.is_hidden} = 0`);

function listsOf({ reads }: Access) {
  const of = () => reads.select(conversationColumns).from(mine.table).innerJoin(conversations, ofConversation);
  const active = sql`coalesce(last_message_id, ${conversations.id})`;
  const page = of()
    .where(and(isListed, sql`${active} < ${given("before")}`))
    .orderBy(sql`${active} desc`)
    .limit(sql.placeholder("limit"))
    .prepare();
  const one = of()
    .where(and(mine.isMine, isPresent, eq(conversations.id, given("id"))))
    .prepare();
  const { joined_at, joined_seq, conversation_id } = conversation_members;
  const own_channel = { conversation_id, channel_id: conversations.channel_id, joined_at, joined_seq };
  const ownChannels = () => reads.select(own_channel).from(mine.table).innerJoin(conversations, ofConversation);
  const channels = ownChannels().where(isListed).orderBy(conversations.id).prepare();
  const channel = ownChannels()
    .where(and(mine.isMine, isPresent, eq(conversations.id, given("id"))))
    .prepare();
  return {
    /** Those in the user's list, latest activity first: below the last message's id, or where there is none the own. */
    async page(of: { user_id: number; before: number; limit: number }): Promise<ConversationRow[]> {
      return read(page.all(of));
    },
    /** Null for who isn't in it. */
    async view(id: number, user_id: number): Promise<ConversationRow | null> {
      return (await read(one.get({ id, user_id }))) ?? null;
    },
    /** The channels of those in the user's list, and since when they are in each. */
    async ownChannels(user_id: number): Promise<OwnChannel[]> {
      return read(channels.all({ user_id }));
    },
    /** The same of one, listed or not; null for who isn't in it. */
    async ownChannel(id: number, user_id: number): Promise<OwnChannel | null> {
      return (await read(channel.get({ id, user_id }))) ?? null;
    },
  };
}

/** Where activity goes on below: what `page` orders by. */
export function activityOf({ id, last_message_id: last }: Pick<ConversationRow, "id" | "last_message_id">): number {
  return last ?? id;
}

function standingOf({ reads }: Access) {
  const load = reads
    .select({
      ...{ id: conversations.id, kind: conversations.kind, channel_id: conversations.channel_id },
      ...{ name: conversations.name, image: conversations.image, owner_id: conversations.owner_id },
      ...{ created_at: conversations.created_at, seq: conversations.seq },
      members: sql<ConversationMember[]>`(
        select json_group_array(json_object('user_id', user_id, 'joined_at', joined_at)) from (
          select user_id, joined_at from conversation_members
          where conversation_id = ${conversations}.id and left_at is null order by joined_at, user_id
        )
      )`.mapWith(parsed<ConversationMember[]>),
    })
    .from(conversations)
    .where(and(eq(conversations.id, given("id")), isNull(conversations.deleted_at)))
    .prepare();
  const acquainted = prepareAcquainted(reads);
  const strangers = reads
    .select({ id: sql<number>`asked.value` })
    .from(sql`json_each(${sql.placeholder("ids")}) as asked`)
    .where(sql`not ${areFriends(given("user_id"), sql`asked.value`)}`)
    .prepare();
  const crowded = reads
    .select({ id: sql<number>`asked.value` })
    .from(sql`json_each(${sql.placeholder("ids")}) as asked`)
    .where(sql`not ${hasRoomForConversation(sql`asked.value`)}`)
    .prepare();
  const [id, user] = [given<number>("id"), given<number>("user_id")];
  const hindrance = reads
    .select({
      hindrance: sql<Hindrance | null>`case when ${isBlockedIn(id, user)} then 'blocked'
        when ${isLeftAlone(id, user)} then 'gone' when ${isBotUnasked(id, user)} then 'unasked'
        when ${isUnwanted(id, user)} then 'unwanted' when ${isRequestTooMany(id, user)} then 'full' end`,
    })
    .from(sql`(select 1)`)
    .prepare();
  return {
    /** Null for one that does not exist, or in which nobody is left. */
    async load(id: number): Promise<StandingConversation | null> {
      return (await read(load.get({ id }))) ?? null;
    },
    async acquainted(user_id: number, peer_id: number): Promise<Acquainted> {
      const of = { user_id, peer_id, pair: pairKey(user_id, peer_id) };
      const found = await read(acquainted.get(of));
      if (!found) throw new Error("a row of nothing but expressions is always there");
      return found;
    },
    /** Those of these who aren't the user's friends. */
    async strangersTo(user_id: number, ids: readonly number[]): Promise<number[]> {
      return (await read(strangers.all({ user_id, ids: JSON.stringify(ids) }))).map((row) => row.id);
    },
    /** Those of these who have as many conversations as one may. */
    async crowdedAmong(ids: readonly number[]): Promise<number[]> {
      return (await read(crowded.all({ ids: JSON.stringify(ids) }))).map((row) => row.id);
    },
    /** What keeps a member from saying something in it; null when nothing does. */
    async hindrance(id: number, user_id: number): Promise<Hindrance | null> {
      return (await read(hindrance.get({ id, user_id })))?.hindrance ?? null;
    },
  };
}

function prepareAcquainted(reads: Access["reads"]) {
  const [user, peer, pair] = [given<number>("user_id"), given<number>("peer_id"), given<string>("pair")];
  const own = (column: SQL) => sql`(select ${column} from ${conversations} as direct
    join ${conversation_members} as own on own.conversation_id = direct.id and own.user_id = ${user}
    where direct.pair = ${pair})`;
  const bool = (condition: SQL) => sql<boolean>`${condition}`.mapWith(Boolean);
  return reads
    .select({
      peer_id: sql<number | null>`(select id from ${users} where id = ${peer} and deleted_at is null)`,
      dms: sql<DmsSetting>`coalesce((select dms from ${users} where id = ${peer}), 'friends')`,
      is_friend: bool(areFriends(user, peer)),
      is_blocked: bool(isBlockedBetween(user, peer)),
      shares_server: bool(shareServer(user, peer)),
      conversation_id: sql<number | null>`${own(sql`direct.id`)}`,
      has_it: bool(sql`coalesce(${own(sql`own.added_seq > 0`)}, 0)`),
      is_listed: bool(sql`coalesce(${own(sql`own.is_hidden = 0 and own.state = 'open'`)}, 0)`),
      has_room: bool(hasRoomForConversation(user)),
    })
    .from(sql`(select 1)`)
    .prepare();
}

/** A member of a conversation, in the words in which a room asks who is in its server. */
const member_columns = {
  user_id: conversation_members.user_id,
  nickname: sql<null>`null`,
  role_ids: sql<number[]>`'[]'`.mapWith(parsed<number[]>),
  timed_out_until: sql<null>`null`,
  bot: sql<null>`null`,
  joined_at: conversation_members.joined_at,
  joined_seq: conversation_members.joined_seq,
  seq: conversation_members.seq,
};

/** Who is in a conversation. */
function membersOf({ reads }: Access) {
  const inIt = and(eq(conversation_members.conversation_id, given("id")), isPresent);
  const one = reads.select(member_columns).from(conversation_members).where(and(inIt, mine.isMine)).prepare();
  const listed = reads
    .select({
      ...member_columns,
      ...{ name: users.name, profile_pic: users.profile_pic, user_seq: sql<number>`${users.seq}`.as("user_seq") },
      hides: sql<Hides>`0`.as("hides"),
    })
    .from(conversation_members)
    .innerJoin(users, eq(users.id, conversation_members.user_id))
    .where(inIt)
    .orderBy(conversation_members.user_id)
    .prepare();
  const channel = reads
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.channel_id, given("channel_id")), isNull(conversations.deleted_at)))
    .prepare();
  const channels = reads
    .select({ id: conversations.channel_id, conversation_id: conversations.id })
    .from(conversations)
    .innerJoin(conversation_members, ofConversation)
    .where(and(sql`${conversations.channel_id} in ${givenIds("ids")}`, mine.isMine, isPresent))
    .prepare();
  const unreached = reads
    .select({ id: conversation_members.user_id })
    .from(conversation_members)
    .where(
      and(
        inIt,
        sql`(${conversation_members.state} = 'request' or (${conversation_members.state} = 'unseen'
          and not ${areFriends(given("user_id"), sql`${conversation_members.user_id}`)}))`,
      ),
    )
    .prepare();
  const refused = reads
    .select({ refused: conversation_members.refused, added_by: conversation_members.added_by })
    .from(conversation_members)
    .where(and(eq(conversation_members.conversation_id, given("id")), mine.isMine))
    .prepare();
  const taken = reads
    .select({
      is_taken: sql<boolean>`${mayTalkIn(given("id"), given("user_id"))} and not exists (
        select 1 from ${conversation_members} where conversation_id = ${given("id")} and state <> 'open'
      )`.mapWith(Boolean),
    })
    .from(sql`(select 1)`)
    .prepare();
  return {
    async member(id: number, user_id: number): Promise<Member | null> {
      return (await read(one.get({ id, user_id }))) ?? null;
    },
    /** In the order of `user_id`. */
    async members(id: number): Promise<ListedMember[]> {
      return read(listed.all({ id }));
    },
    /** The conversation of which it is the channel. */
    async ofChannel(channel_id: number): Promise<number | null> {
      return (await read(channel.get({ channel_id })))?.id ?? null;
    },
    /** The same for those of the channels that the user has. */
    async ofChannels(user_id: number, ids: readonly number[]): Promise<{ id: number; conversation_id: number }[]> {
      return read(channels.all({ user_id, ids: JSON.stringify(ids) }));
    },
    /** The members whom what the author says reaches as a request alone. */
    async unreached(id: number, author_id: number): Promise<number[]> {
      return (await read(unreached.all({ id, user_id: author_id }))).map((row) => row.id);
    },
    /** By whose hands the user isn't brought in again, and by whose they came; null for who never was there. */
    async broughtBy(id: number, user_id: number): Promise<{ refused: number[]; added_by: number } | null> {
      return (await read(refused.get({ id, user_id }))) ?? null;
    },
    /** Whether whatever the user does in it reaches the others: nobody is blocked, and all have taken it. */
    async isTaken(id: number, user_id: number): Promise<boolean> {
      return (await read(taken.get({ id, user_id })))?.is_taken ?? false;
    },
  };
}
