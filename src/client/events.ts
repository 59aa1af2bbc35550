// What each event does to the cache. An event may be about what isn't kept, or repeat what is known: then nothing
// changes. Entries are replaced, not changed, so that a program may hold on to one.

import type { EventData } from "../protocol/community/events.ts";
import { type CachedServer, type Kept, serverEntry, type Turn, wantLoad } from "./cache.ts";
import type { EventFrame, EventType } from "./contract.ts";
import { conversation_steps, recount, renameIn } from "./conversations.ts";
import { forgetServer, forgetWindow, listUser, releaseUser } from "./forgetting.ts";
import { putSetting } from "./notifications.ts";
import { hasPlaces } from "./order.ts";
import { changePin, dropPin } from "./pins.ts";
import { changedMessage, putMessage } from "./windows.ts";

type Steps = { readonly [Name in EventType]: (turn: Turn, data: EventData<Name>) => void };

const server_steps: Pick<Steps, "server_added" | "server_updated" | "server_deleted"> = {
  server_added: (turn, { server: { id, name, image } }) => {
    const { cache } = turn.kept;
    if (!cache.servers_listed && !cache.servers.has(id)) return;
    Object.assign(serverEntry(turn, id), { name, image });
    // It may have changed since, and the session doesn't hear of it yet.
    wantLoad(turn, { type: "get_server", parameters: { server_id: id } });
    turn.changes.push({ kind: "servers" });
  },
  server_updated: (turn, { server_id, ...changes }) =>
    inServer(turn, server_id, "server", (server) => {
      server.name = changes.name ?? server.name;
      if (changes.image !== undefined) server.image = changes.image;
      if (server.details) server.details = { ...server.details, ...changes };
    }),
  server_deleted: (turn, { server_id }) => forgetServer(turn, server_id),
};

type PlaceType = Extract<EventType, `category_${string}` | `channel_${string}`>;

const place_steps: Pick<Steps, PlaceType> = {
  category_added: (turn, { server_id, category }) =>
    inServer(turn, server_id, "channels", ({ categories }) => categories?.set(category.id, category)),
  category_updated: (turn, { server_id, category }) =>
    inServer(turn, server_id, "channels", ({ categories }) => merge(categories, category.id, category)),
  category_deleted: (turn, { server_id, category_id }) =>
    inServer(turn, server_id, "channels", ({ categories }) => categories?.delete(category_id)),
  channel_added: (turn, { server_id, channel }) =>
    inServer(turn, server_id, "channels", ({ channels }) => {
      const { id, name, category_id, position } = channel;
      channels?.set(id, { id, name, category_id, position, details: channel });
      wantPlaces(turn, server_id);
    }),
  channel_updated: (turn, { server_id, channel: { id, ...changes } }) =>
    inServer(turn, server_id, "channels", ({ channels }) => {
      const known = id === undefined ? undefined : channels?.get(id);
      if (!known) return;
      const { name = known.name, category_id = known.category_id, position = known.position } = changes;
      const details = known.details && { ...known.details, ...changes };
      channels?.set(known.id, { id: known.id, name, category_id, position, details });
      if (category_id !== known.category_id || position !== known.position) wantPlaces(turn, server_id);
    }),
  channel_deleted: (turn, { server_id, channel_id }) => {
    forgetWindow(turn, channel_id);
    inServer(turn, server_id, "channels", ({ channels }) => channels?.delete(channel_id));
  },
};

type PeopleType = Extract<EventType, `role_${string}` | `member_${string}` | "user_changed">;

