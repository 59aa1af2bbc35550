// What the client keeps: what was loaded, and how to keep it up to date. Plain data that can be stored and taken up
// again. What is kept of a topic is complete as of its `seq`, or there is a need noted that will make it so.

import type {
  Category,
  Channel,
  Conversation,
  FriendEntry,
  Member,
  Message,
  Role,
  Server,
  User,
} from "../protocol/community/entities.ts";
import type { NotificationSetting } from "../protocol/community/notifications.ts";
import type { MessageType, Request } from "./contract.ts";

/** Beyond every id. */
export const END = Number.MAX_SAFE_INTEGER;

export interface CachedChannel {
  id: number;
  name: string;
  category_id: number | null;
  /** Among the channels of its category; null where the server didn't say. */
  position: number | null;
  /** All of it, once loaded by `get_server_channel` or told of as added. */
  details: Channel | null;
}

export interface CachedServer {
  id: number;
  name: string;
  image: string | null;
  details: Server | null;
  categories: Map<number, Pick<Category, "id" | "name" | "position"> & Partial<Category>> | null;
  channels: Map<number, CachedChannel> | null;
  roles: Map<number, Role> | null;
  /** All with ids up to `members_to`. */
  members: Map<number, Member>;
  members_to: number;
}

/**
 * Messages of a channel without a gap, by ascending id: all from `from`, which is 0 where there are none before, up to
 * `to`, which is beyond every id unless the newest were dropped for those that the program reads. Then what is new isn't
 * kept until the newest page is asked for, or the pages up to it.
 */
export interface MessageWindow {
  from: number;
  to: number;
  /** The greatest id that was ever in it. */
  newest: number;
  server_id: number | null;
  messages: Map<number, Message>;
}

/** `since` is null until it is known of an entry that just changed. */
export type CachedFriend = Omit<FriendEntry, "since"> & { since: string | null };

/** With what of others is unread in it, and mentions one; null until the server has counted. */
export type CachedConversation = Conversation & { unread: number | null; mentions: number | null };

export interface Cache {
  /** All of one's own are in `servers`. */
  servers_listed: boolean;
  servers: Map<number, CachedServer>;
  /** By channel. */
  windows: Map<number, MessageWindow>;
  /** By channel, those that were loaded, the one pinned last first. */
  pins: Map<number, Map<number, Message>>;
  /** Those asked for, the members in `servers`, and the friends. */
  users: Map<number, User>;
  friends: Map<number, CachedFriend> | null;
  /** Latest activity first: all down to `conversations_from`, which is 0 once the last page is loaded. */
  conversations: Map<number, CachedConversation> | null;
  conversations_from: number;
  /** What one wants to be told of while away, by `server:<id>`, `channel:<id>` and `conversation:<id>`. */
  notification_settings: Map<string, NotificationSetting> | null;
  /** How far one has read, by channel. */
  last_read: Map<number, number> | null;
}

type LoadType =
  | "get_servers"
  | "get_server"
  | "get_server_channels"
  | "get_server_roles"
  | "get_server_members"
  | "get_server_channel"
  | "get_message_chunk"
  | "get_pins"
  | "get_friends"
  | "get_conversations"
  | "get_notification_settings"
  | "get_read_state";

/** A load that is outstanding; `to`: the id up to which pages are wanted; of conversations, down to which. */
export type Load = {
  [Name in LoadType & MessageType]: { type: Name; parameters: Request<Name>; to?: number };
}[LoadType & MessageType];

export interface Upkeep {
  /** The last `seq` of each topic; `told`: by an event, and another may have the same. */
  seqs: Map<string, { seq: number; told: boolean }>;
  /** Topics that are kept and of which the state and `seq` must be asked for. */
  wanted: Set<string>;
  loads: Map<string, Load>;
  /** Users whom the program asked for, whoever else they are. */
  asked_users: Set<number>;
  /** By channel, the message that the program looks at, where it isn't the newest. */
  looks: Map<number, number>;
  /** Of the last change of who sees what there may be more to come. */
  open_change: OpenChange | null;
}

