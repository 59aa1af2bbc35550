// A room over a database whose every step is taken by the test: when a write is committed and when that is known, what
// a read sees and when it is answered. Sessions are lists of the frames that they were sent.

import type { ActorKinds, Actors } from "../../../src/actors/calls.ts";
import { createCommit } from "../../../src/actors/commit/commit.ts";
import type { Gateway, SessionId, Topic } from "../../../src/actors/delivery/gateway.ts";
import { textOf } from "../../../src/actors/delivery/late-frame.ts";
import { Line } from "../../../src/actors/delivery/line.ts";
import { LinedGateway } from "../../../src/actors/delivery/lined-gateway.ts";
import type { Behaviour } from "../../../src/actors/kernel/actor.ts";
import { createSlices } from "../../../src/actors/kernel/slices.ts";
import { ActorSystem } from "../../../src/actors/kernel/system.ts";
import type { PresenceCalls } from "../../../src/actors/people/calls.ts";
import { roomKind } from "../../../src/actors/room/actor.ts";
import {
  DatabaseError,
  type Job,
  type SqlValue,
  type StatementResult,
  unavailable,
} from "../../../src/db/engine/driver.ts";
import { performOver, type Write } from "../../../src/db/engine/write.ts";
import type { Buried } from "../../../src/db/queries/burials.ts";
import type { PageQuery } from "../../../src/db/queries/messages.ts";
import type { LoadedServer } from "../../../src/db/queries/rooms.ts";
import type { Store } from "../../../src/db/store.ts";
import type { ChatMessage, Member } from "../../../src/domain/community.ts";
import { DEFAULT_RULES } from "../../../src/domain/permissions.ts";
import { createPools } from "../../../src/domain/pools.ts";
import type { MessageType } from "../../../src/protocol/catalogue.ts";
import { type Outcome, success } from "../../../src/protocol/outcome.ts";
import type { Frame } from "../../harness/client.ts";

export const OWNER = 1;
export const SERVER = 2;
export const CHANNEL = 5;

export const storedServer: LoadedServer = {
  server: {
    ...{
      id: SERVER,
      name: "Orchard",
      image: null,
      description: null,
      owner_id: OWNER,
      default_role_id: 3,
      locked_at: null,
      joins: "open" as const,
    },
    ...{ num_members: 1, created_at: 0, seq: 1 },
  },
  roles: [{ id: 3, name: "everyone", color: null, rules: DEFAULT_RULES, position: 0, seq: 1 }],
  categories: [],
  channels: [
    {
      id: CHANNEL,
      category_id: null,
      name: "general",
      description: null,
      position: 0,
      overwrites: [],
      slow_mode_s: 0,
      seq: 1,
    },
  ],
  last_seq: 1,
};

/** What the database was asked to do, and has not answered yet. */
interface Pending {
  /** What is done, as the database does it; null until then. */
  result: { value: unknown } | null;
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface FakeReaction {
  message_id: number;
  emoji: string;
  user_id: number;
  seq: number;
}

export class FakeMessages {
  rows: ChatMessage[] = [];
  /** In the order in which they are committed. */
  readonly writes: Pending[] = [];
  readonly reads: Pending[] = [];
  /** The greatest seq of a deleted message. */
  #last_deleted = 0;
  /** Nothing is added, as where the author is no member. */
  takes_none = false;
  /** What each write does, by the text of its statement. */
  readonly #worded: (() => unknown)[] = [];

  /** The next write that isn't is committed; nobody knows yet. */
  commit(): void {
    const next = this.writes.find(({ result }) => result === null);
    if (next) next.result = { value: next.run() };
  }

  /** Every write that is committed is answered, in order. */
  acknowledge(): void {
    while (this.writes[0]?.result) {
      const { resolve, result } = this.writes.shift() as Pending;
      resolve(result?.value);
    }
  }

  /** The next write's connection is lost: whether it is done nobody can tell. */
  lose(): void {
    this.writes.shift()?.reject(new DatabaseError(unavailable("lost")));
  }

