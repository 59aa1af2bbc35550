// People at several nodes who write without a pause, whatever befalls the nodes: who loses the socket comes back at
// another node, and says again, with its nonce, what wasn't answered. In the end each kept socket has heard all there is,
// in its order, and the database has what was acknowledged, once.

import { reachServer } from "../../src/db/engine/database-server.ts";
import { nodeOfId } from "../../src/domain/ids.ts";
import { type Json, TestClient } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import type { RunningServer, TestUser } from "../harness/server.ts";

const AGAIN_MS = 25;

/** One socket of somebody's, as long as it is open. */
interface Socket {
  client: TestClient;
  node: number;
  is_open: boolean;
  /** From the replies to its own loading: by channel, up to which message it had loaded. */
  loaded: Map<number, number>;
}

class Person {
  readonly user: TestUser;
  readonly #nodes: () => readonly RunningServer[];
  readonly #channels: () => readonly number[];
  readonly sockets: Socket[] = [];
  /** By nonce: what was answered. */
  readonly acknowledged = new Map<string, { id: number; channel_id: number }>();
  /** Milliseconds that each took, from when it was said first. */
  readonly took: number[] = [];
  refused = 0;
  is_over = false;
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
      const opened = await this.#open(at ?? pick(this.#nodes())).catch(() => null);
      if (opened) return opened;
      await Bun.sleep(AGAIN_MS);
    }
  }

  async #open(at: RunningServer): Promise<Socket | null> {
    const client = await TestClient.open(at.url, this.user.token);
    const ready = await Promise.race([client.take("ready"), client.closed.then(() => null)]);
    if (!ready) return null;
    const socket: Socket = { client, node: nodeOfId(ready["data"].session_id), is_open: true, loaded: new Map() };
    void client.closed.then(() => {
      socket.is_open = false;
    });
    this.sockets.push(socket);
    for (const channel_id of this.#channels()) {
      const data = { channel_id, amount: 1, anchor: 0, direction: true };
      const chunk = await Promise.race([
        client.ask({ type: "get_message_chunk", data }),
        client.closed.then(() => null),
      ]);
      if (chunk?.["type"] !== "get_message_chunk") {
        client.socket.close();
        return null;
      }
      socket.loaded.set(channel_id, chunk["data"].messages.at(-1)?.id ?? 0);
    }
    return socket;
  }

  async write(): Promise<void> {
    while (!this.is_over) {
      this.#said += 1;
      const channel_id = pick(this.#channels());
      await this.#say(channel_id, `${this.user.id}-${this.#said}`);
    }
  }

  async #say(channel_id: number, nonce: string): Promise<void> {
    const since_ms = performance.now();
    for (;;) {
      const { client } = await this.socket();
      const request = { type: "add_message", data: { channel_id, content: nonce, nonce } };
      const reply = await Promise.race([client.ask(request).catch(() => null), client.closed.then(() => null)]);
      if (reply?.["type"] === "add_message") {
        this.acknowledged.set(nonce, { id: reply["data"].message.id, channel_id });
        this.took.push(performance.now() - since_ms);
        return;
      }
      if (reply) this.refused += 1;
      if (reply && reply["code"] !== "unavailable") throw new Error(`refused: ${JSON.stringify(reply)}`);
      await Bun.sleep(AGAIN_MS);
    }
  }
}

export class Crowd {
  readonly people: Person[] = [];
  readonly channels: number[] = [];
  readonly #nodes: () => readonly RunningServer[];
  #writing: Promise<void>[] = [];

  /** `nodes`: those at which one may be. */
  constructor(nodes: () => readonly RunningServer[]) {
    this.#nodes = nodes;
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
    this.#writing = this.people.map((person) => person.write());
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
    const had = new Map(this.people.map((person) => [person, person.acknowledged.size]));
    // What was under way may have been answered before.
    while (this.people.some((person) => person.acknowledged.size < (had.get(person) ?? 0) + 2)) await Bun.sleep(5);
  }

  async stop(): Promise<void> {
    for (const person of this.people) person.is_over = true;
    await Promise.all(this.#writing);
  }

  /** What was acknowledged and isn't in the database, or is there twice. */
  async faultsIn(database_url: string): Promise<{ lost: number; doubled: number }> {
    const database = await reachServer({ url: database_url }, 5_000);
    const read = await database.run({ sql: "SELECT id, content FROM messages", params: [] });
    database.close();
    if (read.state !== "done") throw new Error(read.fault.message);
    const stored = Map.groupBy(read.results[0]?.rows ?? [], ([, content]) => String(content));
    const said = this.people.flatMap(({ acknowledged }) => [...acknowledged]);
    const lost = said.filter(([nonce, { id }]) => !stored.get(nonce)?.some(([stored_id]) => Number(stored_id) === id));
    return {
      lost: lost.length,
      doubled: stored
        .values()
        .filter((rows) => rows.length > 1)
        .toArray().length,
    };
  }

  /** What sockets that are open still have heard out of order, twice or not at all, one line each. */
  faultsHeard(): string[] {
    const stored = Map.groupBy(
      this.people.flatMap(({ acknowledged }) => [...acknowledged.values()]),
      ({ channel_id }) => channel_id,
    );
    return this.openNotAt(null).flatMap(({ client, node, loaded }) =>
      this.channels.flatMap((channel_id) => {
        const topic = `channel:${channel_id}`;
        const heard = client.seen.flatMap(({ type, topic: of, data }) =>
          type === "message_added" && of === topic ? [data.id as number] : [],
        );
        const disordered = heard.filter((id, index) => index > 0 && id <= (heard[index - 1] ?? 0)).length;
        const known = new Set(heard);
        const since = loaded.get(channel_id) ?? 0;
        const missing = (stored.get(channel_id) ?? []).filter(({ id }) => id > since && !known.has(id)).length;
        return disordered + missing > 0 ? [`node ${node}: ${disordered} out of order, ${missing} missing`] : [];
      }),
    );
  }

  /** How often anybody was told that somebody is offline. */
  toldOffline(): number {
    const frames = this.people.flatMap(({ sockets }) => sockets.flatMap(({ client }) => client.seen));
    return frames.filter(({ type, data }) => type === "friend-list-update" && data.status === 0).length;
  }
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}

/** The node that has all people. */
export async function peoplesNode(database_url: string): Promise<number | null> {
  const database = await reachServer({ url: database_url }, 5_000);
  const read = await database.run({ sql: "SELECT node FROM cluster_slots WHERE slot = 256", params: [] });
  database.close();
  const node = read.state === "done" ? (read.results[0]?.rows[0]?.[0] ?? null) : null;
  return node === null ? null : Number(node);
}
