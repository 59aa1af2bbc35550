// The friendships table: how each of two users stands to the other, as two directed rows.
// A side that changes gets the change's seq, which is of its user's `self` topic; one that does not is left untouched.
// Must not judge which changes are allowed: that is decided above, from `relation`.

import { and, count, desc, eq, exists, isNull, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { type Access, firstNumber, given, read, template } from "../engine/query.ts";
import { type FriendshipState, friendships, type UserStatus, users } from "../schema/people.ts";

export interface Person {
  id: number;
  name: string;
  status: UserStatus;
  last_online: number;
}

/** A user who does not exist, or no longer, is null; without a row, a state is `none`. `since` is of the user's row. */
export interface Relation {
  user: Person | null;
  peer: Person | null;
  mine: FriendshipState;
  theirs: FriendshipState;
  since: number | null;
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
  seq: number;
  now: number;
}

export interface FriendshipChanged {
  mine_changed: boolean;
  theirs_changed: boolean;
}

/** One direction of a change, with the names its placeholders have. */
type Side = { user_id: number; peer_id: number; state: FriendshipState; seq: number; now: number };

export type Friendships = ReturnType<typeof friendshipsOf>;

export function friendshipsOf({ reads, write }: Access) {
  const relationQuery = prepareRelation(reads);
  const listQuery = prepareList(reads);
  const countQuery = prepareCount(reads);
  const statements = friendshipStatements(reads);
  return {
    async relation(user_id: number, peer_id: number): Promise<Relation> {
      const rows = await read(relationQuery.all({ user_id, peer_id }));
      const user = rows.find((row) => row.id === user_id);
      const peer = rows.find((row) => row.id === peer_id);
      return {
        user: user ? person(user) : null,
        peer: peer ? person(peer) : null,
        mine: user?.state ?? "none",
        theirs: peer?.state ?? "none",
        since: user?.since ?? null,
      };
    },
    /** The latest first. */
    async listFor(user_id: number): Promise<FriendshipRow[]> {
      return read(listQuery.all({ user_id }));
    },
    /** How many relations the user has that the list shows. */
    async count(user_id: number): Promise<number> {
      return (await read(countQuery.get({ user_id })))?.relations ?? 0;
    },
    /** `user_gone` when either user does not exist any more; then nothing is changed. */
    async change(change: FriendshipChange): Promise<FriendshipChanged | "user_gone"> {
      const { user_id, peer_id, mine, theirs, seq, now } = change;
      const [alive, myPut, theirPut] = await write([
        statements.alive({ user_id, peer_id }),
        statements.put({ user_id, peer_id, state: mine, seq, now }),
        statements.put({ user_id: peer_id, peer_id: user_id, state: theirs, seq, now }),
      ]);
      if (firstNumber(alive) !== 2) return "user_gone";
      return { mine_changed: myPut?.changes === 1, theirs_changed: theirPut?.changes === 1 };
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
    .select({ ...personColumns, state: friendships.state, since: friendships.since })
    .from(users)
    .leftJoin(friendships, and(eq(friendships.user_id, users.id), eq(friendships.peer_id, other)))
    .where(and(sql`${users.id} in (${user}, ${peer})`, isNull(users.deleted_at)))
    .prepare();
}

const isListed = ne(friendships.state, "none");

function prepareList(reads: Access["reads"]) {
  return reads
    .select({
      ...personColumns,
      state: sql<ListedState>`${friendships.state}`,
      since: friendships.since,
      seq: friendships.seq,
    })
    .from(friendships)
    .innerJoin(users, eq(users.id, friendships.peer_id))
    .where(and(eq(friendships.user_id, given("user_id")), isListed, isNull(users.deleted_at)))
    .orderBy(desc(friendships.seq))
    .prepare();
}

function prepareCount(reads: Access["reads"]) {
  return reads
    .select({ relations: count() })
    .from(friendships)
    .where(and(eq(friendships.user_id, given("user_id")), isListed))
    .prepare();
}

function friendshipStatements(reads: Access["reads"]) {
  const [user, peer, state] = [given<number>("user_id"), given<number>("peer_id"), given<FriendshipState>("state")];
  const standing = alias(friendships, "standing");
  const other = alias(users, "other");
  const standingState = reads
    .select({ state: standing.state })
    .from(standing)
    .where(and(eq(standing.user_id, user), eq(standing.peer_id, peer)));
  // Compared with what stands rather than written blindly: an absent row counts as `none` and stays absent.
  const differs = sql<boolean>`coalesce(${standingState}, 'none') <> ${state}`;
  const peerAlive = exists(
    reads
      .select({ id: other.id })
      .from(other)
      .where(and(eq(other.id, peer), isNull(other.deleted_at))),
  );
  const bothAlive = and(eq(users.id, user), isNull(users.deleted_at), peerAlive);
  return {
    alive: template<{ user_id: number; peer_id: number }>(
      reads
        .select({ users: count() })
        .from(users)
        .where(and(sql`${users.id} in (${user}, ${peer})`, isNull(users.deleted_at))),
    ),
    put: template<Side>(
      reads
        .insert(friendships)
        .select(
          reads
            .select({
              user_id: users.id,
              peer_id: peer.as("peer_id"),
              state: state.as("state"),
              since: given<number>("now").as("since"),
              added_seq: given<number>("seq").as("added_seq"),
              seq: given<number>("seq").as("seq"),
            })
            .from(users)
            .where(and(bothAlive, differs)),
        )
        .onConflictDoUpdate({
          target: [friendships.user_id, friendships.peer_id],
          set: {
            state: sql`excluded.state`,
            since: sql`excluded.since`,
            added_seq: sql`case ${friendships.state} when 'none' then excluded.seq else ${friendships.added_seq} end`,
            seq: sql`excluded.seq`,
          },
        }),
    ),
  };
}