/** What gains or loses several places tells of each, under one `seq`: a loss may come in between. */
export interface OpenChange {
  server_id: number;
  seq: number;
  before: Pick<CachedServer, "categories" | "channels"> & { seq: number };
}

export interface Kept {
  user_id: number;
  epoch: string;
  cache: Cache;
  upkeep: Upkeep;
}

export function nothingKept(user_id: number, epoch: string): Kept {
  const cache: Cache = {
    servers_listed: false,
    servers: new Map(),
    windows: new Map(),
    pins: new Map(),
    users: new Map(),
    friends: null,
    conversations: null,
    conversations_from: END,
    notification_settings: null,
    last_read: null,
  };
  return { user_id, epoch, cache, upkeep: nothingToKeepUp() };
}

export function nothingToKeepUp(): Upkeep {
  const asked = { asked_users: new Set<number>(), looks: new Map<number, number>() };
  return { seqs: new Map(), wanted: new Set(), loads: new Map(), ...asked, open_change: null };
}

/** What changed, as a program is told: where to look again. */
export type Change =
  | { kind: "servers" }
  | { kind: "server" | "channels" | "roles" | "members"; server_id: number }
  | { kind: "messages" | "pins"; channel_id: number }
  | { kind: "user"; user_id: number }
  | { kind: "friends" | "conversations" | "notification_settings" | "last_read" };

/** One step of the cache: what it works on, and the changes that it makes. */
export interface Turn {
  kept: Kept;
  changes: Change[];
  /** The steps are those of an answer to `sync`, which repeats what may be known. */
  synced?: boolean;
  /** A page that the program asked for, and a message in the midst of it; null for the newest page. */
  page?: { channel_id: number; at: number | null };
}

/** Runs a step and returns each of its changes once. */
export function takeTurn(kept: Kept, step: (turn: Turn) => void, synced = false): Change[] {
  const turn: Turn = { kept, changes: [], synced };
  step(turn);
  return eachOnce(turn.changes);
}

export const eachOnce = (changes: Change[]) => [
  ...new Map(changes.map((change) => [JSON.stringify(change), change])).values(),
];

/** The topic is kept from now on; where its `seq` isn't known it will be asked for. */
export function keepTopic({ kept: { upkeep } }: Turn, topic: string): void {
  if (!upkeep.seqs.has(topic)) upkeep.wanted.add(topic);
}

/** What is kept of the topic is as of this `seq`, or of a later one that was told already. */
export function reachSeq({ kept: { upkeep } }: Turn, topic: string, seq: number): void {
  const known = upkeep.seqs.get(topic);
  if (!known || known.seq <= seq) upkeep.seqs.set(topic, { seq, told: false });
  upkeep.wanted.delete(topic);
}

export function forgetTopic({ kept: { upkeep } }: Turn, topic: string): void {
  upkeep.seqs.delete(topic);
  upkeep.wanted.delete(topic);
}

export function wantLoad({ kept: { upkeep } }: Turn, load: Load): void {
  upkeep.loads.set(loadKey(load), load);
}

/** The same however much of it is asked for at a time. */
export const loadKey = ({ type, parameters }: Load) =>
  `${type} ${JSON.stringify({ ...parameters, amount: undefined })}`;

/** The server's entry; one that comes without a name has it loaded. */
export function serverEntry(turn: Turn, id: number): CachedServer {
  const { servers } = turn.kept.cache;
  const known = servers.get(id);
  if (known) return known;
  const blank = { details: null, categories: null, channels: null, roles: null };
  const server: CachedServer = { id, name: "", image: null, ...blank, members: new Map(), members_to: 0 };
  servers.set(id, server);
  wantLoad(turn, { type: "get_server", parameters: { server_id: id } });
  turn.changes.push({ kind: "servers" });
  return server;
}
