// The friendships table: how each of two users stands to the other, as two directed rows.
// A side that changes gets a seq of its user's own topic, numbered as it is stored; the other is left untouched.
// Must not judge which changes are allowed: that is decided above, from `relation`.

import { and, count, desc, eq, gte, inArray, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Person } from "../../domain/presence.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { type FriendshipState, friendships, users } from "../schema/people.ts";
import { blockedBy, ownerOf } from "./blocks.ts";
import { guard, isAlive } from "./guards.ts";
import { givenIds } from "./json-rows.ts";
import { fieldsOf, parsed } from "./rooms-json.ts";
import { nextSelfSeq, type SelfSeq, selfBefore, selfSeqs } from "./self-topics.ts";

/** How two users stand to each other. One who does not exist, or no longer, is null; `since` is of the user's row. */
export interface Standing {
  user: Person | null;
  peer: Person | null;
  mine: FriendshipState;
  theirs: FriendshipState;
  since: number | null;
  /** The other is a bot. */
  with_bot: boolean;
}

export type ListedState = Exclude<FriendshipState, "none">;

export interface FriendshipRow extends Person {
  state: ListedState;
  since: number;
  seq: number;
}

export interface FriendshipChange {
  user_id: number;
  peer_id: number;
  mine: FriendshipState;
  theirs: FriendshipState;
  /** How the two stood when it was decided. */
  was: { mine: FriendshipState; theirs: FriendshipState };
  /** Entries that a list may have, and how many of them may be requests of one's own. */
  at_most: number;
  requests_at_most: number;
  seq: number;
  now: number;
}

/** Where each side's row stands in its user's own topic, at the given seq or above. Null where it is unchanged. */
export interface FriendshipChanged {
  mine: SelfSeq | null;
  theirs: SelfSeq | null;
}

/** One direction of a change, with the names its placeholders have. */
type Side = { user_id: number; peer_id: number; state: FriendshipState; seq: number; now: number };

export type Friendships = ReturnType<typeof friendshipsOf>;

export function friendshipsOf({ reads }: Access) {
  const changedQuery = prepareChanged(reads);
  const relationQuery = prepareRelation(reads);
  const listQuery = prepareList(reads);
  const countQuery = prepareCount(reads);
  const [blockersQuery, blockedQuery] = [prepareBlockers(reads), prepareBlocked(reads)];
  const statements = friendshipStatements(reads);
  const before = selfBefore(reads);
  return {
    async relation(user_id: number, peer_id: number): Promise<Standing> {
      const rows = await read(relationQuery.all({ user_id, peer_id }));
      const user = rows.find((row) => row.id === user_id);
      const peer = rows.find((row) => row.id === peer_id);
      return {
        user: user ? person(user) : null,
        peer: peer ? person(peer) : null,
        mine: user?.state ?? "none",
        theirs: peer?.state ?? "none",
        since: user?.since ?? null,
        with_bot: peer !== undefined && peer.bot_owner_id !== null,
      };
    },
    /** The latest first. */
    async listFor(user_id: number): Promise<FriendshipRow[]> {
      return (await read(listQuery.get({ user_id })))?.list ?? [];
    },
    /** Those of these who have blocked the user, or whose bot that is. */
    async blockersOf(user_id: number, ids: readonly number[]): Promise<number[]> {
      const rows = await read(blockersQuery.all({ user_id, ids: JSON.stringify(ids) }));
      return rows.map(({ id }) => id);
    },
    /** Those whom the user has blocked, and their bots. */
    async blockedBy(user_id: number): Promise<number[]> {
      const rows = await read(blockedQuery.all({ user_id }));
      return rows.map(({ id }) => id);
    },
    /** How many relations the user has that the list shows, and how many of them are requests of their own. */
    async count(user_id: number): Promise<{ relations: number; requests: number }> {
      return (await read(countQuery.get({ user_id }))) ?? { relations: 0, requests: 0 };
    },
    /**
     * Stale where either account has ended, the two do not stand as in `was` any more, or a list that grows has
     * `at_most` entries, or `requests_at_most` requests of its owner's, already.
     */
    change(change: FriendshipChange): Write<FriendshipChanged> {
      const { user_id, peer_id, mine, theirs, was, at_most, requests_at_most, seq, now } = change;
      const grows = (state: FriendshipState, to: FriendshipState) => (state === "none" && to !== "none" ? 1 : 0);
      return {
        job: [
          statements.guard({
            ...{ user_id, peer_id, at_most, requests_at_most, was_mine: was.mine, was_theirs: was.theirs },
            ...{ mine_grows: grows(was.mine, mine), theirs_grow: grows(was.theirs, theirs) },
            requests_grow: was.mine !== "outgoing" && mine === "outgoing" ? 1 : 0,
          }),
          before([user_id, peer_id]),
          statements.put({ user_id, peer_id, state: mine, seq, now }),
          statements.put({ user_id: peer_id, peer_id: user_id, state: theirs, seq, now }),
        ],
        stored: ([, were, myPut, theirPut]) => ({
          mine: selfSeqs(were, myPut)[0] ?? null,
          theirs: selfSeqs(were, theirPut)[0] ?? null,
        }),
        async find() {
          const rows = await read(changedQuery.all({ user_id, peer_id, seq, now }));
          // A side that this leaves as it was may have been changed at the same time by something else.
          const foundOf = (id: number, from: FriendshipState, to: FriendshipState): SelfSeq | null => {
            const row = from === to ? undefined : rows.find((row) => row.user_id === id && row.state === to);
            return row ? { user_id: id, seq: row.seq, after: null } : null;
          };
          const found = { mine: foundOf(user_id, was.mine, mine), theirs: foundOf(peer_id, was.theirs, theirs) };
          return found.mine === null && found.theirs === null ? null : found;
        },
      };
    },
  };
}

