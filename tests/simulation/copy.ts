// What a client of the simulation keeps: of servers as the community's tests keep it, and beside that the people it has
// asked for, its friends, how far it has read, and what the console shows. Held to what a fresh load brings.

import { ClientCache } from "../community/client-cache.ts";
import { sharedContents } from "../community/shared-contents.ts";
import type { Frame, Json } from "../harness/client.ts";

const FRIENDS_OF_CONSOLE = ["friend", "incoming", "outgoing"];

export class Copy {
  readonly user_id: number;
  servers: ClientCache;
  /** Those that it has asked for and is told of. */
  readonly users = new Map<number, Json>();
  /** Null until loaded. */
  friends: Map<number, string> | null = null;
  last_read: Map<number, number> | null = null;
  /** Channels that came into sight since, how far one had read in which is not known. */
  readonly #unknown_read = new Set<number>();
  /** All of one's own servers are there. */
  isListed = false;
  /** The console's list, since this connection began. */
  console = new Map<number, Json>();
  #self_seq = 0;
  readonly #user_seqs = new Map<number, number>();
  /** While it catches up: the events of what was asked about that came before the answer. */
  #held: Map<string, Frame[]> | null = null;

  constructor(user_id: number) {
    this.user_id = user_id;
    this.servers = new ClientCache(user_id, true);
  }

  get faults(): string[] {
    return this.servers.faults;
  }

  /** A new connection begins, and tells the console's list anew. */
  connected(): void {
    this.console = new Map();
  }

  /** What to ask `sync` about. */
  heard(): Record<string, number> {
    const listed = this.servers.servers.size;
    const users = Object.fromEntries([...this.#user_seqs].map(([id, seq]) => [`user:${id}`, seq]));
    const topics = this.servers.heard(users);
    topics["self"] = this.#self_seq;
    if (this.servers.servers.size < listed) this.isListed = false;
    this.#held = new Map(Object.keys(topics).map((topic) => [topic, []]));
    return topics;
  }

  take(frame: Frame, request: Frame | undefined): void {
    this.servers.take(frame, request);
    if (request && frame["type"] === request["type"]) this.#takeReply(frame, request);
    else if (typeof frame["topic"] === "string") this.#hearEvent(frame);
    else if (frame["type"] === "friend-list-update") this.#takeFriend(frame["data"]);
    else if (frame["type"] === "now-playing" && frame["data"]) this.#takePlaying(frame["data"]);
  }

  #takeReply({ type, data }: Frame, { data: asked }: Frame): void {
    if (type === "get_users") {
      for (const user of data.users as Json[]) {
        const told = data.topics[`user:${user.id}`];
        if (told) this.users.set(user.id, { ...user });
        if (told) this.#user_seqs.set(user.id, Math.max(told.seq, this.#user_seqs.get(user.id) ?? 0));
      }
    } else if (type === "get_servers" && !asked?.user_id) this.isListed = true;
    else if (type === "get_friends") {
      this.friends = new Map((data.friends as Json[]).map(({ user_id, state }) => [user_id, state]));
      this.#self_seq = data.seq;
    } else if (type === "get_conversations" || type === "get_notification_settings") {
      this.#self_seq = Math.max(this.#self_seq, data.seq);
    } else if (type === "get_read_state" && !asked?.server_id) {
      const read = (data.channels as Json[]).filter(({ last_read_id }) => last_read_id !== null);
      this.#unknown_read.clear();
      this.last_read = new Map(read.map(({ channel_id, last_read_id }) => [channel_id, last_read_id]));
    } else if (type === "mark_read") this.#readTo(asked.channel_id, asked.message_id);
    else if (type === "sync") this.#takeSynced(data.topics);
    else if (type === "subscribe" && data.topics.self) this.#self_seq = Math.max(this.#self_seq, data.topics.self.seq);
  }

  #takeSynced(answers: Record<string, Json>): void {
    const held = this.#held;
    this.#held = null;
    for (const [topic, answer] of Object.entries(answers)) {
      const [kind, id] = topic.split(":");
      if (answer.events) {
        for (const event of answer.events) this.#takeEvent(event);
        if (kind === "user" && this.users.has(Number(id))) this.#user_seqs.set(Number(id), answer.seq);
        if (kind === "self") this.#self_seq = answer.seq;
      } else if (kind === "user") this.#dropUser(Number(id));
      else if (kind === "self") Object.assign(this, { friends: null, last_read: null, isListed: false });
      else if (kind === "server") {
        this.#lostServer();
        if (answer.reset) this.isListed = false;
      }
      for (const event of held?.get(topic) ?? []) {
        if (answer.events && event["seq"] > answer.seq) this.#takeEvent(event);
      }
    }
  }

