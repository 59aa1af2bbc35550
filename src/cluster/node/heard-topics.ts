// What the sessions of this node have heard of rooms: to which topics each is subscribed, by which server's room, and up
// to which `seq` the node has handed each topic on. When a room goes to another node, that one is told this, and tells
// what is missing. Must not be asked for anything while all is well: it costs a note with each frame.

import type { SessionId, Topic } from "../../actors/delivery/gateway.ts";

/** An event's topic and number, as they stand at the head of its frame. */
const event = /^\{"type":"[a-z_]+","topic":"((?:server|channel):\d+|self)","seq":(\d+)/;

export class HeardTopics {
  readonly #told = new Map<string, number>();
  /** By server and session: topics of its room. */
  readonly #rooms = new Map<number, Map<SessionId, Set<Topic>>>();
  /** By session: the servers of which it hears. */
  readonly #servers = new Map<SessionId, Set<number>>();

  /** A frame that goes out to sessions here. */
  note(frame: string): void {
    const [, topic, seq] = event.exec(frame) ?? [];
    if (topic !== undefined && topic !== "self") this.#reach(topic, Number(seq));
  }

  subscribed(session: SessionId, topic: Topic, server_id: number | null, told: number): void {
    if (server_id === null) return;
    const room = this.#rooms.get(server_id) ?? new Map<SessionId, Set<Topic>>();
    this.#rooms.set(server_id, room);
    room.set(session, (room.get(session) ?? new Set()).add(topic));
    this.#servers.set(session, (this.#servers.get(session) ?? new Set()).add(server_id));
    this.#reach(topic, told);
  }

  unsubscribed(session: SessionId, topic: Topic): void {
    for (const server_id of this.#servers.get(session) ?? []) this.#rooms.get(server_id)?.get(session)?.delete(topic);
  }

  /** The session has ended. */
  drop(session: SessionId): void {
    for (const server_id of this.#servers.get(session) ?? []) {
      const room = this.#rooms.get(server_id);
      room?.delete(session);
      if (room?.size === 0) this.#rooms.delete(server_id);
    }
    this.#servers.delete(session);
  }

  /** The servers of whose rooms sessions here hear. */
  get servers(): Iterable<number> {
    return this.#rooms.keys();
  }

  /** What each session has heard of a server's room: by topic, up to which `seq`. */
  ofRoom(server_id: number): { session: SessionId; heard: Record<string, number> }[] {
    return [...(this.#rooms.get(server_id) ?? [])].map(([session, topics]) => ({
      session,
      heard: Object.fromEntries([...topics].map((topic) => [topic, this.#told.get(topic) ?? 0])),
    }));
  }

  #reach(topic: string, seq: number): void {
    if (seq > (this.#told.get(topic) ?? 0)) this.#told.set(topic, seq);
  }
}
