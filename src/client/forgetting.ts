// How what is kept ends: dropped because it is gone or isn't heard of any more, or to be loaded again.

import { type Cache, forgetTopic, type Kept, keepTopic, type Load, nothingKept, type Turn, wantLoad } from "./cache.ts";

const pinsOf = (channel_id: number): Load => ({ type: "get_pins", parameters: { channel_id } });

export function forgetServer(turn: Turn, id: number): void {
  const { cache, upkeep } = turn.kept;
  forgetTopic(turn, `server:${id}`);
  for (const [key, load] of upkeep.loads) if (isOf(load, id)) upkeep.loads.delete(key);
  const server = cache.servers.get(id);
  for (const channel_id of server?.channels?.keys() ?? []) forgetWindow(turn, channel_id);
  for (const [channel_id, { server_id }] of cache.windows) if (server_id === id) forgetWindow(turn, channel_id);
  for (const [channel_id, pins] of cache.pins) {
    for (const { server_id } of pins.values()) if (server_id === id) forgetPins(turn, channel_id);
  }
  if (!server) return;
  cache.servers.delete(id);
  turn.changes.push({ kind: "servers" });
  // It may have been all that one had in common with somebody, also where its members were not loaded.
  for (const user_id of new Set([...server.members.keys(), ...upkeep.asked_users])) {
    if (!isListed(cache, user_id)) releaseUser(turn, user_id);
  }
}

const isOf = ({ parameters }: Load, id: number) => "server_id" in parameters && parameters.server_id === id;

export function forgetWindow(turn: Turn, channel_id: number): void {
  const { cache, upkeep } = turn.kept;
  forgetTopic(turn, `channel:${channel_id}`);
  upkeep.looks.delete(channel_id);
  for (const [key, { type, parameters }] of upkeep.loads) {
    if (type === "get_message_chunk" && parameters.channel_id === channel_id) upkeep.loads.delete(key);
  }
  if (cache.windows.delete(channel_id)) turn.changes.push({ kind: "messages", channel_id });
  forgetPins(turn, channel_id);
}

export function forgetPins(turn: Turn, channel_id: number): void {
  const { cache, upkeep } = turn.kept;
  for (const [key, { type, parameters }] of upkeep.loads) {
    if (type === "get_pins" && parameters.channel_id === channel_id) upkeep.loads.delete(key);
  }
  if (!cache.pins.delete(channel_id)) return;
  if (!cache.windows.has(channel_id)) forgetTopic(turn, `channel:${channel_id}`);
  turn.changes.push({ kind: "pins", channel_id });
}

/** Forgets what is known of the user; whoever has them in a list isn't told of them any more. */
export function forgetUser(turn: Turn, user_id: number): void {
  const { cache, upkeep } = turn.kept;
  forgetTopic(turn, `user:${user_id}`);
  upkeep.asked_users.delete(user_id);
  if (cache.users.delete(user_id)) turn.changes.push({ kind: "user", user_id });
}

/** The user left one of the lists: with them may have gone the right to hear of them, which asking again will show. */
export function releaseUser(turn: Turn, user_id: number): void {
  const { cache, upkeep } = turn.kept;
  forgetTopic(turn, `user:${user_id}`);
  if (upkeep.asked_users.has(user_id) || isListed(cache, user_id)) return keepTopic(turn, `user:${user_id}`);
  if (cache.users.delete(user_id)) turn.changes.push({ kind: "user", user_id });
}

function isListed({ servers, friends, conversations }: Cache, user_id: number): boolean {
  const friend = friends?.get(user_id);
  if (friend && friend.state !== "blocked") return true;
  for (const { members } of servers.values()) if (members.has(user_id)) return true;
  for (const { members } of conversations?.values() ?? [])
    if (members.some((one) => one.user_id === user_id)) return true;
  return false;
}