const people_steps: Pick<Steps, PeopleType> = {
  role_added: (turn, { server_id, role }) =>
    inServer(turn, server_id, "roles", ({ roles }) => roles?.set(role.id, role)),
  role_changed: (turn, { server_id, role }) =>
    inServer(turn, server_id, "roles", ({ roles }) => merge(roles, role.id, role)),
  role_deleted: (turn, { server_id, role_id }) => {
    inServer(turn, server_id, "roles", ({ roles }) => roles?.delete(role_id));
    inServer(turn, server_id, "members", ({ members }) => {
      for (const member of members.values()) {
        if (!member.roles.includes(role_id)) continue;
        members.set(member.user_id, { ...member, roles: member.roles.filter((id) => id !== role_id) });
      }
    });
  },
  member_added: (turn, { server_id, member }) =>
    inServer(turn, server_id, "members", (server) => {
      countMembers(server, +1);
      if (member.user_id > server.members_to) return;
      server.members.set(member.user_id, member);
      listUser(turn, member.user_id);
    }),
  member_changed: (turn, { server_id, member }) =>
    inServer(turn, server_id, "members", ({ members }) => merge(members, member.user_id, member)),
  member_deleted: (turn, { server_id, user_id }) =>
    inServer(turn, server_id, "members", (server) => {
      countMembers(server, -1);
      server.members.delete(user_id);
      releaseUser(turn, user_id);
    }),
  user_changed: (turn, { id, ...changes }) => {
    const { users, servers, friends } = turn.kept.cache;
    merge(users, id, changes);
    for (const { members } of servers.values()) merge(members, id, only(changes, ["name", "profile_pic", "status"]));
    merge(friends, id, only(changes, ["name"]));
    renameIn(turn, id, only(changes, ["name", "profile_pic"]));
    turn.changes.push({ kind: "user", user_id: id });
  },
};

type OwnType = Extract<
  EventType,
  `friend_${string}` | "read_state_changed" | "notification_settings_changed" | "account_notice"
>;

const own_steps: Pick<Steps, OwnType> = {
  friend_added: putFriend,
  friend_changed: putFriend,
  friend_deleted: (turn, { user_id }) => {
    if (!turn.kept.cache.friends?.delete(user_id)) return;
    turn.changes.push({ kind: "friends" });
    releaseUser(turn, user_id);
  },
  read_state_changed: (turn, { channel_id, last_read_id }) => {
    turn.kept.cache.last_read?.set(channel_id, last_read_id);
    recount(turn, channel_id);
    turn.changes.push({ kind: "last_read" });
  },
  notification_settings_changed: putSetting,
  // Nothing that is kept changes: a program that shows it listens for the event.
  account_notice: () => {},
};

type MessageEvent = Extract<EventType, `message_${string}`>;

const message_steps: Pick<Steps, MessageEvent> = {
  message_added: (turn, message) => {
    inWindow(turn, message.channel_id, (window) => putMessage(window, message));
    // Who was away hears of one that was added and pinned as added.
    const { id, channel_id, pinned } = message;
    if (pinned) changePin(turn, { id, channel_id, pinned });
  },
  message_changed: (turn, data) => {
    inWindow(turn, data.channel_id, ({ messages }) => {
      const known = messages.get(data.id);
      if (known) messages.set(data.id, changedMessage(known, data, turn.kept.user_id));
    });
    changePin(turn, data);
  },
  message_deleted: (turn, { id, channel_id }) => {
    inWindow(turn, channel_id, ({ messages }) => messages.delete(id));
    dropPin(turn, channel_id, id);
  },
};

const steps: Steps = {
  ...{ ...server_steps, ...place_steps, ...people_steps, ...own_steps },
  ...{ ...conversation_steps, ...message_steps },
};

type Told = { [Name in EventType]: { type: Name; data: EventData<Name> } }[EventType];

/** Takes an event into the cache; one of a type that isn't known yet is passed over. */
export function applyEvent(turn: Turn, { type, data }: Told): void {
  if (Object.hasOwn(steps, type)) (steps[type] as (turn: Turn, data: Told["data"]) => void)(turn, data);
}

/** Takes an event that came by itself, unless what is kept of its topic has it already; says which. */
export function takeEvent(turn: Turn, event: EventFrame): boolean {
  const { seqs } = turn.kept.upkeep;
  const known = seqs.get(event.topic);
  if (known) {
    if (event.seq < known.seq || (event.seq === known.seq && !known.told)) return false;
    seqs.set(event.topic, { seq: event.seq, told: true });
    if (IN_CHANGES.test(event.type)) openChange(turn, event, known.seq);
  }
  applyEvent(turn, event);
  return true;
}

