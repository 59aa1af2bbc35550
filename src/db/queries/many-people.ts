// What is asked of many people at once, by whoever takes over from another process all that it knew of who is online.

import { and, eq, gt, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { type Access, given, read } from "../engine/query.ts";
import { members } from "../schema/community.ts";
import { conversation_members } from "../schema/conversations.ts";
import { friendships, logins, users } from "../schema/people.ts";
import { givenIds } from "./json-rows.ts";
import { type StoredProfile, storedProfileColumns } from "./profiles.ts";
import { greatestSelfSeq } from "./self-topics.ts";

/** The one looks offline to the other, whom they have blocked. */
export interface Hiding {
  one: number;
  from: number;
}

/** It has changed whether the one hides from the other, or may have. */
export interface ChangedHiding extends Hiding {
  hides: boolean;
}

/** Whose account has ended, and a server or conversation that lost a member with it. */
export interface Departure {
  user_id: number;
  id: number;
}

export type ManyPeople = ReturnType<typeof manyPeopleOf>;

export function manyPeopleOf({ reads }: Access) {
  const user = sql`asked.value`;
  const reached = reads
    .select({ user_id: sql<number>`${user}`, seq: greatestSelfSeq(user) })
    .from(sql`json_each(${sql.placeholder("ids")}) as asked`)
    .prepare();
  const owners = reads
    .select({ id: users.id, owner_id: users.bot_owner_id })
    .from(users)
    .where(and(inArray(users.id, givenIds("ids")), isNotNull(users.bot_owner_id)))
    .prepare();
  const whose_bots = reads
    .select({ id: users.bot_owner_id })
    .from(users)
    .where(inArray(users.id, givenIds("ids")));
  const concerned = or(inArray(friendships.peer_id, givenIds("ids")), inArray(friendships.peer_id, whose_bots));
  const hiding = reads
    .select({ one: friendships.user_id, from: friendships.peer_id })
    .from(friendships)
    .where(and(eq(friendships.state, "blocked"), concerned))
    .prepare();
  const owner_stands = sql`exists (select 1 from ${users} as owner where owner.id = ${users.bot_owner_id}
    and owner.deleted_at is null
    and (owner.suspended_at is null or owner.suspended_until <= ${sql.placeholder("now")}))`;
  const good = reads
    .select({ id: logins.id })
    .from(logins)
    .innerJoin(users, eq(users.id, logins.user_id))
    .where(
      and(inArray(logins.id, givenIds("ids")), isNull(users.deleted_at), or(isNull(users.bot_owner_id), owner_stands)),
    )
    .prepare();
  const of = (ids: readonly number[]) => ({ ids: JSON.stringify(ids) });
  return {
    /** How far the own topic of each of these users goes. */
    async reached(user_ids: readonly number[]): Promise<Map<number, number>> {
      const rows = await read(reached.all(of(user_ids)));
      return new Map(rows.map(({ user_id, seq }) => [user_id, seq]));
    },
    /** Of the bots among these users: whose each is. */
    async ownersOf(user_ids: readonly number[]): Promise<Map<number, number>> {
      const rows = await read(owners.all(of(user_ids)));
      return new Map(rows.flatMap(({ id, owner_id }) => (owner_id === null ? [] : [[id, owner_id]])));
    },
    /** Who looks offline to which of these users, and of those whose bots they are. */
    hidingFrom: (user_ids: readonly number[]): Promise<Hiding[]> => read(hiding.all(of(user_ids))),
    ...changesLately(reads),
    /** Those of these log-ins that are still good, expired ones too; a bot's while its owner may log in at `now`. */
    async goodLogins(ids: readonly number[], now: number): Promise<Set<number>> {
      return new Set((await read(good.all({ ...of(ids), now }))).map(({ id }) => id));
    },
  };
}

/** What changed last, of whomever: within so much of `seq` of the last change. */
function changesLately(reads: Access["reads"]) {
  const is_lately = gt(users.seq, sql`(select max(seq) from ${users}) - ${given("within")}`);
  const profiles = reads.select(storedProfileColumns).from(users).where(is_lately).orderBy(users.seq).prepare();
  const ended_lately = and(is_lately, isNotNull(users.deleted_at));
  const servers_left = reads
    .select({ user_id: users.id, id: members.server_id })
    .from(users)
    .innerJoin(members, and(eq(members.user_id, users.id), eq(members.left_at, users.deleted_at)))
    .where(ended_lately)
    .prepare();
  const conversations_left = reads
    .select({ user_id: users.id, id: conversation_members.conversation_id })
    .from(users)
    .innerJoin(
      conversation_members,
      and(eq(conversation_members.user_id, users.id), eq(conversation_members.left_at, users.deleted_at)),
    )
    .where(ended_lately)
    .prepare();
  const relations = reads
    .select({
      ...{ one: friendships.user_id, from: friendships.peer_id },
      hides: sql<boolean>`${friendships.state} = 'blocked'`.mapWith(Boolean),
    })
    .from(friendships)
    .where(
      and(
        gt(friendships.seq, sql`(select max(seq) from ${friendships}) - ${given("within")}`),
        inArray(friendships.state, ["blocked", "blocked_by", "none"]),
      ),
    )
    .orderBy(friendships.seq)
    .prepare();
  return {
    /** The profiles that changed last, in the order in which they did: within so much of `seq` of the last change. */
    profilesLately: (within: number): Promise<StoredProfile[]> => read(profiles.all({ within })),
    /** The accounts that ended as lately, each with the servers and conversations that it was in. */
    async leftLately(within: number): Promise<Departure[]> {
      const [of_servers, of_conversations] = await Promise.all([
        read(servers_left.all({ within })),
        read(conversations_left.all({ within })),
      ]);
      return [...of_servers, ...of_conversations];
    },
    /** As lately, of whom it changed whether they have blocked somebody, and whom. */
    hidingLately: (within: number): Promise<ChangedHiding[]> => read(relations.all({ within })),
  };
}