function person({ id, name, status, last_online }: Person): Person {
  return { id, name, status, last_online };
}

const personColumns = { id: users.id, name: users.name, status: users.status, last_online: users.last_online };

function prepareRelation(reads: Access["reads"]) {
  const [user, peer] = [given<number>("user_id"), given<number>("peer_id")];
  const other = sql`case ${users.id} when ${user} then ${peer} else ${user} end`;
  return reads
    .select({
      ...{ ...personColumns, bot_owner_id: users.bot_owner_id },
      ...{ state: friendships.state, since: friendships.since },
    })
    .from(users)
    .leftJoin(friendships, and(eq(friendships.user_id, users.id), eq(friendships.peer_id, other)))
    .where(and(sql`${users.id} in (${user}, ${peer})`, isNull(users.deleted_at)))
    .prepare();
}

const isBlocked = eq(friendships.state, "blocked");

function prepareBlockers(reads: Access["reads"]) {
  const user = given<number>("user_id");
  const isUserOrOwner = sql`${friendships.peer_id} in (${user}, ${ownerOf(user)})`;
  return reads
    .selectDistinct({ id: friendships.user_id })
    .from(friendships)
    .where(and(inArray(friendships.user_id, givenIds("ids")), isUserOrOwner, isBlocked))
    .prepare();
}

function prepareBlocked(reads: Access["reads"]) {
  return reads
    .select({ id: sql<number>`blocked.id` })
    .from(sql`(${blockedBy(given("user_id"))}) as blocked`)
    .prepare();
}

const isListed = ne(friendships.state, "none");

function prepareList(reads: Access["reads"]) {
  return reads
    .select({ list: listOf(reads, given("user_id")) })
    .from(sql`(select 1)`)
    .prepare();
}

/**
 * The user's list, the latest first, as one text: a thousand rows cost several times as much to be handed from thread to
 * thread.
 */
