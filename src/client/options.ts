// What a program hands in and is told: options, states, and the events of a client.

import type { Change } from "./cache.ts";
import type { EventFrame, Push, Ready, Request, TypingStarted } from "./contract.ts";
import type { RequestError } from "./errors.ts";
import type { Fetch } from "./http.ts";
import type { Delivery } from "./outbox.ts";
import type { Clock, SocketConstructor, Times } from "./surroundings.ts";

export interface Credentials {
  username: string;
  password: string;
}

export interface ClientOptions extends Partial<Times> {
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
export type CloseReason = "program" | "unauthorized" | "revoked" | "too_many_sessions";

export interface ClientEvents {
  state: ClientState;
  /** Where in the cache something changed, each place once. */
  change: readonly Change[];
  /** What the server told by itself, once the cache has it; what came by `sync` shows in `change` only. */
  event: EventFrame | TypingStarted;
  /** In the console's dialect. */
  push: Push;
  /** After each connecting, once all that is kept is up to date. */
  synced: Ready;
  /** How a message that was sent ended, those of an earlier program too. */
  delivery: Delivery;
  /** The server refused what has no reply, or says why it closes the socket. */
  refused: RequestError;
  closed: CloseReason;
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
