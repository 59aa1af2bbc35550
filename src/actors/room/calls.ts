// What can be asked of a room. Plain data in, plain data out; no code.

import type { Statement } from "../../db/engine/driver.ts";
import type { ChangedMessage } from "../../db/queries/messages.ts";
import type { ServerSummary } from "../../db/queries/rooms.ts";
import type { MessageType } from "../../protocol/catalogue.ts";
import type { Message } from "../../protocol/community/entities.ts";
import type { SyncedEvent, SyncedTopic } from "../../protocol/community/sync.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Call } from "../kernel/actor.ts";
import type { Requester } from "../session/calls.ts";
import type { WebhookPost } from "./webhook-post.ts";

/** Topics of one room, each with the `seq` that the asker has of it. */
export type Heard = Readonly<Record<string, number>>;

/** What was read for an answer. A topic that isn't in it had not changed when it was read. */
export interface Gathered {
  /** Whether the asker was a member. */
  readonly for_member: boolean;
  /** For `isAsOf`. */
  readonly changes: number;
  readonly server: { events: readonly SyncedEvent[] | "too_many"; bytes: number } | null;
  readonly channels: Readonly<Record<number, GatheredChannel>>;
  /** About how long it will be in an answer, in bytes. */
  readonly bytes: number;
}

/** `told`: the `seq` of the channel's last event when it was read. */
export type GatheredChannel = { readonly told: number; readonly messages: readonly ChangedMessage[] | "too_many" };

export interface Gathering {
  from: Requester;
  heard: Heard;
  /** What may be gathered in all, in bytes. */
  bytes: number;
  /** Nobody waits for it any longer than that. */
  within_ms: number;
  /** The step after it came too late: what happens meanwhile is to be taken from memory. */
  again: boolean;
}

export interface CatchingUp {
  from: Requester;
  heard: Heard;
  gathered: Gathered;
}

export type Answers = Record<string, SyncedTopic>;

export type RoomCalls = {
  /** A request of the catalogue whose literal names this room's fields. */
  perform: Call<{ type: MessageType; parameters: unknown; from: Requester }, unknown>;
  /** Topics of this room; all or none. */
  subscribe: Call<{ from: Requester; topics: string[] }, { topics: Record<string, { seq: number }> }>;
  /** The server has been listed for the user so: the session is subscribed to it, and told if it looks otherwise now. */
  follow: Call<{ from: Requester; listed: ServerSummary }>;
  unsubscribe: Call<{ session: SessionId; topics: string[] }>;
  /** The first step of `sync`: reads what changed in topics of this room. */
  gather: Call<Gathering, Gathered>;
  /** Whether what was gathered still holds. */
  holds: Call<{ changes: number }, boolean>;
  /** The second: answers, and subscribes; null when something has come between. */
  catch_up: Call<CatchingUp, Answers | null>;
  /** Both in one, while changes wait. */
  catch_up_alone: Call<Gathering, Answers>;
  /**
   * The session heard of these topics from another owner, up to there: it is subscribed to those that it may hear of, and
   * answered what is missing.
   */
  resume: Call<{ from: Requester; heard: Heard }, Answers>;
  /** The session is gone. */
  forget: Call<{ session: SessionId }>;
  /**
   * The channels that a user may view, or read the history of, and from which id on what is said to all is said to them;
   * `not_found` for a stranger.
   */
  visible: Call<{ user_id: number; to_read?: boolean }, { channel_ids: number[]; since: number }>;
  /** Those of the messages that are there and that the user may read, in no order. */
  shown: Call<{ user_id: number; message_ids: number[] }, { messages: Message[] }>;
  /** Those of the users who can view the channel. */
  viewers: Call<{ channel_id: number; user_ids: readonly number[] }, { user_ids: number[] }>;
  /** A webhook of the server says something. */
  post: Call<WebhookPost, { message: Message }>;
  /** Somebody reports a message of a channel that they can view. */
  report: Call<{ message_id: number; reason: string; from: Requester }, Record<string, never>>;
  /**
   * Messages of a channel go, whoever wrote them: the first of them, as many as may go at once. Answers how many it took
   * on; all of them where there is no such channel any more.
   */
  bury: Call<{ channel_id: number; message_ids: number[] }, { taken: number }>;
  /**
   * The account of the owner is about to end: the server becomes another's, or is locked. Where it isn't that owner's,
   * nothing is done.
   */
  succeed: Call<{ owner_id: number }>;
  /** Whoever runs the installation, who wants `also` stored with it, gives the server to one of its members, and unlocks it. */
  hand_over: Call<{ user_id: number; also: readonly Statement[] }>;
  /** Whoever runs the installation, who wants `also` stored with it, has somebody come in who needs no invite. */
  admit: Call<{ user_id: number; also: readonly Statement[] }, null>;
  /** Whoever runs the installation ends the server. */
  remove: Call<{ also: readonly Statement[] }>;
  /** A hint: members' accounts have ended, and with them their memberships. */
  departed: Call<null>;
};
