// What a program hands in and is told: options, states, and the events of a client.

import type { Change } from "./cache.ts";
import type { EventFrame, Push, Ready, ReportAdded, Request, TypingStarted } from "./contract.ts";
import type { RequestError } from "./errors.ts";
import type { Fetch } from "./http.ts";
import type { Delivery } from "./outbox.ts";
import type { Clock, KeptBounds, SocketConstructor, Times } from "./surroundings.ts";
import type { Patience } from "./waiting.ts";

export interface Credentials {
  username: string;
  password: string;
}

type Optional<Values> = { readonly [Name in keyof Values]?: Values[Name] | undefined };

export interface ClientOptions extends Optional<Times & KeptBounds> {
  /** Where the server is, as in `https://orchard.example.org`. */
  url: string;
  /** Of an earlier log-in; with `credentials` beside it, another is got when it has expired. */
  token?: string | undefined;
  credentials?: Credentials | undefined;
  /** What `snapshot()` gave the last time. */
  snapshot?: string | null | undefined;
  /** Where the runtime has none of its own, as Node has not before version 22. */
  WebSocket?: SocketConstructor | undefined;
  fetch?: Fetch | undefined;
  clock?: Clock | undefined;
  /** A number in [0, 1), for the pauses between attempts. */
  random?: (() => number) | undefined;
}

export type ClientState = "connecting" | "syncing" | "ready" | "closed";
/** `program`: by `close()`; else what the server turned the user away for. */
export type CloseReason = "program" | "unauthorized" | "revoked" | "suspended" | "too_many_sessions";

/** What stands in the way of a connection, and when the next is tried. */
export interface Trouble {
  /** As the server worded it, or what is known of why there is no answer. */
  error: RequestError;
  /** Attempts since the last good connection. */
  attempt: number;
  retry_ms: number;
}

export interface ClientEvents {
  state: ClientState;
  /** After each connection that was lost or could not be had. */
  trouble: Trouble;
  /** Where in the cache something changed, each place once. */
  change: readonly Change[];
  /**
   * What happened, each thing once and in order, once the cache has it, whether the server told it at once or after an
   * absence. What can't be told one by one, as it was loaded again or is gone, shows in `change` only.
   */
  event: EventFrame | TypingStarted | ReportAdded;
  /** In the console's dialect. */
  push: Push;
  /** After each connecting, once all that is kept is up to date. */
  synced: Ready;
  /** How a message that was sent ended, those of an earlier program too. */
  delivery: Delivery;
  /** The server refused what has no reply, or says why it closes the socket. */
  refused: RequestError;
  /** For good; `trouble` of the client says more. */
  closed: CloseReason;
}

export interface AskOptions extends Patience {
  /** From the ask to its answer; the client's `ask_deadline_ms` otherwise. */
  deadline_ms?: number | undefined;
}

/** What may stand in a message beside its place. */
export type Draft = Omit<Request<"add_message">, "channel_id">;

/** The cache, for those who don't keep it. */
export type Readable<Value> =
  Value extends Map<infer Key, infer Entry>
    ? ReadonlyMap<Key, Readable<Entry>>
    : Value extends object
      ? { readonly [Field in keyof Value]: Readable<Value[Field]> }
      : Value;
