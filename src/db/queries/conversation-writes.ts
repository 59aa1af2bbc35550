// Writes of conversations, each call one job: how they begin, what changes them, who comes and goes, and what leaves
// a list. Each row that somebody is told of gets a number of their own topic.
// Must not write messages, nor end what an account's end does.

import { and, eq, sql } from "drizzle-orm";
import { pairKey } from "../../domain/conversations.ts";
import { limits } from "../../domain/limits.ts";
import type { StatementResult } from "../engine/driver.ts";
import { type Access, given, read } from "../engine/query.ts";
import { doneAnew, type Write } from "../engine/write.ts";
import { conversation_members, conversations } from "../schema/conversations.ts";
import {
  type ConversationArrival,
  conversationStatements,
  type NewConversation,
  numbered,
  type OwnConversation,
} from "./conversation-statements.ts";
import { storableText } from "./json-rows.ts";
import { type MadeNote, notes } from "./made.ts";
import { type SelfSeq, selfSeqs } from "./self-topics.ts";

export type { ConversationArrival, NewConversation } from "./conversation-statements.ts";

/** Whose own topics a write has changed, and how far these went before. */
export interface SavedConversation {
  self: SelfSeq[];
}

export interface NewGroup extends NewConversation {
  name: string | null;
  owner_id: number;
  /** The others. */
  user_ids: readonly number[];
  note: MadeNote;
}

/** What a group shows from now on, whole. `known_seq`: as of which it was decided. */
export interface ConversationChange {
  id: number;
  name: string | null;
  image: string | null;
  /** The picture, where it is an upload of this user's. */
  picture?: { user_id: number; upload_id: number } | undefined;
  known_seq: number;
  seq: number;
}

export interface ConversationDeparture {
  id: number;
  user_id: number;
  /** Who owns it from now on; null where nobody is left. */
  owner_id: number | null;
  is_last: boolean;
  /** By whose hands the one who goes isn't brought in again. */
  refused: readonly number[];
  known_seq: number;
  seq: number;
  now: number;
}

export function conversationWritesOf({ reads }: Access) {
  const on = { ...conversationStatements(reads), noted: notes(reads), found: foundQueries(reads) };
  return { ...openings(on), ...changesOfGroups(on), ...changesOfLists(on) };
}

type Worded = { noted: ReturnType<typeof notes>; found: ReturnType<typeof foundQueries> } & ReturnType<
  typeof conversationStatements
>;

const selfOf = (before: StatementResult | undefined, numbered: StatementResult | undefined): SavedConversation => ({
  self: selfSeqs(before, numbered),
});

/** What is found later doesn't say how far the topics went before it. */
const found = (rows: readonly { user_id: number; seq: number }[]): SavedConversation => ({
  self: rows.map(({ user_id, seq }) => ({ user_id, seq, after: null })),
});

function openings(on: Worded) {
  return {
    /**
     * The direct conversation of the two comes into the user's list, made where there is none. Stale where they may not
     * have one, unless the user `has_it`, or their list is full.
     */
    open(user_id: number, peer_id: number, has_it: boolean, made: NewConversation): Write<SavedConversation> {
      const pair = pairKey(user_id, peer_id);
      const of = { ...made, pair, user_id, peer_id };
      return {
        job: [
          on.guards.opening({ user_id, peer_id, pair, has_it: has_it ? 1 : 0 }),
          on.put.direct(of),
          on.put.pair(of),
          on.before.one({ user_id }),
          on.put.shown(of),
        ],
        stored: (results) => selfOf(results[3], results[4]),
        find: async () => {
          const rows = await read(on.found.direct.all({ pair, user_id }));
          return rows.length > 0 ? found(rows) : null;
        },
      };
    },
    /** Stale where somebody isn't the owner's friend any more, a list is full, or the nonce was used. */
    found({ user_ids, note, name, ...group }: NewGroup): Write<SavedConversation> {
      const ids = [group.owner_id, ...user_ids];
      const of = { ...group, name: name === null ? null : storableText(name), ids: JSON.stringify(ids) };
      return {
        job: [
          on.guards.group({ owner_id: group.owner_id, ids: JSON.stringify(user_ids) }),
          ...on.noted(note),
          on.put.group(of),
          on.before.these({ ids: JSON.stringify(ids) }),
          on.put.members(of),
        ],
        stored: (results) => selfOf(results.at(-2), results.at(-1)),
        find: async () => {
          const rows = await read(on.found.members.all({ id: group.id }));
          return rows.length > 0 ? found(rows) : null;
        },
      };
    },
  };
}

