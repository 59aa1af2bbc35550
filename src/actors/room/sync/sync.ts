// A room's part in `sync`: what changed in its server and its channels since the asker last heard of them. It is done
// in two steps, so that several rooms can be answered at once: what has to be read is gathered in the background, and
// then, in one turn, judged, answered and subscribed to, if nothing has come between.

import type { ChangedMessage } from "../../../db/queries/messages.ts";
import type { ChatMessage, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import { GONE, RESET, type SyncedEvent, type SyncedTopic } from "../../../protocol/community/sync.ts";
import { type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";
import { asKnownViewer } from "../asker.ts";
import type { Answers, CatchingUp, Gathered, GatheredChannel, Gathering, Heard } from "../calls.ts";
import { takeIn, takeInLater } from "../change.ts";
import { profilesBy } from "../members/profiles.ts";
import type { Room } from "../room.ts";
import { channelOf, subscribeTo, unsubscribeFromTopics } from "../topics.ts";
import { messageView } from "../views.ts";
import { formerSight } from "./former-sight.ts";
import { serverChanges } from "./server-changes.ts";

/** Of a server that isn't there. */
export const NOTHING: Gathered = { for_member: false, changes: -1, server: null, channels: {}, bytes: 0 };

export function allGone({ heard }: { heard: Heard }): Answers {
  return Object.fromEntries(Object.keys(heard).map((topic) => [topic, GONE]));
}

/** Reads what the topics' answers are made of, when no change is under way. */
export async function gatherChanges(room: Room, request: Gathering, reply: Reply<Gathered>): Promise<void> {
  const changes = await room.gate.calm();
  reply(success(await gather(room, request, changes, takeInLater)));
}

/** The same, one topic after another. */
async function gather(
  room: Room,
  { from, heard, bytes, again }: Gathering,
  changes: number,
  takeInNow: (room: Room) => Promise<void>,
): Promise<Gathered> {
  const member = await room.member(from.id);
  const channel_ids = Object.keys(heard).flatMap((topic) => channelOf(topic) ?? []);
  if (member) await room.findSeqs(channel_ids.filter((id) => room.structure.channel(id)));
  const channels: Record<number, GatheredChannel> = {};
  let server: Gathered["server"] = null;
  let used = 0;
  for (const [topic, since] of member ? Object.entries(heard) : []) {
    const channel_id = channelOf(topic);
    if (channel_id === null) {
      if (room.seq > since) server = await gatherServer(room, from.id, since, takeInNow);
      continue;
    }
    const told = room.toldIn(channel_id);
    // Of what one may not read nothing is read: how much there is must not show.
    if (told <= since || !member || !mayRead(room, from.id, channel_id)) continue;
    if (again) await room.feed(channel_id).log(room);
    const messages = used > bytes ? "too_many" : await gatherChannel(room, member, channel_id, since);
    channels[channel_id] = { told, messages };
    if (messages !== "too_many") used += Buffer.byteLength(JSON.stringify(messages));
  }
  return { for_member: member !== null, changes, server, channels, bytes: used };
}

async function gatherServer(
  room: Room,
  user_id: number,
  since: number,
  takeInNow: (room: Room) => Promise<void>,
): Promise<Gathered["server"]> {
  const limit = limits.sync_changes + 1;
  const history = await room.on.store.rooms.changedSince({ server_id: room.id, user_id, since, limit });
  // Members whose accounts have just ended are stored as such, and yet to be told of: that is a change, and what was
  // gathered before it is gathered anew.
  if (history.members.some(({ seq }) => seq > room.seq)) await takeInNow(room);
  const came = history.members.filter(({ left, was_there }) => !left && !was_there);
  const look = { user_ids: came.map((member) => member.user_id), watch_with: null };
  const looked = came.length === 0 ? null : await room.on.actors.request("presence", "look", look);
  const nobody = { seen: [], profiles: [], left_out: [], told: [], moving: [] };
  return { history, looked: looked?.ok ? looked.value : nobody };
}

function mayRead(room: Room, user_id: number, channel_id: number): boolean {
  return asKnownViewer(room, user_id, channel_id, "read_history").ok;
}

async function gatherChannel(
  room: Room,
  member: Member,
  channel_id: number,
  since: number,
): Promise<GatheredChannel["messages"]> {
  const limit = limits.sync_changes + 1;
  const messages = await room.on.store.messages.changedSince({ channel_id, since, limit });
  if (messages.length === limit) return "too_many";
  const tells_of_ended = messages.some(({ id, deleted }) => deleted && id <= since);
  return tells_of_ended && !(await couldView(room, member, channel_id, since)) ? "too_many" : messages;
}

/** Whether the member could view the channel at `since`: if not, they have no copy of what has ended in it. */
async function couldView(room: Room, member: Member, channel_id: number, since: number): Promise<boolean> {
  const of = { server_id: room.id, user_id: member.user_id, since, limit: limits.sync_changes + 1 };
  const history = await room.on.store.rooms.changedSince(of);
  if (history.joined_seq === null || since < history.joined_seq) return false;
  return formerSight(room.structure, member, since, history).places.has(channel_id);
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
        ? answerServer(room, member, since, gathered)
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
  for (let answered = false; !answered; ) {
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

/** Null: what it takes has not been gathered. */
function answerServer(room: Room, member: Member, since: number, { server }: Gathered): SyncedTopic | null {
  if (since >= room.seq) {
    room.toldAt(since);
    return { seq: since, events: [] };
  }
  if (!server) return since < room.on.compactedTo() ? RESET : null;
  const { history, looked } = server;
  const { joined_seq, ended, members } = history;
  // What they saw before they came anew is another copy.
  const is_another = joined_seq === null || since < joined_seq || since < room.on.compactedTo();
  const lists = [members, ended.roles, ended.categories, ended.channels];
  if (is_another || lists.some(({ length }) => length > limits.sync_changes)) return RESET;
  const profile = profilesBy(looked);
  const copy = { now: room.structure, member, since, history, seq: room.seq, profileOf: profile };
  return answerOf(room.seq, serverChanges(copy));
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
  if (since >= told) return { seq: since, events: [] };
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
  const { content, edited_date, mentions, reactions } = view;
  const data = { id, channel_id, content, edited_date, mentions, reactions };
  return { type: "message_changed", topic, seq, data };
}

function answerOf(seq: number, events: SyncedEvent[]): SyncedTopic {
  return events.length > limits.sync_changes ? RESET : { seq, events };
}
