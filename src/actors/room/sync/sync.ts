// A room's part in `sync`: what changed in its server and its channels since the asker last heard of them. It is done
// in two steps, so that several rooms can be answered at once: what has to be read is gathered in the background, as
// `gathering.ts` does, and then, in one turn, judged, answered and subscribed to, if nothing has come between.

import { monotonic } from "../../../clock.ts";
import type { ChangedMessage } from "../../../db/queries/messages.ts";
import type { ChatMessage } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { GONE, RESET, type SyncedEvent, type SyncedTopic } from "../../../protocol/community/sync.ts";
import { busy, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import { asKnownViewer } from "../asker.ts";
import type { Answers, CatchingUp, Gathered, Gathering, Heard } from "../calls.ts";
import { takeIn } from "../change.ts";
import type { Room } from "../room.ts";
import { channelOf, subscribeTo, unsubscribeFromTopics } from "../topics.ts";
import { messageView } from "../views.ts";
import { gather } from "./gathering.ts";

export function allGone({ heard }: { heard: Heard }): Answers {
  return Object.fromEntries(Object.keys(heard).map((topic) => [topic, GONE]));
}

function mayRead(room: Room, user_id: number, channel_id: number): boolean {
  return asKnownViewer(room, user_id, channel_id, "read_history").ok;
}

/** All topics' answers, in the turn in which they hold; null when something came between. */
export function catchUp(room: Room, { from, heard, gathered }: CatchingUp, reply: Reply<Answers | null>): void {
  const member = room.knownMember(from.id);
  const is_stale = !room.gate.isAsOf(gathered.changes) || (member === null) === gathered.for_member;
  if (is_stale) return reply(success(null));
  const answers: Answers = {};
  for (const [topic, since] of Object.entries(heard)) {
    const channel_id = channelOf(topic);
    const answer = !member
      ? GONE
      : channel_id === null
        ? answerServer(room, since, gathered)
        : answerChannel(room, from.id, channel_id, since, gathered);
    if (!answer) return reply(success(null));
    answers[topic] = answer;
  }
  for (const [topic, answer] of Object.entries(answers)) {
    // What is gone or has to be loaded again isn't heard of, even if an answer before that came too late subscribed to it.
    if ("events" in answer) subscribeTo(room, from, channelOf(topic));
    else unsubscribeFromTopics(room, from.session, [topic]);
  }
  reply(success(answers));
}

/**
 * Both steps in one, with no change between: for a room that never holds still for as long as the two take. What is
 * added meanwhile is taken from the logs, which are loaded before, since loading them may wait for changes.
 */
export async function catchUpAlone(room: Room, request: Gathering, reply: Reply<Answers>): Promise<void> {
  const until_ms = monotonic() + request.within_ms;
  for (let answered = false; !answered; ) {
    if (monotonic() > until_ms) return reply(busy());
    await loadLogs(room, request);
    await room.gate.exclusively(async () => {
      const gathered = await gather(room, { ...request, again: false }, room.gate.changes, takeIn);
      catchUp(room, { ...request, gathered }, (outcome) => {
        answered = outcome.ok && outcome.value !== null;
        if (answered) reply(outcome as Outcome<Answers>);
      });
    });
  }
}

async function loadLogs(room: Room, { from, heard }: Gathering): Promise<void> {
  await room.member(from.id);
  for (const [topic, since] of Object.entries(heard)) {
    const channel_id = channelOf(topic);
    if (channel_id === null || !mayRead(room, from.id, channel_id)) continue;
    if ((await room.channelSeq(channel_id)) > since) await room.feed(channel_id).log(room);
  }
}

/** Nobody was told anything under that number by this room, or by one before it: it makes greater ids than those did. */
const isUngiven = (room: Room, since: number) => since > room.on.ids.next();

/** Null: what it takes has not been gathered. */
function answerServer(room: Room, since: number, { server }: Gathered): SyncedTopic | null {
  if (since >= room.seq) {
    if (isUngiven(room, since)) return RESET;
    room.toldAt(since);
    return { seq: since, events: [] };
  }
  if (!server) return since < room.on.compactedTo() ? RESET : null;
  if (server.events === "too_many" || since < room.on.compactedTo()) return RESET;
  return answerOf(room.seq, server.events);
}

/** Null: what it takes has not been gathered. */
function answerChannel(
  room: Room,
  user_id: number,
  channel_id: number,
  since: number,
  { channels }: Gathered,
): SyncedTopic | null {
  if (!asKnownViewer(room, user_id, channel_id).ok) return GONE;
  const told = room.toldIn(channel_id);
  if (since >= told) return isUngiven(room, since) ? RESET : { seq: since, events: [] };
  // A member who may not read what was said has to do with what they hear.
  if (since < room.on.compactedTo() || !mayRead(room, user_id, channel_id)) return RESET;
  const gathered = channels[channel_id];
  if (gathered?.messages === "too_many") return RESET;
  const read = gathered ? { told: gathered.told, messages: gathered.messages } : { told: since, messages: [] };
  const messages = withAdded(room, channel_id, since, read);
  return messages && answerOf(told, channelChanges(messages, since, user_id));
}

/** What was read, with what has been added since; null where memory doesn't have that. */
function withAdded(
  room: Room,
  channel_id: number,
  since: number,
  { told, messages }: { told: number; messages: readonly ChangedMessage[] },
): readonly ChangedMessage[] | null {
  const now = room.toldIn(channel_id);
  const log = room.feed(channel_id).knownLog;
  if (!log) return now === told ? messages.filter(({ seq }) => seq <= now) : null;
  if (log.floor > told + 1) return null;
  // The log knows what has been told; what is stored beyond that is yet to come.
  const read = messages.filter(({ id, seq, deleted }) => seq <= now && (deleted || id < log.floor));
  return [...read, ...log.changedSince(since).map((message) => ({ ...message, deleted: false }))];
}

function channelChanges(messages: readonly ChangedMessage[], since: number, viewer: number): SyncedEvent[] {
  const events = messages.flatMap((message) => messageEvent(message, since, viewer) ?? []);
  return events.sort((one, other) => one.seq - other.seq);
}

/** Ids and seqs come from one generator: a message is added under its own id. */
function messageEvent(message: ChangedMessage, since: number, viewer: number): SyncedEvent | null {
  const { id, channel_id, seq } = message;
  const topic = `channel:${channel_id}`;
  if (message.deleted) {
    return id > since ? null : { type: "message_deleted", topic, seq, data: { id, channel_id } };
  }
  const view = messageView(message satisfies ChatMessage, viewer);
  if (id > since) return { type: "message_added", topic, seq: id, data: view };
  const { content, edited_date, mentions, mention_roles, mentions_all, reactions, pinned } = view;
  const data = {
    ...{ id, channel_id, content, edited_date, mentions, mention_roles, mentions_all },
    ...{ reactions, pinned },
  };
  return { type: "message_changed", topic, seq, data };
}

function answerOf(seq: number, events: readonly SyncedEvent[]): SyncedTopic {
  return events.length > limits.sync_changes ? RESET : { seq, events: [...events] };
}
