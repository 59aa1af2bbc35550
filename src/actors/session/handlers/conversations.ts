// The handlers of what no one conversation's room can answer: opening one, with somebody or with several, and the list.
// That two people have one conversation, and that nothing stands between who come into it, is decided in the commit.

import { monotonic } from "../../../clock.ts";
import type { Write } from "../../../db/engine/write.ts";
import type { SavedConversation } from "../../../db/queries/conversation-writes.ts";
import { type Acquainted, activityOf } from "../../../db/queries/conversations.ts";
import { noteOf } from "../../../db/queries/made.ts";
import type { Store } from "../../../db/store.ts";
import { directRefusal, not_taken } from "../../../domain/conversations.ts";
import type { IdGenerator } from "../../../domain/ids.ts";
import { limits } from "../../../domain/limits.ts";
import type { Pools } from "../../../domain/pools.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { busy, failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Asking } from "../../calls.ts";
import { type Commit, type Committed, DECISIONS, nobodys } from "../../commit/commit.ts";
import { conversationView } from "../../conversation-view.ts";
import type { Gateway } from "../../delivery/gateway.ts";
import type { Reply } from "../../kernel/actor.ts";
import { inTurn } from "../../parties.ts";
import type { Requester } from "../calls.ts";
import type { Handlers } from "../handler.ts";
import { readAsTold } from "../quiet-read.ts";

export interface ConversationDependencies {
  actors: Asking;
  gateway: Pick<Gateway, "isOpen">;
  store: Pick<Store, "conversations" | "users" | "made">;
  commit: Commit;
  ids: IdGenerator;
  /** The list is as much to read as a `sync` of it. */
  pools: Pick<Pools, "syncs">;
  clock(): number;
}

type Opened = Reply<ReplyBody<"open_conversation">>;

export function conversationHandlers(
  on: ConversationDependencies,
): Handlers<"open_conversation" | "get_conversations"> {
  return {
    async open_conversation(request, from, reply) {
      const user_ids = [...new Set(request.user_ids)];
      if (user_ids.includes(from.id)) {
        return reply(failure("bad_request", "One is in it oneself.", { path: "data.user_ids" }));
      }
      const [peer_id] = user_ids;
      if (user_ids.length === 1 && peer_id !== undefined) await openDirect(on, peer_id, from, reply);
      else await foundGroup(on, { ...request, user_ids }, from, reply);
    },

    get_conversations: (request, from, reply) => inTurn(on, from, reply, (at) => listOwn(at, request, from, reply)),
  };
}

async function openDirect(
  on: ConversationDependencies,
  peer_id: number,
  from: Requester,
  reply: Opened,
): Promise<void> {
  const { conversations } = on.store;
  for (let left = DECISIONS; left > 0; left -= 1) {
    const between = await conversations.acquainted(from.id, peer_id);
    const refusal = refusalOf(between);
    if (refusal) return reply(refusal);
    const { conversation_id, has_it } = between;
    if (between.is_listed && conversation_id !== null) return answer(on, conversation_id, from, reply);
    const made = { ...newConversation(on), now: on.clock() };
    let saved: SavedConversation | null = null;
    const committed = await write(on, [from.id], conversations.open(from.id, peer_id, has_it, made), (stored) => {
      saved = stored;
    });
    if (committed === "stale" || !saved) continue;
    const { conversation_id: id } = await conversations.acquainted(from.id, peer_id);
    return answer(on, id ?? made.id, from, reply).finally(() => tell(on, saved));
  }
  reply(busy());
}

/** Null: they may. */
function refusalOf(between: Acquainted): Outcome<never> | null {
  if (between.peer_id === null && !between.has_it) return failure("not_found", "There is no such user.");
  const refusal = directRefusal(between);
  if (refusal === "blocked") return failure("blocked", "One of you has blocked the other.");
  if (refusal) return failure("forbidden", not_taken);
  return between.is_listed || between.has_room ? null : tooMany("You have too many conversations.");
}

