// What each reply does to the cache: what was loaded is kept, and its topics from then on.

import type { User } from "../protocol/community/entities.ts";
import { type CachedServer, END, keepTopic, type Load, loadKey, reachSeq, serverEntry, type Turn } from "./cache.ts";
import type { MessageType, ReplyBody, Request } from "./contract.ts";
import { conversation_replies, recount, takeCounts } from "./conversations.ts";
import { applyEvent } from "./events.ts";
import { dropTopic, forgetPins, forgetServer, forgetUser, forgetWindow, listUser, releaseUser } from "./forgetting.ts";
import { changeSetting, putSetting } from "./notifications.ts";
import { loadPins } from "./pins.ts";
import { withPage } from "./windows.ts";

type Steps = {
  readonly [Name in MessageType]?: (turn: Turn, asked: Request<Name>, reply: ReplyBody<Name>) => void;
};

const server_steps: Steps = {
  get_servers: (turn, { user_id }, { servers }) => {
    if (user_id !== undefined && user_id !== null) return;
    const { cache } = turn.kept;
    cache.servers_listed = true;
    keepTopic(turn, "self");
    const listed = new Set(servers.map(({ id }) => id));
    for (const id of [...cache.servers.keys()]) if (!listed.has(id)) forgetServer(turn, id);
    for (const { id, name, image } of servers) {
      const server = Object.assign(serverEntry(turn, id), { name, image });
      // Each in its turn to the end: that is the order of the list.
      cache.servers.delete(id);
      cache.servers.set(id, server);
      if (!server.details) noNeedOf(turn, id);
      keepTopic(turn, `server:${id}`);
    }
    turn.changes.push({ kind: "servers" });
  },
  get_server: (turn, { server_id, invite_code }, { server }) => {
    if (invite_code || server_id !== server.id) return;
    const { name, image } = server;
    Object.assign(serverEntry(turn, server_id), { name, image, details: server });
    noNeedOf(turn, server_id);
    keepTopic(turn, `server:${server_id}`);
    turn.changes.push({ kind: "server", server_id });
  },
  get_server_channels: (turn, { server_id }, { categories, seq }) => {
    const server = serverEntry(turn, server_id);
    const before = server.channels;
    server.categories = new Map();
    server.channels = new Map();
    for (const { id: category_id, name, position, channels } of categories) {
      if (category_id !== null) server.categories.set(category_id, { id: category_id, name: name ?? "", position });
      for (const channel of channels) {
        const details = before?.get(channel.id)?.details ?? null;
        server.channels.set(channel.id, { ...channel, category_id, position: channel.position ?? null, details });
      }
    }
    for (const id of before?.keys() ?? []) if (!server.channels.has(id)) forgetWindow(turn, id);
    ofServer(turn, server_id, "channels", seq);
  },
  get_server_roles: (turn, { server_id, user_id }, { roles, seq }) => {
    if (user_id) return;
    serverEntry(turn, server_id).roles = new Map(roles.map((role) => [role.id, role]));
    ofServer(turn, server_id, "roles", seq);
  },
  get_server_members: (turn, asked, { members, next_anchor, seq }) => {
    const server = serverEntry(turn, asked.server_id);
    if (asked.filter || asked.anchor > server.members_to) return;
    const to = next_anchor ?? END;
    const before = [...server.members.keys()].filter((id) => id > asked.anchor && id <= to);
    for (const id of before) server.members.delete(id);
    for (const member of members) server.members.set(member.user_id, member);
    for (const id of before) if (!server.members.has(id)) releaseUser(turn, id);
    server.members_to = Math.max(server.members_to, to);
    for (const { user_id } of members) listUser(turn, user_id);
    ofServer(turn, asked.server_id, "members", seq);
  },
  get_server_channel: (turn, _asked, { channel, seq }) => {
    const { cache } = turn.kept;
    const { id, name, category_id, position, server_id } = channel;
    if (cache.windows.has(id)) reachSeq(turn, `channel:${id}`, seq);
    const channels = cache.servers.get(server_id)?.channels;
    if (!channels?.has(id)) return;
    channels.set(id, { id, name, category_id, position, details: channel });
    turn.changes.push({ kind: "channels", server_id });
  },
};