  /** A read sees what is committed now. */
  see(at: number): void {
    const read = this.reads[at % (this.reads.length || 1)];
    if (read && read.result === null) read.result = { value: read.run() };
  }

  /** A read that has seen something is answered. */
  answer(at: number): void {
    const [read] = this.reads.filter(({ result }) => result).slice(at % (this.reads.length || 1));
    if (!read) return;
    this.reads.splice(this.reads.indexOf(read), 1);
    read.resolve(read.result?.value);
  }

  /** Does and answers everything, until nobody asks for anything more. */
  async drain(): Promise<void> {
    do {
      for (const _ of this.writes) this.commit();
      this.acknowledge();
      for (const at of this.reads.keys()) this.see(at);
      while (this.reads.length > 0) this.answer(0);
      await settled();
    } while (this.writes.length + this.reads.length > 0);
  }

  readonly api = {
    add: (message: ChatMessage) =>
      this.#write(
        () => this.#insert(message),
        () => (this.rows.some(({ id }) => id === message.id) ? { added: true } : null),
      ),
    edit: ({ id, ...edit }: { id: number; seq: number }) =>
      this.#write(
        () => this.#update(id, (row) => ({ ...row, ...edit })),
        () => this.#hasSeq(id, edit.seq),
      ),
    remove: ({ id, seq }: { id: number; seq: number }) =>
      this.#write(
        () => this.#delete(id, seq),
        () => (this.#last_deleted === seq ? true : null),
      ),
    liveAmong: (_channel: number, ids: readonly number[]) =>
      this.#read(() => this.rows.flatMap(({ id }) => (ids.includes(id) ? id : []))),
    bury: (rows: readonly Buried[]) =>
      this.#write(
        () => rows.filter(({ id, seq }) => this.#delete(id, seq)),
        () => (this.#last_deleted >= (rows[0]?.seq ?? 0) ? rows : null),
      ),
    addReaction: (reaction: FakeReaction) =>
      this.#write(
        () => this.#react(reaction, (ids) => [...ids, reaction.user_id]),
        () => this.#hasSeq(reaction.message_id, reaction.seq),
      ),
    removeReaction: (reaction: FakeReaction) =>
      this.#write(
        () => this.#react(reaction, (ids) => ids.filter((id) => id !== reaction.user_id)),
        () => this.#hasSeq(reaction.message_id, reaction.seq),
      ),
    page: (query: PageQuery) => this.#read(() => pageOf(this.rows, query)),
    byId: (id: number) => this.#read(() => this.rows.find((row) => row.id === id) ?? null),
    byNonce: (author_id: number, _channel: number, nonce: string) =>
      this.#read(() => this.rows.find((row) => row.author_id === author_id && row.nonce === nonce) ?? null),
    wasDeleted: async () => false,
    placeOf: (id: number) => this.#read(() => this.rows.find((row) => row.id === id) ?? null),
    changedSince: ({ since }: { since: number }) =>
      this.#read(() => this.rows.filter(({ seq }) => seq > since).map((row) => ({ ...row, deleted: false }))),
    lastOf: () => this.#read(() => [{ channel_id: CHANNEL, last_id: null, last_seq: this.#lastSeq() }]),
  };

  /** Takes a job as the writer does; its one statement says which of the writes it is. */
  enqueue([statement]: Job): Promise<StatementResult[]> {
    const run = this.#worded[Number(statement?.sql)] ?? (() => null);
    return new Promise((resolve, reject) => {
      const answer = (value: unknown) => resolve([{ changes: 0, rows: [[value as SqlValue]] }]);
      this.writes.push({ result: null, run, resolve: answer, reject });
    });
  }

  /** A write that comes to what `run` gives. */
  word<Value>(run: () => Value): Write<Value> {
    return this.#write(run, () => null);
  }

  #write<Value>(run: () => Value, found: () => Value | null): Write<Value> {
    this.#worded.push(run);
    return {
      job: [{ sql: String(this.#worded.length - 1), params: [] }],
      stored: ([result]) => result?.rows[0]?.[0] as Value,
      find: () => this.#read(found),
    };
  }

  #hasSeq(id: number, seq: number): true | null {
    return this.rows.some((row) => row.id === id && row.seq === seq) ? true : null;
  }

  #read<Value>(run: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => this.reads.push({ result: null, run, resolve: resolve as never, reject }));
  }

  #insert(message: ChatMessage): { added: boolean } {
    const taken = message.nonce !== null && this.rows.some(({ nonce }) => nonce === message.nonce);
    const added = !taken && !this.takes_none;
    if (added) this.rows = [...this.rows, message];
    return { added };
  }

  #update(id: number, change: (row: ChatMessage) => ChatMessage): boolean {
    const found = this.rows.some((row) => row.id === id);
    this.rows = this.rows.map((row) => (row.id === id ? change(row) : row));
    return found;
  }

  #delete(id: number, seq: number): boolean {
    const found = this.rows.some((row) => row.id === id);
    this.rows = this.rows.filter((row) => row.id !== id);
    this.#last_deleted = seq;
    return found;
  }

  #react({ message_id, emoji, seq }: FakeReaction, change: (ids: readonly number[]) => number[]): boolean {
    return this.#update(message_id, (row) => {
      const held = row.reactions.find((reaction) => reaction.emoji === emoji);
      const others = row.reactions.filter((reaction) => reaction !== held);
      const user_ids = change(held?.user_ids ?? []);
      return { ...row, seq, reactions: user_ids.length > 0 ? [...others, { emoji, user_ids }] : others };
    });
  }

  #lastSeq(): number {
    return this.rows.reduce((greatest, { seq }) => Math.max(greatest, seq), this.#last_deleted);
  }
}

