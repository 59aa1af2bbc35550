// Programs that use the client library, and the server that they talk to: one that can be stopped and started again on
// its port, and what two clients hold of the same, to be compared.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { END } from "../../src/client/cache.ts";
import type { Client, ClientOptions, Readable } from "../../src/client/index.ts";
import { type Cache, createClient } from "../../src/client/index.ts";
import type { Config } from "../../src/config.ts";
import { heard } from "../harness/processes.ts";
import { type RunningServer, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

export interface RestartableServer {
  /** The one that runs now, at the same address as those before it. */
  now: TestServer;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it for good. */
  end(): Promise<void>;
}

export async function startRestartable(overrides: Partial<Config> = {}): Promise<RestartableServer> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-client-test-"));
  const server: RestartableServer = {
    now: await startServer(overrides, folder),
    stop: () => server.now.stop(),
    async start() {
      server.now = await startServer({ ...overrides, port }, folder);
    },
    async end() {
      await server.now.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  const port = Number(new URL(server.now.url).port);
  return server;
}

/** Comes back soon. */
const eager = { backoff_first_ms: 20, backoff_max_ms: 100 };

export function clientOf(
  server: Pick<TestServer, "url">,
  user: TestUser,
  options: Partial<ClientOptions> = {},
): Client {
  return settlingAfterAll(server.url, createClient({ url: server.url, token: user.token, ...eager, ...options }));
}

/** The client at a server that may be several nodes: it is settled when it has heard of what was answered at others. */
function settlingAfterAll(url: string, client: Client): Client {
  const settled = client.settled.bind(client);
  client.settled = async (options) => {
    await settled(options);
    if (await heard(url)) await settled(options);
  };
  return client;
}

/** A connected client of a new user, or of one that there is. */
export async function present(
  server: RunningServer,
  options: Partial<ClientOptions> & { user?: TestUser } = {},
): Promise<{ user: TestUser; client: Client }> {
  const { user = await server.user(uniqueName()), ...others } = options;
  const client = clientOf(server, user, others);
  await client.connect();
  return { user, client };
}

/** The next such event. */
export function next<Name extends Parameters<Client["on"]>[0]>(client: Client, name: Name): Promise<unknown> {
  return new Promise((resolve) => {
    const off = client.on(name, (value) => {
      off();
      resolve(value);
    });
  });
}

export async function foundServer(
  client: Client,
  name = "Orchard",
): Promise<{ server_id: number; channel_id: number }> {
  const { server } = await client.ask("add_server", { name });
  const { categories } = await client.ask("get_server_channels", { server_id: server.id });
  return { server_id: server.id, channel_id: categories[0]?.channels[0]?.id ?? 0 };
}

export async function inviteInto(server_id: number, owner: Client, ...guests: Client[]): Promise<void> {
  const { invite } = await owner.ask("add_invite", { server_id });
  for (const guest of guests) await guest.ask("join_server", { invite_code: invite.code });
}

const PAGE = 100;
const newest = (channel_id: number) => ({ channel_id, amount: PAGE, anchor: 0, direction: true });

/** Loads all that the user may see. */
export async function loadAll(client: Client): Promise<void> {
  await Promise.all([client.ask("get_servers"), client.ask("get_friends"), client.ask("get_read_state")]);
  await loadConversations(client);
  await Promise.all([...client.cache.servers.keys()].map((server_id) => loadServer(client, server_id)));
  await client.settled();
}

/** The list, and what was said in each. */
export async function loadConversations(client: Client, amount = PAGE): Promise<void> {
  for (let anchor: number | null = 0; anchor !== null; ) {
    const page: { next_anchor: number | null } = await client.ask("get_conversations", { amount, anchor });
    anchor = page.next_anchor;
  }
  const channels = [...(client.cache.conversations?.values() ?? [])].map(({ channel_id }) => channel_id);
  await Promise.all(channels.map((channel_id) => client.ask("get_message_chunk", newest(channel_id))));
}

export async function loadServer(client: Client, server_id: number): Promise<void> {
  await Promise.all([
    client.ask("get_server", { server_id }),
    client.ask("get_server_channels", { server_id }),
    client.ask("get_server_roles", { server_id }),
    loadMembers(client, server_id),
  ]);
  const channels = [...(client.cache.servers.get(server_id)?.channels?.keys() ?? [])];
  await Promise.all(channels.map((channel_id) => loadChannel(client, channel_id)));
}

async function loadMembers(client: Client, server_id: number): Promise<void> {
  for (let anchor: number | null = 0; anchor !== null; ) {
    const page: { next_anchor: number | null } = await client.ask("get_server_members", {
      ...{ server_id, amount: PAGE, anchor },
    });
    anchor = page.next_anchor;
  }
}

/** All of its messages, where they may be read, or as many as are kept. */
export async function loadChannel(client: Client, channel_id: number): Promise<void> {
  await client.ask("get_server_channel", { channel_id });
  await client.ask("get_pins", { channel_id }).catch(() => null);
  const first = await client.ask("get_message_chunk", newest(channel_id)).catch(() => null);
  for (let more = first?.has_more; more; ) {
    const window = client.cache.windows.get(channel_id);
    if (!window || window.to !== END) return;
    const page = { ...newest(channel_id), anchor: window.from, direction: false };
    more = (await client.ask("get_message_chunk", page)).has_more;
  }
}

type Picture = Readable<Cache>;
// biome-ignore lint/suspicious/noExplicitAny: what is compared is compared whole.
type Json = any;

const byKey = <Value>(map: ReadonlyMap<number, Value> | null | undefined): [number, Value][] =>
  [...(map ?? [])].sort(([one], [other]) => one - other);

const inOrder = <Value>(map: ReadonlyMap<number, Value>): [number, Value][] => [...map];

/** What one cache holds of what both have loaded, to be compared with the same of the other. */
export function sharedPicture(cache: Picture, other: Picture): Json {
  return {
    servers: inOrder(cache.servers).map(([id, server]) => sharedServer(server, other.servers.get(id))),
    windows: byKey(cache.windows).flatMap(([id, window]) => sharedWindow(id, window, other.windows.get(id))),
    pins: byKey(cache.pins).flatMap(([id, pins]) => (other.pins.has(id) ? [[id, inOrder(pins)]] : [])),
    users: byKey(cache.users).filter(([id]) => other.users.has(id)),
    friends: other.friends && cache.friends && byKey(cache.friends).map(([, friend]) => sharedFriend(friend)),
    conversations: sharedConversations(cache, other),
    last_read: byKey(cache.last_read).filter(([id]) => other.last_read?.has(id)),
  };
}

/** Down to where both have loaded them, in their order. */
function sharedConversations(cache: Picture, other: Picture): Json {
  const from = Math.max(cache.conversations_from, other.conversations_from);
  if (!cache.conversations || !other.conversations) return null;
  // Of the name of somebody with whom one has nothing else in common nobody is told.
  return inOrder(cache.conversations)
    .filter(([id, { last_message_id }]) => (last_message_id ?? id) >= from)
    .map(([, { members, ...conversation }]) => ({ ...conversation, members: members.map(({ user_id }) => user_id) }));
}

/** Nobody hears of the new name of somebody blocked. */
const sharedFriend = (friend: Json) => (friend.state === "blocked" ? { ...friend, name: "" } : friend);

type Server = Picture["servers"] extends ReadonlyMap<number, infer Value> ? Value : never;
type Window = Picture["windows"] extends ReadonlyMap<number, infer Value> ? Value : never;

function sharedServer(server: Server, theirs: Server | undefined): Json {
  const { id, name, image } = server;
  if (!theirs) return { id, name, image };
  const members_to = Math.min(server.members_to, theirs.members_to);
  return {
    ...{ id, name, image, details: theirs.details && server.details },
    categories: theirs.categories && server.categories && inOrder(server.categories).map(([, one]) => listed(one)),
    channels:
      theirs.channels &&
      server.channels &&
      inOrder(server.channels).map(([id, one]) => sharedChannel(one, theirs.channels?.get(id))),
    roles: theirs.roles && server.roles && inOrder(server.roles),
    members: inOrder(server.members)
      .filter(([user_id]) => user_id <= members_to)
      .map(([, member]) => ({ ...member, roles: member.roles.toSorted() })),
  };
}

const listed = ({ id, name, position }: Json) => ({ id, name, position });

type Channel = NonNullable<Server["channels"]> extends ReadonlyMap<number, infer Value> ? Value : never;

/** `roles` follow from what a client need not know. */
function sharedChannel({ details, ...channel }: Channel, theirs: Channel | undefined): Json {
  return { ...channel, details: theirs?.details && details && { ...details, roles: [] } };
}

function sharedWindow(id: number, window: Window, theirs: Window | undefined): Json[] {
  if (!theirs) return [];
  const [from, to] = [Math.max(window.from, theirs.from), Math.min(window.to, theirs.to)];
  return [[id, inOrder(window.messages).filter(([message_id]) => message_id >= from && message_id <= to)]];
}
