// What the sessions of this node have heard of rooms: to which topics each is subscribed, by which server's room, and up
// to which `seq` it was handed each. When a room has another owner, that one is told this, and answers what is missing;
// until then the session is resuming, and hears of the room only by that answer.

import type { SessionId, Topic } from "../../actors/delivery/gateway.ts";

/** An event's topic and number, as they stand at the head of its frame; and what stands around them. */
const event = /^\{"type":"[a-z_]+","topic":"((?:server|channel):\d+)","seq":(\d+)/;
const TYPE = '{"type":"';
const TOPIC = '","topic":"';
const SEQ = '","seq":';
/** No number has more. */
const SEQ_DIGITS = 16;

interface Listening {
  /** By topic, up to which `seq` this session was told by itself. */
  readonly topics: Map<Topic, number>;
  is_resuming: boolean;
}

/** What one session has heard of a room: by topic, up to which `seq`. */
export interface HeardOf {
  session: SessionId;
  heard: Record<string, number>;
}

export class HeardTopics {
  /** By server and session. */
  readonly #rooms = new Map<number, Map<SessionId, Listening>>();
  /** By session and topic: the server of whose room it is. */
  readonly #servers = new Map<SessionId, Map<Topic, number>>();
  /** By topic: how many sessions here hear of it, and up to which `seq` it was handed to all who did then. */
  readonly #told = new Map<Topic, { sessions: number; seq: number }>();
  /** How many are resuming, by session and server. */
  #resuming = 0;

  /** A frame that goes out to all here who are subscribed to its topic. */
  published(topic: Topic, frame: string): void {
    const told = this.#told.get(topic);
    if (told) told.seq = Math.max(told.seq, seqOf(frame, topic));
  }

  /** A frame for this session. False where it is resuming what the frame is of: its answer tells that. */
  sent(session: SessionId, frame: string): boolean {
    const [, topic, seq] = event.exec(frame) ?? [];
    if (topic === undefined) return true;
    const server_id = this.#servers.get(session)?.get(topic as Topic);
    if (server_id !== undefined && this.isResuming(session, server_id)) return false;
    this.#reach(session, topic as Topic, Number(seq));
    return true;
  }

  /** It is answered what it read of the topic, as of this `seq`. */
  answered(session: SessionId, topic: Topic, seq: number): void {
    this.#reach(session, topic, seq);
  }

  /** False while it is resuming: it is not to be subscribed before its answer. */
  subscribed(session: SessionId, topic: Topic, server_id: number, told: number): boolean {
    const room = this.#rooms.get(server_id) ?? new Map<SessionId, Listening>();
    const listening = room.get(session) ?? { topics: new Map<Topic, number>(), is_resuming: false };
    if (listening.is_resuming) return false;
    this.#rooms.set(server_id, room.set(session, listening));
    const servers = this.#servers.get(session) ?? new Map<Topic, number>();
    this.#servers.set(session, servers.set(topic, server_id));
    if (!listening.topics.has(topic)) {
      const of_topic = this.#told.get(topic) ?? { sessions: 0, seq: 0 };
      of_topic.sessions += 1;
      this.#told.set(topic, of_topic);
    }
    listening.topics.set(topic, Math.max(told, listening.topics.get(topic) ?? 0));
    return true;
  }

  unsubscribed(session: SessionId, topic: Topic): void {
    const server_id = this.#servers.get(session)?.get(topic);
    const listening = server_id === undefined ? undefined : this.#rooms.get(server_id)?.get(session);
    // What it is resuming, the answer settles.
    if (!listening || server_id === undefined || listening.is_resuming) return;
    this.#leave(session, listening, topic);
    this.#tidy(session, server_id);
  }

  /** The session has ended. */
  drop(session: SessionId): void {
    for (const server_id of new Set(this.#servers.get(session)?.values())) {
      const listening = this.#rooms.get(server_id)?.get(session);
      if (!listening) continue;
      for (const topic of [...listening.topics.keys()]) this.#leave(session, listening, topic);
      this.#isResumingNoMore(listening);
      this.#tidy(session, server_id);
    }
  }

  /** The servers of whose rooms sessions here hear. */
  get servers(): Iterable<number> {
    return this.#rooms.keys();
  }

  /** Those who hear of the room and aren't resuming yet: from now on they are. */
  resuming(server_id: number): HeardOf[] {
    return [...(this.#rooms.get(server_id) ?? [])].flatMap(([session, listening]) => {
      if (listening.is_resuming) return [];
      listening.is_resuming = true;
      this.#resuming += 1;
      const heard = [...listening.topics].map(([topic, own]) => [
        topic,
        Math.max(own, this.#told.get(topic)?.seq ?? 0),
      ]);
      return [{ session, heard: Object.fromEntries(heard) }];
    });
  }

  /** Whether any session is. */
  get is_any_resuming(): boolean {
    return this.#resuming > 0;
  }

  isResuming(session: SessionId, server_id: number): boolean {
    return this.#rooms.get(server_id)?.get(session)?.is_resuming ?? false;
  }

  /** It is over: what it hears of from now on, it is subscribed to anew. False where it wasn't. */
  resumed(session: SessionId, server_id: number): boolean {
    const listening = this.#rooms.get(server_id)?.get(session);
    if (!listening?.is_resuming) return false;
    for (const topic of [...listening.topics.keys()]) this.#leave(session, listening, topic);
    this.#isResumingNoMore(listening);
    this.#tidy(session, server_id);
    return true;
  }

  #isResumingNoMore(listening: Listening): void {
    if (listening.is_resuming) this.#resuming -= 1;
    listening.is_resuming = false;
  }

  #reach(session: SessionId, topic: Topic, seq: number): void {
    const server_id = this.#servers.get(session)?.get(topic);
    const topics = server_id === undefined ? undefined : this.#rooms.get(server_id)?.get(session)?.topics;
    if (topics) topics.set(topic, Math.max(seq, topics.get(topic) ?? 0));
  }

  #leave(session: SessionId, listening: Listening, topic: Topic): void {
    if (!listening.topics.delete(topic)) return;
    this.#servers.get(session)?.delete(topic);
    const told = this.#told.get(topic);
    if (told) told.sessions -= 1;
    if (told?.sessions === 0) this.#told.delete(topic);
  }

  #tidy(session: SessionId, server_id: number): void {
    const room = this.#rooms.get(server_id);
    const listening = room?.get(session);
    if (listening && listening.topics.size === 0 && !listening.is_resuming) room?.delete(session);
    if (room?.size === 0) this.#rooms.delete(server_id);
    if (this.#servers.get(session)?.size === 0) this.#servers.delete(session);
  }
}

/** The number of an event of the topic, which each message costs at each node; 0 for what isn't one. */
function seqOf(frame: string, topic: Topic): number {
  const topic_at = frame.indexOf('"', TYPE.length) + TOPIC.length;
  const seq_at = topic_at + topic.length;
  if (!frame.startsWith(topic, topic_at) || !frame.startsWith(SEQ, seq_at)) return 0;
  const digits_at = seq_at + SEQ.length;
  return Number.parseInt(frame.slice(digits_at, digits_at + SEQ_DIGITS), 10);
}