function pageOf(rows: ChatMessage[], { limit, anchor, direction }: PageQuery) {
  const upwards = direction === (anchor !== 0);
  const side = rows.filter(({ id }) => anchor === 0 || (direction ? id > anchor : id < anchor));
  return { messages: upwards ? side.slice(0, limit) : side.slice(-limit), has_more: side.length > limit };
}

/** When whatever could go on without the database has. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface FakeRoom {
  messages: FakeMessages;
  /** By session. */
  frames: Map<SessionId, Frame[]>;
  clock: { now_ms: number };
  nextId(): number;
  /** The session's node passes over what the room had it subscribed to, of which the room isn't told. */
  passOver(session: SessionId): void;
  /** The session's request; its reply is put among its frames as `{reply: …}`, a refusal as `{refusal: …}`. */
  ask(session: SessionId, type: MessageType, parameters: object): void;
  /** Faults that were bugs. */
  faults: unknown[];
  actors: Actors;
}

/** All sessions are the owner's, or their `user_id`'s; `rooms` stands in for what is stored of the server. */
export function fakeRoom(sessions: Record<SessionId, number>, rooms: Partial<Store["rooms"]> = {}): FakeRoom {
  const frames = new Map<SessionId, Frame[]>();
  const subscriptions = new Map<Topic, Set<SessionId>>();
  const faults: unknown[] = [];
  const line = new Line((error) => void faults.push(error));
  const gateway = new LinedGateway(line, fakeGateway(frames, subscriptions));
  const messages = new FakeMessages();
  const clock = { now_ms: 0 };
  let last_id = 100;
  const nextId = () => {
    last_id += 1;
    return last_id;
  };
  const onFault = (error: unknown) => {
    if (error instanceof DatabaseError) return { code: "unavailable" as const, message: "not now" };
    faults.push(error);
    return { code: "internal" as const, message: "a bug" };
  };
  const actors: Actors = new ActorSystem<ActorKinds>({ line, ask_deadline_ms: 60_000, sweep_ms: 60_000, onFault });
  const uploads = { ownedBy: async () => [] };
  const friendships = { blockedBy: async () => [] };
  const stored = {
    messages: messages.api,
    rooms: { ...fakeRooms(messages), ...rooms },
    readStates: {},
    uploads,
    friendships,
    audit: { noting: (write: Write<unknown>) => write },
  };
  const store = stored as unknown as Store;
  const commit = createCommit(performOver((job) => messages.enqueue(job)));
  actors.define("session", { mailbox_limit: 1_000 });
  actors.define("presence", { mailbox_limit: 1_000, start: () => ({ receive: { look } as never }) });
  actors.define(
    "room",
    roomKind({
      actors,
      forRoom: () => ({ gateway, commit }),
      store,
      ids: { next: nextId, pass() {}, reached: nextId, readReached: async () => nextId() },
      onFault,
      compactedTo: () => 0,
      said: () => {},
      webhook_throttle: { take: () => 0 },
      sweepNoted: () => {},
      pools: createPools(),
      // What is told over several turns is told in one: a test knows when the room has nothing more to do.
      slices: createSlices(Number.POSITIVE_INFINITY),
      // No two looks at it show the same.
      monotonic: () => clock.now_ms,
      clock: () => {
        clock.now_ms += 1;
        return clock.now_ms;
      },
    }),
  );
  for (const session of Object.keys(sessions).map(Number)) {
    frames.set(session, []);
    actors.spawn(`session:${session}`, { receive: { listening: () => {} } as never });
  }
  return {
    ...{ messages, frames, clock, nextId, faults, actors },
    passOver(session) {
      for (const listeners of subscriptions.values()) listeners.delete(session);
    },
    ask(session, type, parameters) {
      const from = { id: sessions[session] ?? OWNER, name: "somebody", session, address: "" };
      actors.ask(`room:${SERVER}`, "perform", { type, parameters, from }, (outcome: Outcome<unknown>) => {
        frames.get(session)?.push(outcome.ok ? { reply: outcome.value } : { refusal: outcome.error });
      });
    },
  };
}