const other_steps: Steps = {
  get_message_chunk: (turn, asked, page) => {
    const { windows } = turn.kept.cache;
    const before = windows.get(asked.channel_id) ?? null;
    const window = withPage(before, asked, page, turn.kept.upkeep.looks.get(asked.channel_id));
    if (!window) return;
    windows.set(asked.channel_id, window);
    const is_newest = asked.direction && asked.anchor === 0;
    const middle = page.messages[Math.floor(page.messages.length / 2)]?.id ?? asked.anchor;
    turn.page = { channel_id: asked.channel_id, at: is_newest ? null : middle };
    reachSeq(turn, `channel:${asked.channel_id}`, page.seq);
    turn.changes.push({ kind: "messages", channel_id: asked.channel_id });
  },
  get_pins: loadPins,
  get_user: (turn, { user_id }, { user, seq }) => takeUsers(turn, [user_id], [user], { [user_id]: seq }),
  get_users: (turn, { user_ids }, { users, topics }) => {
    const seqs = Object.fromEntries(users.map(({ id }) => [id, topics[`user:${id}`]?.seq]));
    takeUsers(turn, user_ids, users, seqs);
  },
  get_friends: (turn, _asked, { friends, seq }) => {
    const { cache } = turn.kept;
    const before = cache.friends;
    cache.friends = new Map(friends.map((friend) => [friend.user_id, friend]));
    for (const id of before?.keys() ?? []) if (!cache.friends.has(id)) releaseUser(turn, id);
    for (const { user_id, state } of friends) if (state !== "blocked") listUser(turn, user_id);
    reachSeq(turn, "self", seq);
    turn.changes.push({ kind: "friends" });
  },
  get_read_state: (turn, _asked, { channels }) => {
    const { cache } = turn.kept;
    cache.last_read ??= new Map();
    for (const channel of channels) {
      if (channel.last_read_id !== null) cache.last_read.set(channel.channel_id, channel.last_read_id);
      takeCounts(turn, channel);
    }
    keepTopic(turn, "self");
    turn.changes.push({ kind: "last_read" });
  },
  get_notification_settings: (turn, _asked, { settings, seq }) => {
    turn.kept.cache.notification_settings = new Map();
    for (const setting of settings) putSetting(turn, setting);
    reachSeq(turn, "self", seq);
    turn.changes.push({ kind: "notification_settings" });
  },
  update_notification_settings: (turn, asked) => changeSetting(turn, asked),
  mark_read: (turn, { channel_id, message_id }) => {
    const { last_read } = turn.kept.cache;
    last_read?.set(channel_id, Math.max(message_id, last_read.get(channel_id) ?? 0));
    recount(turn, channel_id);
    turn.changes.push({ kind: "last_read" });
  },
  subscribe: (turn, asked, { topics }) => {
    const { seqs, wanted } = turn.kept.upkeep;
    for (const topic of asked.topics) {
      // Of a person more is wanted than the number.
      if (!wanted.has(topic) || topic.startsWith("user:")) continue;
      const seq = topics[topic]?.seq;
      if (seq === undefined || seqs.has(topic)) wanted.delete(topic);
      else reachSeq(turn, topic, seq);
    }
  },
  unsubscribe: (turn, { topics }) => {
    for (const topic of topics) if (topic !== "self") dropTopic(turn, topic);
  },
};

/** What stands elsewhere now does so before the event comes. */
const own_steps: Steps = {
  update_channel: (turn, _asked, { channel }) => {
    const { server_id } = channel;
    applyEvent(turn, { type: "channel_updated", data: { server_id, channel } });
  },
  move_channels: (turn, { server_id }, { channels }) => {
    for (const channel of channels) applyEvent(turn, { type: "channel_updated", data: { server_id, channel } });
  },
  update_category: (turn, { category_id }, { category }) => {
    const server_id = serverWith(turn, ({ categories }) => categories?.has(category_id));
    if (server_id) applyEvent(turn, { type: "category_updated", data: { server_id, category } });
  },
  update_role: (turn, { role_id }, { role }) => {
    const server_id = serverWith(turn, ({ roles }) => roles?.has(role_id));
    if (server_id) applyEvent(turn, { type: "role_changed", data: { server_id, role } });
  },
};