/** Somebody is in a list: they are to be heard of. */
export function listUser(turn: Turn, user_id: number): void {
  keepTopic(turn, `user:${user_id}`);
}

/** It is not there for the user any more. */
export function dropTopic(turn: Turn, topic: string): void {
  const { kind, id } = parsed(topic);
  if (kind === "server") forgetServer(turn, id);
  else if (kind === "channel") forgetWindow(turn, id);
  else if (kind === "user") forgetUser(turn, id);
  else forgetTopic(turn, topic);
}

/** All that is kept of it is loaded again; until then the old stands. */
export function resetTopic(turn: Turn, topic: string): void {
  forgetTopic(turn, topic);
  const { kind, id } = parsed(topic);
  if (kind === "user") return keepTopic(turn, topic);
  const { cache } = turn.kept;
  const loads = kind === "server" ? loadsOfServer(cache, id) : kind === "channel" ? loadsOfChannel(cache, id) : null;
  for (const load of loads ?? loadsOfSelf(cache)) wantLoad(turn, load);
}

function parsed(topic: string): { kind: string; id: number } {
  const [kind = "", id] = topic.split(":");
  return { kind, id: Number(id) };
}

/** Its length is filled in by who asks. */
const newestOf = (channel_id: number): Load => ({
  type: "get_message_chunk",
  parameters: { channel_id, amount: 1, anchor: 0, direction: true },
});

function loadsOfChannel({ windows, pins }: Cache, channel_id: number): Load[] {
  // What is heard of without anything kept of it has its newest messages loaded.
  const window = windows.has(channel_id) || !pins.has(channel_id) ? [newestOf(channel_id)] : [];
  return pins.has(channel_id) ? [...window, pinsOf(channel_id)] : window;
}

function loadsOfServer({ servers }: Cache, server_id: number): Load[] {
  const server = servers.get(server_id);
  if (!server) return [];
  const { categories, channels, roles, members_to } = server;
  const loads: Load[] = [{ type: "get_server", parameters: { server_id } }];
  if (categories) loads.push({ type: "get_server_channels", parameters: { server_id } });
  for (const { id, details } of channels?.values() ?? []) {
    if (details) loads.push({ type: "get_server_channel", parameters: { channel_id: id } });
  }
  if (roles) loads.push({ type: "get_server_roles", parameters: { server_id } });
  if (members_to > 0) {
    loads.push({ type: "get_server_members", parameters: { server_id, amount: 1, anchor: 0 }, to: members_to });
  }
  return loads;
}

function loadsOfSelf({
  servers_listed,
  friends,
  conversations,
  conversations_from,
  notification_settings,
  last_read,
}: Cache): Load[] {
  const loads: Load[] = [];
  if (servers_listed) loads.push({ type: "get_servers", parameters: {} });
  if (friends) loads.push({ type: "get_friends", parameters: {} });
  if (conversations) {
    loads.push({ type: "get_conversations", parameters: { amount: 1, anchor: 0 }, to: conversations_from });
  }
  if (notification_settings) loads.push({ type: "get_notification_settings", parameters: {} });
  if (last_read) loads.push({ type: "get_read_state", parameters: {} });
  return loads;
}

/** Nothing kept, under another epoch, and all that was loaded before wanted again. */
export function startAnew({ user_id, cache, upkeep }: Kept, epoch: string): Kept {
  const kept = nothingKept(user_id, epoch);
  const loads = [
    ...loadsOfSelf(cache),
    ...[...cache.servers.keys()].flatMap((id) => loadsOfServer(cache, id)),
    ...[...cache.windows.keys()].map(newestOf),
    ...[...cache.pins.keys()].map(pinsOf),
  ];
  const turn: Turn = { kept, changes: [] };
  for (const load of loads) wantLoad(turn, load);
  for (const user_id of upkeep.asked_users) {
    kept.upkeep.asked_users.add(user_id);
    keepTopic(turn, `user:${user_id}`);
  }
  return kept;
}