/** A server whose changes are written as messages are, and that nobody else changes. */
const fakeRooms = (messages: FakeMessages) => ({
  load: async () => storedServer,
  save: () => messages.word(() => ({ self: [] })),
  lastSeq: async () => storedServer.last_seq,
  serverOf: async () => SERVER,
  member: async (_server: number, user_id: number): Promise<Member> => ({
    ...{ user_id, nickname: null, role_ids: [], joined_at: 0, joined_seq: 0, timed_out_until: null, bot: null, seq: 1 },
  }),
});

/** Everybody is online. */
const look: Behaviour<PresenceCalls>["look"] = ({ user_ids }, reply) => {
  const seen = user_ids.map((user_id) => ({ user_id, presence: { status: "online", playing: null } as const }));
  reply(success({ seen, profiles: [], left_out: [], told: [], moving: [] }));
};

function fakeGateway(frames: Map<SessionId, Frame[]>, subscriptions: Map<Topic, Set<SessionId>>): Gateway {
  const of = (topic: Topic) => {
    const known = subscriptions.get(topic) ?? new Set<SessionId>();
    subscriptions.set(topic, known);
    return known;
  };
  return {
    send: (session, frame) => void frames.get(session)?.push(JSON.parse(frame)),
    sendAll: (session, all) => void frames.get(session)?.push(...all.map((frame) => JSON.parse(textOf(frame)))),
    sendTogether: (session, frame) => void frames.get(session)?.push(JSON.parse(frame)),
    publish(topic, frame, but_not) {
      for (const session of of(topic)) if (session !== but_not) frames.get(session)?.push(JSON.parse(textOf(frame)));
    },
    isCongested: () => false,
    isOpen: (session) => frames.has(session),
    isSubscribed: (session, topic) => of(topic).has(session),
    subscribers: (topic) => [...of(topic)],
    people: () => [],
    subscriptions: (session) => [...subscriptions.values()].filter((listeners) => listeners.has(session)).length,
    subscribe: (session, topic) => void of(topic).add(session),
    unsubscribe: (session, topic) => void of(topic).delete(session),
    close(session) {
      for (const listeners of subscriptions.values()) listeners.delete(session);
      frames.get(session)?.push({ closed: true });
    },
  };
}