const serverWith = ({ kept }: Turn, has: (server: CachedServer) => boolean | undefined) =>
  [...kept.cache.servers.values()].find(has)?.id;

const steps: Steps = { ...server_steps, ...other_steps, ...own_steps, ...conversation_replies };

export function applyReply<Name extends MessageType>(
  turn: Turn,
  type: Name,
  asked: Request<Name>,
  reply: ReplyBody<Name>,
): void {
  (steps[type] as ((turn: Turn, asked: Request<Name>, reply: ReplyBody<Name>) => void) | undefined)?.(
    turn,
    asked,
    reply,
  );
}

/** Those whom the program asked for by themselves stay, though they are in no list. */
export function noteAsked({ kept: { cache, upkeep } }: Turn, asked: Request<"get_user" | "get_users">): void {
  for (const id of "user_ids" in asked ? asked.user_ids : [asked.user_id]) {
    if (cache.users.has(id)) upkeep.asked_users.add(id);
  }
}

/** The reply to a load that was wanted: of what was to be replaced, nothing older stays. */
export function applyLoad(turn: Turn, load: Load, reply: ReplyBody<Load["type"]>): void {
  const { cache, upkeep } = turn.kept;
  upkeep.loads.delete(loadKey(load));
  if (load.type === "get_message_chunk") cache.windows.delete(load.parameters.channel_id);
  applyReply(turn, load.type, load.parameters, reply);
  if (load.type !== "get_server_members" && load.type !== "get_conversations") return;
  const { next_anchor } = reply as ReplyBody<"get_server_members" | "get_conversations">;
  const { to = next_anchor ?? 0 } = load;
  const is_reached = load.type === "get_conversations" ? (next_anchor ?? 0) <= to : (next_anchor ?? END) >= to;
  if (next_anchor === null || is_reached) return;
  const next = { ...load, parameters: { ...load.parameters, anchor: next_anchor } } as Load;
  upkeep.loads.set(loadKey(next), next);
}

/** What was wanted is not there, or not for the user. */
export function refuseLoad(turn: Turn, load: Load): void {
  turn.kept.upkeep.loads.delete(loadKey(load));
  const { type, parameters } = load;
  if (type === "get_message_chunk") forgetWindow(turn, parameters.channel_id);
  else if (type === "get_pins") forgetPins(turn, parameters.channel_id);
  else if (type === "get_server" && parameters.server_id) forgetServer(turn, parameters.server_id);
}

/** The server's name is known now. */
function noNeedOf({ kept: { upkeep } }: Turn, server_id: number): void {
  upkeep.loads.delete(loadKey({ type: "get_server", parameters: { server_id } }));
}

function ofServer(turn: Turn, server_id: number, kind: "channels" | "roles" | "members", seq: number): void {
  reachSeq(turn, `server:${server_id}`, seq);
  turn.changes.push({ kind, server_id });
}

/** Those with a `seq` are heard of from now on; of strangers nothing is kept. */
function takeUsers(turn: Turn, asked: number[], users: User[], seqs: Record<number, number | undefined>): void {
  const found = new Map(users.map((user) => [user.id, user]));
  for (const id of asked) {
    const [user, seq] = [found.get(id), seqs[id]];
    if (!user || seq === undefined) forgetUser(turn, id);
    else takeUser(turn, user, seq);
  }
}

function takeUser(turn: Turn, user: User, seq: number): void {
  const { cache } = turn.kept;
  cache.users.set(user.id, user);
  const { created_date: _, ...changes } = user;
  applyEvent(turn, { type: "user_changed", data: changes });
  reachSeq(turn, `user:${user.id}`, seq);
}
