// A user's session as a client has it: a socket, the requests sent on it, and the cache built from what comes back.

import { expect } from "bun:test";
import { type Frame, type Json, TestClient } from "../harness/client.ts";
import { heard } from "../harness/processes.ts";
import type { RunningServer, TestUser } from "../harness/server.ts";
import { type CachedChannel, type CachedServer, ClientCache } from "./client-cache.ts";

const PAGE = 100;

export class Session {
  readonly user: TestUser;
  readonly client: TestClient;
  readonly cache: ClientCache;
  /** The end of the connection, as an answer to whatever is outstanding. */
  readonly #end: Promise<Frame>;
  readonly #requests = new Map<string, Frame>();
  #taken = 0;

  private constructor(user: TestUser, client: TestClient, cache = new ClientCache(user.id)) {
    this.user = user;
    this.client = client;
    this.cache = cache;
    this.#end = client.closed.then(({ code }) => ({ type: "closed", code }));
  }

  static async open(server: RunningServer, user: TestUser): Promise<Session> {
    const client = await TestClient.open(server.url, user.token);
    await greeted(client);
    return new Session(user, client);
  }

  /** The same client comes back with what it has kept, and is brought up to date. */
  static async resume(server: RunningServer, before: Session): Promise<Session> {
    before.catchUp();
    const client = await TestClient.open(server.url, before.user.token);
    const ready = await greeted(client);
    const session = new Session(before.user, client, before.cache);
    if (ready) await session.ask("sync", { epoch: ready["data"].epoch, topics: before.cache.heard() });
    return session;
  }

  get isOpen(): boolean {
    return this.client.socket.readyState === WebSocket.OPEN;
  }

  /** The reply; `{type: "closed"}` when the connection ended first. */
  ask(type: string, data: Json = {}): Promise<Frame> {
    const id = String(this.#requests.size + 1);
    this.#requests.set(id, { type, data });
    const reply = this.client.take((frame) => frame["id"] === id);
    this.client.send({ type, data, id });
    return Promise.race([reply, this.#end]);
  }

  /** Brings the cache up to what has come. */
  catchUp(): ClientCache {
    const { seen } = this.client;
    for (; this.#taken < seen.length; this.#taken += 1) {
      const frame = seen[this.#taken] as Frame;
      const request = this.#requests.get(frame["id"]);
      this.cache.take(frame, request);
    }
    return this.cache;
  }

  /** What was stored, or sent, before this call is in the cache after it: of one's own topic what is stored is told. */
  async settle(): Promise<ClientCache> {
    await heard(this.client.socket.url);
    await this.ask("get_conversations", { amount: 1, anchor: 0 });
    return this.catchUp();
  }

  /** Loads all that the user may see. */
  async loadAll(): Promise<ClientCache> {
    await this.ask("get_servers");
    const { servers } = this.catchUp();
    await Promise.all([...servers.values()].map((server) => this.#loadServer(server)));
    const channels = [...servers.values()].flatMap((server) => [...(server.channels?.values() ?? [])]);
    await Promise.all(channels.map((channel) => this.#loadChannel(channel)));
    await this.#loadTalks();
    await this.ask("get_notification_settings");
    return this.catchUp();
  }

  async #loadServer(server: CachedServer): Promise<void> {
    const server_id = server.id;
    await Promise.all(["get_server", "get_server_channels", "get_server_roles"].map((t) => this.ask(t, { server_id })));
    // It may be lost, or come anew, while it is being loaded.
    for (let before = -1; server.members_to > before && Number.isFinite(server.members_to); this.catchUp()) {
      before = server.members_to;
      await this.ask("get_server_members", { server_id, amount: PAGE, anchor: before });
    }
  }

  async #loadTalks(): Promise<void> {
    for (let anchor = 0, left = true; left; ) {
      const { data } = await this.ask("get_conversations", { amount: PAGE, anchor });
      left = (data?.next_anchor ?? null) !== null;
      anchor = data?.next_anchor ?? 0;
    }
    const { talks } = this.catchUp();
    const channels = [...(talks.list?.values() ?? [])].flatMap(
      ({ channel_id }) => talks.channels.get(channel_id) ?? [],
    );
    await Promise.all(channels.map((channel) => this.#loadMessages(channel)));
  }

  async #loadChannel(channel: CachedChannel): Promise<void> {
    await Promise.all([this.ask("get_server_channel", { channel_id: channel.id }), this.#loadMessages(channel)]);
  }

  async #loadMessages(channel: CachedChannel): Promise<void> {
    const channel_id = channel.id;
    await this.ask("get_message_chunk", { channel_id, amount: PAGE, anchor: 0, direction: true });
    this.catchUp();
    for (let before = Infinity; channel.messages_from < before && channel.messages_from > 0; this.catchUp()) {
      before = channel.messages_from;
      await this.ask("get_message_chunk", { channel_id, amount: PAGE, anchor: before, direction: false });
    }
  }
}

/** The greeting; null when the connection ended before it. */
function greeted(client: TestClient): Promise<Frame | null> {
  return Promise.race([client.take("ready"), client.closed.then(() => null)]);
}

const byPosition = (things: Json[]) =>
  things.toSorted((one, other) => one.position - other.position || one.id - other.id);

/** What was loaded stands in the order in which it is shown. */
export function expectDisplayOrder(cache: ClientCache): void {
  for (const { categories, channels, roles } of cache.servers.values()) {
    const shown = [...(categories?.values() ?? [])];
    expect(shown).toEqual(byPosition(shown));
    const places = [null, ...shown.map(({ id }) => id)];
    const listed = [...(channels?.values() ?? [])];
    expect(listed.map(({ id }) => id)).toEqual(
      places.flatMap((place) => {
        const inside = listed.flatMap(({ category_id, details }) =>
          category_id === place && details ? [details] : [],
        );
        return byPosition(inside).map(({ id }) => id);
      }),
    );
    const ranked = [...(roles?.values() ?? [])];
    expect(ranked).toEqual(ranked.toSorted((one, other) => other.position - one.position || one.id - other.id));
  }
}
