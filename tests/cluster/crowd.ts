// People at several nodes who write without a pause, whatever befalls the nodes: who loses the socket comes back at
// another node, and says again, with its nonce, what wasn't answered. In the end each socket has heard all there is, in its
// order, for as long as it was open, and the database has what was acknowledged, once.

import { people_slot } from "../../src/cluster/slots.ts";
import { nodeOfId } from "../../src/domain/ids.ts";
import { type Frame, type Json, TestClient } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { databaseRows, rowsOnce } from "../harness/database-rows.ts";
import type { RunningServer, TestUser } from "../harness/server.ts";

const AGAIN_MS = 25;
const LOOK_MS = 20;
/** Who hasn't what they wait for by then waits in vain. */
const PATIENCE_MS = 30_000;

export interface CrowdOptions {
  /** Between what somebody is answered and what they say next. */
  pause_ms?: number;
}

/** A message that was answered. */
export interface Said {
  id: number;
  channel_id: number;
  /** When it was said first, and how long that was before the answer. */
  said_ms: number;
  took_ms: number;
  /** How often it was refused, or its socket closed. */
  refusals: number;
}

/** One socket of somebody's, as long as it is open. */
export interface Socket {
  client: TestClient;
  node: number;
  is_open: boolean;
  /** From the replies to its own loading: by channel, up to which message it had loaded. */
  loaded: Map<number, number>;
}

export class Person {
  readonly user: TestUser;
  readonly #nodes: () => readonly RunningServer[];
  readonly #channels: () => readonly number[];
  readonly sockets: Socket[] = [];
  /** By nonce: what was answered. */
  readonly acknowledged = new Map<string, Said>();
  is_over = false;
  /** What they were told instead of what they want, for whoever waits for them in vain. */
  fault = "";
  #said = 0;

  constructor(user: TestUser, nodes: () => readonly RunningServer[], channels: () => readonly number[]) {
    this.user = user;
    this.#nodes = nodes;
    this.#channels = channels;
  }

  /** The socket that is open, at that node where it opens one. */
  async socket(at?: RunningServer): Promise<Socket> {
    const last = this.sockets.at(-1);
    if (last?.is_open) return last;
    for (;;) {
      const opened = await this.#open(at ?? pick(this.#nodes())).catch((error) => {
        this.fault = String(error);
        return null;
      });
      if (opened) return opened;
      await Bun.sleep(AGAIN_MS);
    }
  }

  async #open(at: RunningServer): Promise<Socket | null> {
    const client = await TestClient.open(at.url, this.user.token);
    const ready = await Promise.race([client.take("ready").catch(() => null), client.closed.then(() => null)]);
    if (!ready) {
      this.fault = `no session at ${at.url}`;
      client.socket.close();
      return null;
    }
    const socket: Socket = { client, node: nodeOfId(ready["data"].session_id), is_open: true, loaded: new Map() };
    void client.closed.then(() => {
      socket.is_open = false;
    });
    this.sockets.push(socket);
    for (const channel_id of this.#channels()) {
      const data = { channel_id, amount: 1, anchor: 0, direction: true };
      const chunk = await Promise.race([
        client.ask({ type: "get_message_chunk", data }).catch(() => null),
        client.closed.then(() => null),
      ]);
      if (chunk?.["type"] !== "get_message_chunk") {
        this.fault = `no channel ${channel_id} at node ${socket.node}: ${JSON.stringify(chunk)}`;
        socket.is_open = false;
        client.socket.close();
        return null;
      }
      socket.loaded.set(channel_id, chunk["data"].messages.at(-1)?.id ?? 0);
    }
    return socket;
  }

  /** The node at which they have their socket. */
  get node(): number | null {
    const last = this.sockets.at(-1);
    return last?.is_open ? last.node : null;
  }

  /** Closes the socket; they come back anywhere. */
  leave(): void {
    const last = this.sockets.at(-1);
    if (!last?.is_open) return;
    last.is_open = false;
    last.client.socket.close();
  }

  async write(pause_ms: number): Promise<void> {
    for (this.is_over = false; !this.is_over; await Bun.sleep(pause_ms)) {
      this.#said += 1;
      const channel_id = pick(this.#channels());
      await this.#say(channel_id, `${this.user.id}-${this.#said}`);
    }
  }

  /** Every other time at such length that the node has it committed with what others write. */
  #worded(nonce: string): string {
    return this.#said % 2 === 0 ? nonce : `${nonce} ${"and so on ".repeat(300)}`;
  }

  async #say(channel_id: number, nonce: string): Promise<void> {
    // Who comes back has said nothing yet.
    await this.socket();
    const said_ms = performance.now();
    for (let refusals = 0; ; refusals += 1) {
      const { client, node } = await this.socket();
      const request = { type: "add_message", data: { channel_id, content: this.#worded(nonce), nonce } };
      const reply = await Promise.race([client.ask(request).catch(() => null), client.closed.then(() => null)]);
      if (reply?.["type"] === "add_message") {
        const took_ms = performance.now() - said_ms;
        this.acknowledged.set(nonce, { id: reply["data"].message.id, channel_id, said_ms, took_ms, refusals });
        return;
      }
      this.fault = `nothing said in channel ${channel_id} at node ${node}: ${JSON.stringify(reply)}`;
      if (reply && reply["code"] !== "unavailable") throw new Error(this.fault);
      await Bun.sleep(AGAIN_MS);
    }
  }
}