const tooMany = (why: string) => failure("limit_reached", why, { limit: "conversations_per_user" });

type GroupRequest = Request<"open_conversation">;

async function foundGroup(
  on: ConversationDependencies,
  request: GroupRequest,
  from: Requester,
  reply: Opened,
): Promise<void> {
  for (let left = DECISIONS; left > 0; left -= 1) {
    const making = { user_id: from.id, kind: "conversation" as const, server_id: 0, nonce: request.nonce };
    const made = await on.store.made.find(making);
    if (made !== null) return answer(on, Number(made), from, reply, leftSince);
    const refusal = await groupRefusal(on, request.user_ids, from);
    if (refusal) return reply(refusal);
    const { user_ids, name = null } = request;
    const [group, now] = [newConversation(on), on.clock()];
    const founded = { ...group, now, name, owner_id: from.id, user_ids, note: noteOf(making, group.id, now) };
    let saved: SavedConversation | null = null;
    const concerned = [from.id, ...user_ids];
    const committed = await write(on, concerned, on.store.conversations.found(founded), (stored) => {
      saved = stored;
    });
    if (committed === "stale" || !saved) continue;
    return answer(on, group.id, from, reply).finally(() => tell(on, saved));
  }
  reply(busy());
}

const leftSince = failure("conflict", "This was made before, and you have left it since.");

async function groupRefusal(
  { store: { conversations } }: ConversationDependencies,
  user_ids: readonly number[],
  from: Requester,
): Promise<Outcome<never> | null> {
  const [strangers, crowded] = await Promise.all([
    conversations.strangersTo(from.id, user_ids),
    conversations.crowdedAmong([from.id, ...user_ids]),
  ]);
  if (strangers.length > 0) return failure("forbidden", "A group is of friends.");
  return crowded.length > 0 ? tooMany("One of you has too many conversations.") : null;
}

const newConversation = ({ ids }: ConversationDependencies) => ({
  ...{ id: ids.next(), channel_id: ids.next(), seq: ids.next() },
});

function write(
  { actors, commit }: ConversationDependencies,
  user_ids: number[],
  of: Write<SavedConversation>,
  saved: (stored: SavedConversation) => void,
): Promise<Committed> {
  return commit(nobodys, {
    write: () => of,
    unsure: () => void actors.tell("presence", "catch_up", { user_ids }),
    answer: saved,
  });
}

function tell({ actors }: ConversationDependencies, saved: SavedConversation | null): void {
  if (saved) actors.tell("presence", "conversation_written", { self: saved.self });
}

/** Read after the commit, so that it is never older than what is told. */
async function answer(
  { store }: ConversationDependencies,
  id: number,
  from: Requester,
  reply: Opened,
  absent: Outcome<never> = notFound(),
): Promise<void> {
  const row = await store.conversations.view(id, from.id);
  reply(row ? success({ conversation: conversationView(row), seq: row.seq }) : absent);
}

/** A page of one's list, as of a turn in which all that it comes from was told. */
async function listOwn(
  on: ConversationDependencies,
  { amount, anchor }: Request<"get_conversations">,
  from: Requester,
  reply: Reply<ReplyBody<"get_conversations">>,
): Promise<void> {
  const begun_ms = monotonic();
  const before = anchor === 0 ? Number.MAX_SAFE_INTEGER : anchor;
  const read = () => on.store.conversations.page({ user_id: from.id, before, limit: amount + 1 });
  const is_answered = await readAsTold(on, from.id, read, (rows, seq) => {
    if (monotonic() - begun_ms >= limits.request_deadline_ms) return;
    const page = rows.slice(0, amount);
    const last = page.at(-1);
    const next_anchor = last && page.length < rows.length ? activityOf(last) : null;
    reply(success({ conversations: page.map(conversationView), next_anchor, seq }));
  });
  if (!is_answered) reply(busy());
}