/** As `sync` would tell it: with whether a reaction is one's own, which one frame for all can't say. */
export function asTold({ cache }: Kept, event: EventFrame): EventFrame {
  if (event.type !== "message_changed" || !event.data.reactions) return event;
  const { id, channel_id } = event.data;
  const reactions = cache.windows.get(channel_id)?.messages.get(id)?.reactions;
  return reactions ? { ...event, data: { ...event.data, reactions } } : event;
}

const IN_CHANGES = /^(channel|category)_(added|deleted)$/;

/** Keeps what was before the first event of a change. */
function openChange({ kept: { cache, upkeep } }: Turn, { topic, seq }: EventFrame, last_seq: number): void {
  const server_id = Number(topic.slice("server:".length));
  const { open_change } = upkeep;
  const server = cache.servers.get(server_id);
  if (!server || (open_change?.server_id === server_id && open_change.seq === seq)) return;
  const copy = <Thing>(things: Map<number, Thing> | null) => things && new Map(things);
  const before = { seq: last_seq, categories: copy(server.categories), channels: copy(server.channels) };
  upkeep.open_change = { server_id, seq, before };
}

/** Whatever comes after a change shows that it came whole. */
export function closeChange({ kept: { upkeep } }: Turn, event: EventFrame | null): void {
  const { open_change } = upkeep;
  if (!open_change) return;
  const goes_on = event?.seq === open_change.seq && event.topic === `server:${open_change.server_id}`;
  if (!goes_on) upkeep.open_change = null;
}

/** Where one's place among the others follows from nothing that is kept, the list is to say it. */
function wantPlaces(turn: Turn, server_id: number): void {
  const server = turn.kept.cache.servers.get(server_id);
  if (server?.channels && !hasPlaces(server)) {
    wantLoad(turn, { type: "get_server_channels", parameters: { server_id } });
  }
}

function inServer(
  turn: Turn,
  server_id: number,
  kind: "server" | "channels" | "roles" | "members",
  step: (server: CachedServer) => void,
): void {
  const server = turn.kept.cache.servers.get(server_id);
  if (!server) return;
  step(server);
  turn.changes.push({ kind, server_id });
}

function inWindow(
  turn: Turn,
  channel_id: number,
  step: (window: NonNullable<ReturnType<Turn["kept"]["cache"]["windows"]["get"]>>) => void,
): void {
  const window = turn.kept.cache.windows.get(channel_id);
  if (!window) return;
  step(window);
  turn.changes.push({ kind: "messages", channel_id });
}

function merge<Thing extends object>(
  things: Map<number, Thing> | null,
  id: number | undefined,
  changes: Partial<Thing>,
): void {
  const known = id === undefined ? undefined : things?.get(id);
  if (known && id !== undefined) things?.set(id, { ...known, ...changes });
}

function only<Thing extends object, Name extends keyof Thing>(thing: Thing, names: Name[]): Pick<Thing, Name> {
  return Object.fromEntries(names.filter((name) => name in thing).map((name) => [name, thing[name]])) as Pick<
    Thing,
    Name
  >;
}

function countMembers(server: CachedServer, more: number): void {
  if (!server.details) return;
  server.details = { ...server.details, num_members: server.details.num_members + more };
}

/** Since when it is so, only the list says. */
function putFriend(turn: Turn, { user_id, name, state }: EventData<"friend_added">): void {
  const { friends } = turn.kept.cache;
  if (!friends || state === "none") return;
  friends.set(user_id, { user_id, name, state, since: friends.get(user_id)?.since ?? null });
  wantLoad(turn, { type: "get_friends", parameters: {} });
  if (state === "blocked") releaseUser(turn, user_id);
  else listUser(turn, user_id);
  turn.changes.push({ kind: "friends" });
}