function changesOfGroups(on: Worded) {
  const foundAt = async (id: number, seq: number) => {
    const [standing] = await read(on.found.conversation.all({ id, seq }));
    return standing ? found(await read(on.found.members.all({ id }))) : null;
  };
  return {
    /** Stale where something came between, or the picture has gone. */
    save({ picture, ...of }: ConversationChange): Write<SavedConversation> {
      const { id, known_seq, seq } = of;
      const name = of.name === null ? null : storableText(of.name);
      return {
        job: [
          on.guards.unchanged({ id, known_seq }),
          ...(picture ? [on.guards.picture(picture)] : []),
          on.put.look({ id, name, image: of.image, seq }),
          ...(picture ? [on.put.reference({ id, upload_id: picture.upload_id })] : []),
          on.before.members({ id }),
          on.put.told({ id, seq }),
        ],
        stored: (results) => selfOf(results.at(-2), results.at(-1)),
        find: () => foundAt(id, seq),
      };
    },
    /** Stale where something came between, the two aren't friends any more, or the newcomer's list is full. */
    add(arrival: ConversationArrival): Write<SavedConversation> {
      const { id, user_id, added_by, known_seq, seq } = arrival;
      return {
        job: [
          on.guards.unchanged({ id, known_seq }),
          on.guards.arrival({ user_id, added_by }),
          on.put.seq({ id, seq }),
          on.put.member(arrival),
          on.before.members({ id }),
          on.put.told({ id, seq }),
          on.put.appeared({ id, user_id }),
        ],
        // The newcomer's row is numbered with all others.
        stored: (results) => selfOf(results[4], results[5]),
        find: () => foundAt(id, seq),
      };
    },
    /** Stale where something came between. */
    remove({ is_last, refused, ...departure }: ConversationDeparture): Write<SavedConversation> {
      const { id, user_id, owner_id, known_seq, seq, now } = departure;
      return {
        job: [
          on.guards.unchanged({ id, known_seq }),
          on.before.members({ id }),
          on.put.told({ id, seq }),
          // After it, so that who goes is numbered with those who stay, and also where they had closed it.
          on.put.left({ id, user_id, seq, now, refused: JSON.stringify(refused) }),
          on.put.owner({ id, owner_id, seq, deleted_at: is_last ? now : null }),
        ],
        stored: (results) => {
          const { self } = selfOf(results[1], results[2]);
          const gone = selfOf(results[1], results[3]).self;
          return { self: [...self.filter((one) => one.user_id !== user_id), ...gone] };
        },
        find: () => foundAt(id, seq),
      };
    },
  };
}

function changesOfLists(on: Worded) {
  const own = async ({ id, user_id, seq }: OwnConversation) => {
    const rows = await read(on.found.own.all({ id, user_id, seq }));
    return rows.length > 0 ? found(rows) : null;
  };
  return {
    /** It leaves the member's list until something is said in it; comes to nobody where it wasn't there. */
    close(of: OwnConversation): Write<SavedConversation> {
      return {
        job: [on.before.one({ user_id: of.user_id }), on.put.hidden(of)],
        stored: ([before, hidden]) => selfOf(before, hidden),
        find: () => own(of),
      };
    },
    /** A stranger's request becomes a conversation as any other; comes to nobody where it was none. */
    accept(of: OwnConversation): Write<SavedConversation> {
      return {
        job: [on.before.one({ user_id: of.user_id }), on.put.accepted(of)],
        stored: ([before, accepted]) => selfOf(before, accepted),
        find: () => own(of),
      };
    },
    /** Up to `limit` requests that appeared before are none any more, and leave the lists that they are in. */
    expire(of: { before: number; limit: number; seq: number }): Write<SavedConversation> {
      return {
        job: [on.before.expiring(of), on.put.expired(of)],
        stored: ([before, expired]) => selfOf(before, expired),
        find: doneAnew,
      };
    },
    /** Deletes up to `limit` messages, and as many read marks, of conversations in which nobody is left; comes to how many. */
    purge: (limit: number): Write<number> => ({
      job: on.purge.map((statement) => statement({ limit })),
      stored: (results) => results.reduce((sum, { changes }) => sum + changes, 0),
      find: doneAnew,
    }),
  };
}

/** What finds out later what was done. */
function foundQueries(reads: Access["reads"]) {
  const [id, user, seq] = [given<number>("id"), given<number>("user_id"), given<number>("seq")];
  const ofMember = eq(conversation_members.user_id, user);
  return {
    direct: reads
      .select(numbered)
      .from(conversation_members)
      .where(
        and(
          sql`${conversation_members.conversation_id} = (select id from ${conversations} where pair = ${given("pair")})`,
          ofMember,
          sql`${conversation_members.is_hidden} = 0`,
          eq(conversation_members.state, "open"),
        ),
      )
      .prepare(),
    members: reads
      .select(numbered)
      .from(conversation_members)
      .where(eq(conversation_members.conversation_id, id))
      .prepare(),
    conversation: reads
      .select({ id: conversations.id })
      .from(conversations)
      .where(and(eq(conversations.id, id), eq(conversations.seq, seq)))
      .prepare(),
    own: reads
      .select(numbered)
      .from(conversation_members)
      .where(and(eq(conversation_members.conversation_id, id), ofMember, sql`${conversation_members.seq} >= ${seq}`))
      .prepare(),
  };
}

/** So many hands at most, the latest. */
export function refusedAfter(refused: readonly number[], hand: number): number[] {
  return [...refused.filter((one) => one !== hand), hand].slice(-limits.conversation_refused);
}
