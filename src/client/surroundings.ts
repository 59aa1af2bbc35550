// What the client needs of the world, and how long it waits for it. All of it can be handed in: tests hand in a clock,
// runtimes without a WebSocket of their own hand in one.

/** As much of a WebSocket as is used; a browser's, Bun's, Node's and that of the package `ws` are such. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}
/** One that passes over the protocols is brought the token in the address. */
export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;

export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Milliseconds that go on while the machine sleeps, whatever else they do. */
  wall?(): number;
  /** Calls `run` once, later; the function it returns keeps it from that. */
  after(delay_ms: number, run: () => void): () => void;
}

/** A timer that is set for longer goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const system_clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (delay_ms, run) => {
    const timer = setTimeout(run, Math.min(delay_ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Each of them an option of the same name. */
export const default_times = {
  /** The longest pause before the second attempt to connect; it doubles with each that fails, up to the other. */
  backoff_first_ms: 500,
  backoff_max_ms: 30_000,
  /**
   * Over so long those come back who were thrown out together, as a server does that restarts; where only
   * `backoff_first_ms` is given, over that.
   */
  spread_ms: 5_000,
  /** A connection that lived this long was a good one: pauses begin anew. */
  stable_ms: 10_000,
  /** From the first attempt to open a socket to its `ready`. */
  connect_deadline_ms: 15_000,
  /** From an HTTP call to the end of its answer. */
  http_deadline_ms: 15_000,
  /** Silence after which the server is asked whether it is there; again as much, and the connection counts as lost. */
  heartbeat_ms: 20_000,
  /** The same silence after the program was away, as machines and pages sleep. */
  wake_deadline_ms: 3_000,
  /** A connection on which a request is not answered for so long counts as lost. */
  reply_deadline_ms: 30_000,
  /** What the server can't answer now is asked again after this. */
  retry_ms: 1_000,
  /** From an ask to its answer, waiting for a connection included. */
  ask_deadline_ms: 30_000,
} as const;

export type Times = { readonly [Name in keyof typeof default_times]: number };

/** Requests on the way at once; the others wait their turn. */
export const MOST_IN_FLIGHT = 32;
/** What the server announced is taken, and until then this. */
export const DEFAULT_PAGE_LENGTH = 100;
export const DEFAULT_TOPICS_PER_REQUEST = 1_000;

/** Each of them an option of the same name. */
export const default_bounds = {
  /** Messages of one channel that are kept, of those that were read and those that came. */
  messages_per_channel: 1_000,
  /** Messages that wait to be acknowledged; more are refused, with `limit_reached`. */
  outbox_length: 1_000,
} as const;

export type KeptBounds = { readonly [Name in keyof typeof default_bounds]: number };

/** The bound of a pause, of which any part is drawn: so that those thrown out together don't come back together. */
export function backoffBound(failed_attempts: number, times: Times): number {
  return Math.min(times.backoff_max_ms, times.backoff_first_ms * 2 ** Math.min(failed_attempts - 1, 30));
}