  #hearEvent(event: Frame): void {
    const held = this.#held?.get(event["topic"]);
    if (held) held.push(event);
    else this.#takeEvent(event);
  }

  #takeEvent({ type, topic, seq, data }: Frame): void {
    if (topic === "self" && seq !== undefined) this.#self_seq = Math.max(this.#self_seq, seq);
    if (type === "user_changed") {
      if (!this.users.has(data.id)) return;
      Object.assign(this.users.get(data.id) as Json, data);
      this.#user_seqs.set(data.id, Math.max(seq, this.#user_seqs.get(data.id) ?? 0));
    } else if (type === "friend_added" || type === "friend_changed") {
      if (data.state === "blocked") this.#dropUser(data.user_id);
      if (data.state === "none") this.friends?.delete(data.user_id);
      else this.friends?.set(data.user_id, data.state);
    } else if (type === "friend_deleted") {
      this.#dropUser(data.user_id);
      this.friends?.delete(data.user_id);
    } else if (type === "read_state_changed") this.#readTo(data.channel_id, data.last_read_id);
    else if (type === "member_deleted") this.#dropUser(data.user_id);
    else if (type === "server_deleted") this.#lostServer();
    // How far one had read there before is known again.
    else if (type === "server_added") this.last_read = null;
    else if (type === "channel_added") this.#unknown_read.add(data.channel.id);
  }

  #readTo(channel_id: number, message_id: number): void {
    this.last_read?.set(channel_id, Math.max(message_id, this.last_read.get(channel_id) ?? 0));
  }

  /** Whoever was known by it may be told of no more; and how far one had read there may be gone. */
  #lostServer(): void {
    for (const id of [...this.users.keys()]) this.#dropUser(id);
    this.last_read = null;
  }

  #dropUser(id: number): void {
    this.users.delete(id);
    this.#user_seqs.delete(id);
  }

  #takeFriend(friend: Json): void {
    if (FRIENDS_OF_CONSOLE.includes(friend.type)) this.console.set(friend.id, { ...friend });
    else this.console.delete(friend.id);
  }

  #takePlaying({ who, app }: Json): void {
    const friend = this.console.get(who);
    if (friend) friend.playing = app === "" ? null : app;
  }

  /** What of it the other has, too, in an order that is the same for both; `isTold`: of whom both are told. */
  sharedWith(other: Copy, isTold: (user_id: number) => boolean): Json {
    const both = [...this.users].filter(([id]) => other.users.has(id) && isTold(id));
    const isKnown = (id: number) => !this.#unknown_read.has(id) && !other.#unknown_read.has(id);
    const read = [...(this.last_read ?? [])].filter(([id]) => other.last_read && isKnown(id));
    return {
      servers: sharedContents(this.servers, other.servers),
      users: sorted(both),
      friends: other.friends && this.friends && sorted([...this.friends]),
      last_read: sorted(read.filter(([id]) => this.servers.channel(id) && other.servers.channel(id))),
      console: sorted([...this.console].map(([id, friend]) => [id, shownOf(friend)])),
    };
  }
}

const sorted = <Value>(entries: [number, Value][]) => entries.toSorted(([one], [other]) => one - other);

/** A pending one's name is as it was when it was told. */
function shownOf({ type, name, status, playing }: Json): Json {
  return type === "friend" ? { type, name, status, playing } : { type };
}
