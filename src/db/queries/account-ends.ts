// The end of an account, in one transaction: the user's row is emptied, and their log-ins, friendships, memberships,
// invites and webhooks end, or nothing does. What they wrote stays.
// Must not end servers: while the user owns one, nothing is done.

import { and, eq, isNull, ne, type SQL, sql } from "drizzle-orm";
import { deleted_user_name } from "../../domain/names.ts";
import type { Statement, StatementResult } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { invites, member_roles, members, servers } from "../schema/community.ts";
import { account_removals, friendships, links, login_places, logins, users } from "../schema/people.ts";
import { webhooks } from "../schema/programs.ts";
import { conversationEndsOf, endConversations, endedConversations } from "./conversation-ends.ts";
import {
  type AskedBy,
  type AskedByValues,
  askedBy,
  guard,
  hasPassword,
  isAlive,
  isStillLoggedIn,
  ownedBy,
} from "./guards.ts";
import { endNotifications } from "./notifications.ts";
import { greatestSelfSeq, nextSelfSeq, type SelfSeq, selfSeqs } from "./self-topics.ts";
import { nextServerSeq } from "./server-seqs.ts";
import { leavesAnAdmin } from "./standing.ts";

/**
 * `checked_hash` is that of the password which the user proved to know; `seq` is of the user's own topic. `messages`: what
 * they wrote goes as well, from then on.
 */
export type AccountEnd = { id: number; checked_hash: string | null; seq: number; now: number; messages?: boolean };
type Values = Omit<AccountEnd, "messages"> & { messages: number; by_operator: number };
type EndValues = Values & AskedByValues;

export interface EndedAccount {
  /** Whose friendship with the user, of whatever state, ended, and where that stands in their own topics. */
  peers: SelfSeq[];
  /** The servers that the user was in. */
  server_ids: number[];
  /**
   * Those who had a conversation with the user, and where its change stands in their own topics; nobody where that was
   * found out later.
   */
  partners: SelfSeq[];
  conversation_ids: number[];
}

export function accountEndsOf(access: Access) {
  const { reads } = access;
  const talks = conversationEndsOf(access);
  const statements = [...endStatements(reads), endNotifications(reads), ...endConversations(reads)];
  const ended = endedQueries(reads);
  return {
    /**
     * Stale while the user owns servers, has another password than the checked one, is the last to run the server, or is
     * gone; or where the log-in that asks has ended. Where an `operator` has it done nobody's password is asked for, and
     * the last may go.
     */
    end(account: AccountEnd, by?: AskedBy | "operator"): Write<EndedAccount> {
      const as = by === "operator" ? { ...askedBy(undefined), by_operator: 1 } : { ...askedBy(by), by_operator: 0 };
      const messages = account.messages ? 1 : 0;
      return {
        job: statements.map((statement) => statement({ ...account, ...as, messages })),
        stored: readEnd,
        async find() {
          const [buried] = await read(ended.user.all({ id: account.id, seq: account.seq }));
          if (!buried) return null;
          const of = { id: account.id, now: account.now };
          const [peers, left] = await Promise.all([read(ended.peers.all(of)), read(ended.servers.all(of))]);
          const of_peers = peers.map(({ user_id, seq }) => ({ user_id, seq, after: null }));
          const conversation_ids = await talks.leftAt(account.id, account.now);
          const server_ids = left.map(({ server_id }) => server_id);
          return { peers: of_peers, server_ids, partners: [], conversation_ids };
        },
      };
    },
  };
}

function readEnd(results: StatementResult[]): EndedAccount {
  const [were, peers, left] = results.slice(FIRST_READ);
  const server_ids = (left?.rows ?? []).map(([server_id]) => Number(server_id));
  return { peers: selfSeqs(were, peers), server_ids, ...endedConversations(results.slice(-CONVERSATIONS)) };
}

/** The first statement whose rows are read: how far the peers' topics went. Then come the peers, then the servers. */
const FIRST_READ = 2;
/** The last statements, which end what the user has of conversations. */
const CONVERSATIONS = 4;