export class Crowd {
  readonly people: Person[] = [];
  readonly channels: number[] = [];
  readonly #nodes: () => readonly RunningServer[];
  readonly #pause_ms: number;
  #writing: Promise<void>[] = [];

  /** `nodes`: those at which one may be. */
  constructor(nodes: () => readonly RunningServer[], { pause_ms = 0 }: CrowdOptions = {}) {
    this.#nodes = nodes;
    this.#pause_ms = pause_ms;
  }

  /** So many people at each node, friends in a ring, in so many servers. */
  async gather(at_each: number, servers: number): Promise<void> {
    const places = this.#nodes().flatMap((node) => Array.from({ length: at_each }, () => node));
    const present = await Promise.all(places.map((node) => node.join()));
    const [owner] = present;
    if (!owner) throw new Error("a crowd has people");
    for (let founded = 0; founded < servers; founded += 1) {
      const server_id = await foundServer(owner);
      await inviteInto(server_id, owner, ...present.slice(1));
      const { categories } = await done(owner, "get_server_channels", { server_id });
      this.channels.push(categories.flatMap(({ channels }: Json) => channels)[0].id);
    }
    for (const [index, person] of present.entries()) {
      const friend = present[(index + 1) % present.length] as typeof person;
      await done(person, "add_friend", { user_id: friend.id });
      await done(friend, "update_friend", { user_id: person.id, action: "accept" });
    }
    for (const { client } of present) await client.close();
    for (const user of present) this.people.push(new Person(user, this.#nodes, () => this.channels));
    await Promise.all(this.people.map((person, index) => person.socket(places[index])));
  }

  start(): void {
    this.#writing = this.people.map((person) => person.write(this.#pause_ms));
  }

  get acknowledged(): number {
    return this.people.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
  }

  /** Sockets that are open now, but for those at that node. */
  openNotAt(node: number | null): Socket[] {
    return this.people.flatMap(({ sockets }) => sockets.filter((one) => one.is_open && one.node !== node));
  }

  /** Settles when each has been answered something that they said after this. */
  async answered(): Promise<void> {
    const had = this.people.map(({ acknowledged }) => acknowledged.size);
    // What was under way may have been answered before.
    await this.#until(() => this.people.every(({ acknowledged }, at) => acknowledged.size >= (had[at] ?? 0) + 2), 5);
  }

  /** Settles when some are at the node and others aren't: after an outage all may have come back to one. */
  async spread(node: number): Promise<void> {
    for (;;) {
      await this.connected();
      const at_node = this.people.filter((one) => one.node === node);
      if (at_node.length > 0 && at_node.length < this.people.length) return;
      for (const person of this.people.slice(this.people.length / 2)) person.leave();
    }
  }

  /** Settles when each has a socket. */
  async connected(): Promise<void> {
    await this.#until(() => this.people.every(({ node }) => node !== null));
  }

  /** All that was said from then on and is answered. */
  saidSince(since_ms: number, people: readonly Person[] = this.people): Said[] {
    return people.flatMap(({ acknowledged }) => [...acknowledged.values()].filter(({ said_ms }) => said_ms > since_ms));
  }

  /** Settles when in each channel something is answered that one of these people said from then on, and each of them is. */
  async served(since_ms: number, people: readonly Person[] = this.people): Promise<void> {
    const isServed = () => {
      const channels = new Set(this.saidSince(since_ms, people).map(({ channel_id }) => channel_id));
      return (
        channels.size === this.channels.length && people.every((one) => this.saidSince(since_ms, [one]).length > 0)
      );
    };
    await this.#until(isServed);
  }

  /** Settles when each is answered what they said last. */
  async stop(): Promise<void> {
    for (const person of this.people) person.is_over = true;
    let have_ended = false;
    const ended = Promise.all(this.#writing).finally(() => {
      have_ended = true;
    });
    await Promise.race([ended, this.#until(() => have_ended)]);
  }

  /** Rejects, with how each of them stands, where that is waited for in vain. */
  async #until(isSo: () => boolean, look_ms = LOOK_MS): Promise<void> {
    for (const late_ms = performance.now() + PATIENCE_MS; !isSo(); await Bun.sleep(look_ms)) {
      if (performance.now() < late_ms) continue;
      const standing = this.people.map(({ node, acknowledged, fault }, at) => {
        return `person ${at} at node ${node}: ${acknowledged.size} said; the last fault: ${fault || "none"}`;
      });
      throw new Error(`waited ${PATIENCE_MS} ms in vain:\n${standing.join("\n")}`);
    }
  }

  /** What was acknowledged and isn't in the database, or is there twice. */
  async faultsIn(database_url: string): Promise<{ lost: number; doubled: number }> {
    const stored = Map.groupBy(await storedIn(database_url), ({ content }) => content);
    const said = this.people.flatMap(({ acknowledged }) => [...acknowledged]);
    const lost = said.filter(([nonce, { id }]) => !stored.get(nonce)?.some((one) => one.id === id));
    return {
      lost: lost.length,
      doubled: stored
        .values()
        .filter((rows) => rows.length > 1)
        .toArray().length,
    };
  }

  /** What sockets have heard out of order, twice or not at all while they were open, one line each. */
  async faultsHeard(database_url: string): Promise<string[]> {
    const stored = Map.groupBy(await storedIn(database_url), ({ channel_id }) => channel_id);
    const idsOf = (channel_id: number) => (stored.get(channel_id) ?? []).map(({ id }) => id);
    return this.people.flatMap(({ sockets }) =>
      sockets.flatMap(({ client, node, loaded, is_open }) => {
        const heard = Map.groupBy(client.seen.filter(isMessage), ({ topic }) => topic);
        return this.channels.flatMap((channel_id) => {
          const ids = (heard.get(`channel:${channel_id}`) ?? []).map(({ data }) => data.id as number);
          const until = is_open ? Number.POSITIVE_INFINITY : (ids.at(-1) ?? 0);
          const due = idsOf(channel_id).filter((id) => id > (loaded.get(channel_id) ?? until) && id <= until);
          const at = due.findIndex((id, index) => id !== ids[index]);
          if (at === -1 && ids.length === due.length) return [];
          return [`node ${node}, channel ${channel_id}: ${ids[at] ?? "nothing"} for ${due[at] ?? "nothing"}`];
        });
      }),
    );
  }

  /** How often anybody was told that somebody is offline; or those who have these sockets, behind so many frames. */
  toldOffline(
    told: readonly [Socket, number][] = this.people.flatMap(({ sockets }) => sockets.map(beginning)),
  ): number {
    const frames = told.flatMap(([{ client }, from]) => client.seen.slice(from));
    return frames.filter(({ type, data }) => type === "friend-list-update" && data.status === 0).length;
  }
}

const beginning = (socket: Socket): [Socket, number] => [socket, 0];
const isMessage = ({ type }: Frame) => type === "message_added";

/** All messages, in the order of their ids. */
async function storedIn(database_url: string): Promise<{ id: number; channel_id: number; content: string }[]> {
  const database = await databaseRows(database_url);
  const read = database(
    "SELECT id, channel_id, substr(content, 1, instr(content || ' ', ' ') - 1) FROM messages ORDER BY id",
  );
  const rows = await read.finally(() => database.close());
  return rows.map(([id, channel_id, content]) => ({
    ...{ id: Number(id), channel_id: Number(channel_id), content: String(content) },
  }));
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}

/** The node that has all people. */
export const peoplesNode = (database_url: string) => nodeOfSlot(database_url, people_slot);

/** The number of the node that serves the slot; null where none does. */
export async function nodeOfSlot(database_url: string, slot: number): Promise<number | null> {
  const [row] = await rowsOnce(database_url, "SELECT node FROM cluster_slots WHERE slot = ?", slot);
  const node = row?.[0] ?? null;
  return node === null ? null : Number(node);
}
