// People who do all that changes something, many things at once, until the server is gone; what it promises them goes
// into a ledger. A random decides what each of them does; what crosses with what is up to the server.

import { join } from "node:path";
import { Session } from "../community/session.ts";
import type { Frame, Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import type { Random } from "../harness/random.ts";
import { type RunningServer, type TestUser, uniqueName } from "../harness/server.ts";
import { anyPng } from "../uploads/samples.ts";
import { Ledger } from "./ledger.ts";

const CHANNELS = 3;
/** Requests of each person that are under way at once. */
const AT_ONCE = 8;
/** How far back people look for something to change. */
const RECENT = 60;
const LISTENERS = 2;
/** Refused, and no fault: what is named may have been deleted meanwhile. */
function isExpected({ code, details }: Frame): boolean {
  return code === "not_found" || code === "conflict" || details?.path === "data.message_id";
}

export interface LoadOptions {
  people: number;
  random: Random;
}

/** Who wrote the message of a nonce, and where. */
interface Origin {
  author: TestUser;
  channel_id: number;
}

/** One place, the people in it, and what they were promised, over any number of servers' lives. */
export class Load {
  readonly ledger = new Ledger();
  readonly people: TestUser[] = [];
  /** Message ids by nonce. */
  readonly ids = new Map<string, number>();
  readonly origins = new Map<string, Origin>();
  /** Nonces that were sent and not answered, when the server had gone. */
  unanswered: string[] = [];
  readonly pictures = new Map<string, Uint8Array>();
  /** Answers that no one should get. */
  readonly unexpected: Frame[] = [];
  /** How often it was `unavailable`. */
  unavailable = 0;
  server_id = 0;
  channels: number[] = [];
  sessions: Session[] = [];
  /** They load all there is, and only listen. */
  listeners: Session[] = [];
  /** For each answer that something is done; `count` of them were given in all. */
  onAcknowledged: (count: number) => void = () => {};
  onUnavailable: (count: number) => void = () => {};
  readonly #options: LoadOptions;
  /** Nonces in the order of their answers. */
  readonly #said: string[] = [];
  #numbers = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Makes the people and their place. */
  async found(server: RunningServer): Promise<void> {
    const makers = Array.from({ length: this.#options.people }, () => server.join(uniqueName("worker")));
    const present = await Promise.all(makers);
    const [owner, ...guests] = present;
    if (!owner) throw new Error("a load needs people");
    this.people.push(...present);
    this.server_id = await foundServer(owner, "Load");
    await inviteInto(this.server_id, owner, ...guests);
    for (let index = 0; index < CHANNELS; index += 1) {
      const { channel } = await done(owner, "add_channel", { server_id: this.server_id, name: `channel ${index}` });
      this.channels.push(channel.id);
      this.ledger.ask(`channel ${channel.id}`, channel.name);
      this.ledger.acknowledge(`channel ${channel.id}`);
    }
    await Promise.all(present.map(({ client }) => client.close()));
  }

  /** Opens everybody's sessions. */
  async connect(server: RunningServer): Promise<void> {
    this.sessions = await Promise.all(this.people.map((person) => Session.open(server, person)));
    this.listeners = await Promise.all(this.people.slice(0, LISTENERS).map((person) => Session.open(server, person)));
    await Promise.all(this.listeners.map((listener) => listener.loadAll()));
  }

  /** Sends again, with its nonce, every message that was not answered and some that were: each is there once. */
  async retryAll(server: RunningServer, some: number): Promise<{ retried: number; doubled: string[] }> {
    this.sessions = await Promise.all(this.people.map((person) => Session.open(server, person)));
    const nonces = [...this.unanswered, ...[...this.origins.keys()].slice(-some)];
    this.unanswered = [];
    const doubled = await Promise.all(nonces.map((nonce) => this.#sayAgain(nonce)));
    await Promise.all(this.sessions.map(({ client }) => client.close()));
    return { retried: nonces.length, doubled: doubled.flatMap((fault) => fault ?? []) };
  }

  async #sayAgain(nonce: string): Promise<string | null> {
    const { author, channel_id } = this.origins.get(nonce) as Origin;
    const session = this.sessions.find(({ user }) => user.id === author.id) as Session;
    const [key, content, known] = [`message ${nonce}`, `${nonce} is said`, this.ids.get(nonce)];
    if (known === undefined) this.ledger.ask(key, content);
    const reply = await session.ask("add_message", { channel_id, content, nonce });
    if (reply["code"] === "conflict" && known !== undefined && this.ledger.standing(key) === null) return null;
    if (reply["type"] !== "add_message") return `${nonce}: ${JSON.stringify(reply)}`;
    const { id } = reply["data"].message;
    this.ids.set(nonce, id);
    if (known === undefined) this.ledger.acknowledge(key);
    return known === undefined || known === id ? null : `${nonce}: ${known} and ${id}`;
  }

  /** Settles when everybody has met the end of the server, or `until` says that it is enough. */
  async run(server: RunningServer, until: () => boolean = () => false): Promise<void> {
    const lanes = this.sessions.flatMap((session) => Array.from({ length: AT_ONCE }, () => this.#lane(session, until)));
    const besides = [() => this.#newcomer(server), () => this.#picture(server)];
    const others = besides.map(async (act) => {
      // Over HTTP the end of the server is a failed call.
      while (!until() && (await act().then(Boolean, () => false)));
    });
    await Promise.all([...lanes, ...others]);
    for (const listener of this.listeners) this.#hear(listener);
    this.unanswered = this.ledger.unanswered("message").flatMap(([key, asked]) => {
      const nonce = key.slice("message ".length);
      return asked === `${nonce} is said` ? [nonce] : [];
    });
  }

  async #lane(session: Session, until: () => boolean): Promise<void> {
    while (session.isOpen && !until()) await this.#step(session);
  }

  async #step(session: Session): Promise<void> {
    const chance = this.#options.random.next();
    const { user } = session;
    if (chance < 0.55) return this.#say(session);
    if (chance < 0.65) return this.#change(session, (n) => ["update_message", `${n} is edited ${this.#next()}`]);
    if (chance < 0.7) return this.#change(session, () => ["delete_message", null]);
    if (chance < 0.85) return this.#react(session);
    if (chance < 0.9) {
      const bio = `bio ${this.#next()}`;
      return this.#promised(session, `bio ${user.id}`, bio, "update_user", { changes: { bio } });
    }
    if (chance < 0.95 || user.id !== this.people[0]?.id) return this.#read(session);
    const channel_id = this.#pick(this.channels);
    const name = `channel ${this.#next()}`;
    return this.#promised(session, `channel ${channel_id}`, name, "update_channel", { channel_id, changes: { name } });
  }

  async #say(session: Session): Promise<void> {
    const nonce = `n${this.#next()}`;
    const channel_id = this.#pick(this.channels);
    this.origins.set(nonce, { author: session.user, channel_id });
    const content = `${nonce} is said`;
    await this.#promised(
      session,
      `message ${nonce}`,
      content,
      "add_message",
      { channel_id, content, nonce },
      (data) => {
        this.ids.set(nonce, data.message.id);
        this.#said.push(nonce);
      },
    );
  }

  async #change(session: Session, make: (nonce: string) => [type: string, content: string | null]): Promise<void> {
    const nonce = this.#recent(({ author }) => author.id === session.user.id);
    if (!nonce) return this.#say(session);
    const [type, content] = make(nonce);
    const data = { message_id: this.ids.get(nonce), ...(content !== null && { content }) };
    await this.#promised(session, `message ${nonce}`, content, type, data);
  }

  async #react(session: Session): Promise<void> {
    const nonce = this.#recent(() => true);
    if (!nonce) return this.#say(session);
    const emoji = `by_${session.user.id}`;
    const key = `reaction ${nonce} ${emoji}`;
    const [type, value] = this.ledger.standing(key) === null ? ["add_reaction", "there"] : ["remove_reaction", null];
    await this.#promised(session, key, value ?? null, String(type), { message_id: this.ids.get(nonce), emoji });
  }

  async #read(session: Session): Promise<void> {
    const nonce = this.#recent(() => true);
    const { channel_id } = (nonce && this.origins.get(nonce)) || {};
    if (!nonce || !channel_id) return this.#say(session);
    const message_id = this.ids.get(nonce) ?? 0;
    const key = `read ${session.user.id} ${channel_id}`;
    // It only goes forward.
    if (Number(this.ledger.standing(key) ?? 0) >= message_id) return this.#say(session);
    await this.#promised(session, key, String(message_id), "mark_read", { channel_id, message_id });
  }

  /** A new account, which asks one of the people to be friends. */
  async #newcomer(server: RunningServer): Promise<boolean> {
    const name = uniqueName("newcomer");
    this.ledger.ask(`account ${name}`, "there");
    const newcomer = await server.user(name);
    this.#acknowledged(`account ${name}`);
    const friend = this.#pick(this.people);
    const session = await Session.open(server, newcomer);
    await this.#promised(session, `friend ${name}`, `outgoing of ${friend.id}`, "add_friend", { user_id: friend.id });
    session.client.socket.close();
    return true;
  }

  async #picture(server: RunningServer): Promise<boolean> {
    const bytes = anyPng();
    const headers = { authorization: `Bearer ${this.people[0]?.token}` };
    const response = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: bytes });
    const { url } = (await response.json()) as { url?: string };
    if (url === undefined) return response.status === 503;
    this.pictures.set(url, bytes);
    this.ledger.ask(`picture ${url}`, "there");
    this.#acknowledged(`picture ${url}`);
    return true;
  }

  /** Asks for what makes `value` of the fact, and notes what the server says. */
  async #promised(
    session: Session,
    key: string,
    value: string | null,
    type: string,
    data: Json,
    onDone: (data: Json) => void = () => {},
  ): Promise<void> {
    // What wasn't answered is not asked for again until it is known what came of it.
    if (!this.ledger.ask(key, value)) return this.#say(session);
    const reply = await session.ask(type, data);
    if (reply["type"] === type) {
      onDone(reply["data"]);
      this.#acknowledged(key);
    } else if (reply["code"] === "unavailable") {
      this.unavailable += 1;
      this.onUnavailable(this.unavailable);
    } else if (reply["type"] === "error") {
      this.ledger.refuse(key);
      if (!isExpected(reply)) this.unexpected.push({ ...reply, asked: { type, data } });
    }
  }

  #acknowledged(key: string): void {
    this.ledger.acknowledge(key);
    this.onAcknowledged(this.ledger.acknowledged);
  }

  /** What was announced is promised as well. */
  #hear({ client }: Session): void {
    const nonces = new Map([...this.ids].map(([nonce, id]) => [id, nonce]));
    for (const { type, data } of client.seen) {
      if (type === "message_added") nonces.set(data.id, data.nonce);
      const nonce = nonces.get(data?.id);
      if (nonce === undefined) continue;
      if (type === "message_added" || (type === "message_changed" && data.content !== undefined)) {
        this.ids.set(nonce, data.id);
        this.ledger.announce(`message ${nonce}`, data.content);
      }
      if (type === "message_deleted") this.ledger.announce(`message ${nonce}`, null);
    }
  }

  /** A message of the last few dozen that is there, as far as is known. */
  #recent(wanted: (origin: Origin) => boolean): string | undefined {
    const nonces = this.#said.slice(-RECENT).filter((nonce) => {
      const origin = this.origins.get(nonce);
      return origin && wanted(origin) && this.ledger.standing(`message ${nonce}`) !== null;
    });
    return nonces.length > 0 ? this.#pick(nonces) : undefined;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return this.#options.random.pick(items);
  }

  #next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }
}

/** Where the program keeps its data, below the folder in which it runs. */
export const dataFolder = (folder: string) => join(folder, "data");