function endStatements(reads: Access["reads"]): ((of: EndValues) => Statement)[] {
  const [id, seq, now] = [given<number>("id"), given<number>("seq"), given<number>("now")];
  const isMembership = and(eq(members.user_id, id), isNull(members.left_at));
  return [
    guard<EndValues>(
      reads,
      sql`(${hasPassword(id, given("checked_hash"))} or (${given("by_operator")} and ${isAlive(id)}))
        and ${isStillLoggedIn(id)} and ${ownedBy(id)} = 0 and (${given("by_operator")} or ${leavesAnAdmin(id)})`,
    ),
    template<Values>(
      reads
        .update(servers)
        .set({ num_members: sql`${servers.num_members} - 1` })
        .where(sql`${servers.id} in (select server_id from ${members} where ${isMembership})`),
    ),
    template<Values>(
      reads
        .select({ user_id: friendships.user_id, seq: greatestSelfSeq(sql`${friendships}.user_id`) })
        .from(friendships)
        .where(and(eq(friendships.peer_id, id), ne(friendships.state, "none"))),
    ),
    template<Values>(
      reads
        .update(friendships)
        .set({ state: "none", since: now, seq: nextSelfSeq(sql`${friendships.user_id}`, seq) })
        .where(and(eq(friendships.peer_id, id), ne(friendships.state, "none")))
        .returning({ user_id: friendships.user_id, seq: friendships.seq }),
    ),
    template<Values>(
      reads
        .update(members)
        .set({ left_at: now, seq: nextServerSeq(sql`${members.server_id}`, seq), self_seq: nextSelfSeq(id, seq) })
        .where(isMembership)
        .returning({ server_id: members.server_id }),
    ),
    ...endsInServers(reads, id),
    ...removalStatements(reads),
    template<Values>(reads.delete(friendships).where(eq(friendships.user_id, id))),
    template<Values>(reads.delete(logins).where(eq(logins.user_id, id))),
    template<Values>(reads.delete(links).where(eq(links.user_id, id))),
    template<Values>(reads.delete(login_places).where(eq(login_places.user_id, id))),
    template<Values>(
      reads
        .update(users)
        .set({
          name: deleted_user_name,
          name_key: null,
          email: null,
          email_confirmed_at: null,
          password_hash: null,
          profile_pic: null,
          bio: null,
          custom_status: null,
          deleted_at: now,
          seq,
          ...{ admin_since: null, suspended_at: null, suspended_until: null, suspended_reason: null },
        })
        .where(and(eq(users.id, id), isNull(users.deleted_at))),
    ),
  ];
}

/** By the servers that the user is or was in: none of these has an index by the user alone. */
function endsInServers(reads: Access["reads"], id: SQL<number>): ((of: Values) => Statement)[] {
  const theirs = sql`(select server_id from ${members} where ${eq(members.user_id, id)})`;
  return [
    template<Values>(
      reads.delete(member_roles).where(and(eq(member_roles.user_id, id), sql`${member_roles.server_id} in ${theirs}`)),
    ),
    // Nobody could end them by a ban any more.
    template<Values>(
      reads.delete(invites).where(and(eq(invites.creator_id, id), sql`${invites.server_id} in ${theirs}`)),
    ),
    // Those of their bots, too, which end a moment later.
    template<Values>(
      reads.delete(webhooks).where(
        sql`${webhooks.server_id} in ${theirs} and ${webhooks.creator_id} in (
          select ${id} union all select bot.id from users as bot where bot.bot_owner_id = ${id})`,
      ),
    ),
  ];
}

/** What goes on after it: what they wrote goes as well, where that is wanted, and their bots end, each as an account. */
function removalStatements(reads: Access["reads"]) {
  const [id, now] = [given<number>("id"), given<number>("now")];
  const rows = [
    sql`select ${id}, 1, ${now} where ${given("messages")}`,
    sql`select id, ${given("messages")}, ${now} from ${users} where bot_owner_id = ${id} and deleted_at is null`,
  ];
  const more = { messages: sql`max(${account_removals.messages}, excluded.messages)` };
  return rows.map((row) =>
    template<Values>(
      reads.insert(account_removals).select(row).onConflictDoUpdate({ target: account_removals.user_id, set: more }),
    ),
  );
}

function endedQueries(reads: Access["reads"]) {
  return {
    user: reads
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, given("id")), eq(users.seq, given("seq")), sql`${users.deleted_at} is not null`))
      .prepare(),
    peers: reads
      .select({ user_id: friendships.user_id, seq: friendships.seq })
      .from(friendships)
      .where(
        and(eq(friendships.peer_id, given("id")), eq(friendships.state, "none"), eq(friendships.since, given("now"))),
      )
      .prepare(),
    servers: reads
      .select({ server_id: members.server_id })
      .from(members)
      .where(and(eq(members.user_id, given("id")), eq(members.left_at, given("now"))))
      .prepare(),
  };
}