export function listOf(reads: Access["reads"], user: SQL): SQL<FriendshipRow[]> {
  const listed = reads
    .select({ ...personColumns, state: friendships.state, since: friendships.since, seq: friendships.seq })
    .from(friendships)
    .innerJoin(users, eq(users.id, friendships.peer_id))
    .where(and(eq(friendships.user_id, user), isListed, isNull(users.deleted_at)))
    .orderBy(desc(friendships.seq));
  const fields = fieldsOf(["id", "name", "status", "last_online", "state", "since", "seq"]);
  const text = sql<FriendshipRow[]>`(select json_group_array(json_object(${fields})) from (${listed}))`;
  return text.mapWith(parsed<FriendshipRow[]>);
}

function prepareCount(reads: Access["reads"]) {
  return reads
    .select({ relations: count(), requests: sql<number>`count(*) filter (where ${friendships.state} = 'outgoing')` })
    .from(friendships)
    .where(and(eq(friendships.user_id, given("user_id")), isListed))
    .prepare();
}

/** The rows of the two that changed at the time `now`. */
function prepareChanged(reads: Access["reads"]) {
  const [user, peer] = [given<number>("user_id"), given<number>("peer_id")];
  const pair = sql`(${friendships.user_id}, ${friendships.peer_id}) in (values (${user}, ${peer}), (${peer}, ${user}))`;
  return reads
    .select({ user_id: friendships.user_id, state: friendships.state, seq: friendships.seq })
    .from(friendships)
    .where(and(pair, eq(friendships.since, given("now")), gte(friendships.seq, given("seq"))))
    .prepare();
}

type Guarded = {
  user_id: number;
  peer_id: number;
  at_most: number;
  requests_at_most: number;
  was_mine: FriendshipState;
  was_theirs: FriendshipState;
  mine_grows: number;
  theirs_grow: number;
  requests_grow: number;
};

/** What the decision rests on: both live, stand so to each other, and have room for what is added. */
function guardStatement(reads: Access["reads"]) {
  const [user, peer] = [given<number>("user_id"), given<number>("peer_id")];
  const stateOf = (of: SQL, to: SQL) =>
    sql`coalesce((select state from ${friendships} where user_id = ${of} and peer_id = ${to}), 'none')`;
  const listOf = (of: SQL) => sql`(select count(*) from ${friendships} where user_id = ${of} and state <> 'none')`;
  const requestsOf = sql`(select count(*) from ${friendships} where user_id = ${user} and state = 'outgoing')`;
  const hasRoom = (grows: string, of: SQL) => sql`(${given(grows)} = 0 or ${listOf(of)} < ${given("at_most")})`;
  return guard<Guarded>(
    reads,
    and(
      isAlive(user),
      isAlive(peer),
      sql`${stateOf(user, peer)} = ${given("was_mine")}`,
      sql`${stateOf(peer, user)} = ${given("was_theirs")}`,
      hasRoom("mine_grows", user),
      hasRoom("theirs_grow", peer),
      sql`(${given("requests_grow")} = 0 or ${requestsOf} < ${given("requests_at_most")})`,
    ),
  );
}

function friendshipStatements(reads: Access["reads"]) {
  const [user, peer, state] = [given<number>("user_id"), given<number>("peer_id"), given<FriendshipState>("state")];
  const seq = nextSelfSeq(user, given("seq"));
  // Compared with what stands rather than written blindly: an absent row counts as `none` and stays absent.
  const standing = sql`(select state from ${friendships} where user_id = ${user} and peer_id = ${peer})`;
  return {
    guard: guardStatement(reads),
    put: template<Side>(
      reads
        .insert(friendships)
        .select(
          sql`select ${user}, ${peer}, ${state}, ${given("now")}, numbered.seq, numbered.seq
            from (select ${seq} as seq) as numbered where coalesce(${standing}, 'none') <> ${state}`,
        )
        .onConflictDoUpdate({
          target: [friendships.user_id, friendships.peer_id],
          set: {
            state: sql`excluded.state`,
            since: sql`excluded.since`,
            added_seq: sql`case ${friendships.state} when 'none' then excluded.seq else ${friendships.added_seq} end`,
            seq: sql`excluded.seq`,
          },
        })
        .returning({ user_id: friendships.user_id, seq: friendships.seq }),
    ),
  };
}
