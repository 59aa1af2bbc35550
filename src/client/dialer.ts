// From one connection to the next: it logs in, opens the socket, says what stands in the way, and waits before it tries
// again. It keeps the token, and ends when it is closed or the server turns the user away.

import { socketPlace, type TokenWay } from "./address.ts";
import { Connection, type ConnectionEnd, type Frame, LOST } from "./connection.ts";
import { pauseAfter, RequestError } from "./errors.ts";
import { callHttp, type FetchOptions, greet } from "./http.ts";
import type { ClientOptions, CloseReason, Trouble } from "./options.ts";
import type { Settings } from "./settings.ts";
import { backoffBound } from "./surroundings.ts";
import type { Pauses } from "./waiting.ts";

export interface DialerDependencies extends Settings {
  options: Pick<ClientOptions, "url" | "token" | "credentials" | "fetch">;
  pauses: Pauses;
  /** There will be another attempt, after a pause or at once. */
  onConnecting(): void;
  onFrame(frame: Frame): void;
  /** After the end of each connection. */
  onLost(): void;
  onTrouble(trouble: Trouble): void;
}

export interface Refusal {
  reason: CloseReason;
  error: RequestError;
}

/** How an attempt ended: for good, to be repeated in another way at once, or with something in the way. */
type Outcome = Refusal | "again" | Loss;

interface Loss {
  error: RequestError;
  /** No socket opened. */
  unopened?: boolean;
  /** Others were thrown out as well. */
  in_a_crowd?: boolean;
}

const RESTARTING = 1012;

export class Dialer {
  token: string | undefined;
  connection: Connection | null = null;
  readonly #on: DialerDependencies;
  readonly #closing = new AbortController();
  #way: TokenWay = "subprotocol";
  /** Whether a subprotocol may yet be what keeps the socket from opening: it wasn't once, or that was tried. */
  #doubts_subprotocols = true;
  /** The token was got by a log-in, and no connection was ready with it yet. */
  #is_new = false;
  /** The server ended the token that one had. */
  #was_revoked = false;
  #ready_ms: number | null = null;
  #woken_ms = Number.NEGATIVE_INFINITY;
  #endPause: (() => void) | null = null;

  constructor(on: DialerDependencies) {
    this.#on = on;
    this.token = on.options.token;
  }

  /** Connects again and again; resolves with why there will be no more of it, null once it is closed. */
  async run(): Promise<Refusal | null> {
    for (let failed = 0; ; ) {
      this.#ready_ms = null;
      const outcome = await this.#attempt();
      if (this.#isClosed) return null;
      if (outcome !== "again" && "reason" in outcome) return outcome;
      this.#on.onConnecting();
      if (outcome === "again") continue;
      failed = this.#livedWell() ? 1 : failed + 1;
      await this.#rest(outcome, failed);
    }
  }

  close(): void {
    this.#closing.abort();
    this.connection?.end(1000);
    this.#endPause?.();
  }

  /** The program was away: what is there is looked at, what isn't is tried now. */
  wake(): void {
    this.#woken_ms = this.#on.clock.now();
    this.connection?.check();
    this.#endPause?.();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #livedWell(): boolean {
    return this.#ready_ms !== null && this.#on.clock.now() - this.#ready_ms >= this.#on.times.stable_ms;
  }

  /** One connection, from log-in to its end. */
  async #attempt(): Promise<Outcome> {
    const refused = await this.#logIn();
    if (refused || this.#isClosed) return refused ?? "again";
    const end = await this.#connect(this.token ?? "");
    this.connection = null;
    this.#on.onLost();
    return this.#judge(end);
  }

  async #logIn(): Promise<Outcome | null> {
    if (this.token !== undefined) return null;
    const { url, credentials } = this.#on.options;
    if (!credentials) return { reason: "unauthorized", error: nothingToShow() };
    try {
      this.token = (await callHttp("login", { url, body: credentials, ...this.#httpOptions() })).token;
      this.#is_new = true;
      return null;
    } catch (thrown) {
      const error = thrown as RequestError;
      if (!final_refusals.has(error.code)) return { error };
      if (error.code === "suspended") return { reason: "suspended", error };
      return { reason: this.#was_revoked ? "revoked" : "unauthorized", error };
    }
  }

  #httpOptions(): FetchOptions {
    const { clock, times, options } = this.#on;
    return { fetch: options.fetch, clock, deadline_ms: times.http_deadline_ms, signal: this.#closing.signal };
  }

  #connect(token: string): Promise<ConnectionEnd> {
    const { address, WebSocket, clock, times, onFrame } = this.#on;
    return new Promise((resolve) => {
      try {
        this.connection = new Connection(socketPlace(address, token, this.#way), {
          ...{ WebSocket, clock, times, onEnd: resolve },
          onFrame: (frame) => {
            if (frame.type === "ready") this.#begin();
            onFrame(frame);
          },
        });
      } catch (thrown) {
        const error = new RequestError("disconnected", `The socket can't be opened: ${thrown}`, {}, thrown);
        resolve({ code: LOST, error, by_others: false, reached: "nothing" });
      }
    });
  }

  #begin(): void {
    this.#doubts_subprotocols = false;
    this.#ready_ms = this.#on.clock.now();
    this.#is_new = false;
    this.#was_revoked = false;
  }

  #judge({ code, error, reached, by_others }: ConnectionEnd): Outcome {
    const { credentials } = this.#on.options;
    const way = this.#way;
    // It may be a server that knows of no subprotocols; one that did not help isn't kept to.
    if (reached !== "ready") this.#way = code === 4001 && way === "subprotocol" ? "query" : "subprotocol";
    if (this.#way !== way && this.#way === "query") return "again";
    const reason = final_codes[code];
    if (reason === undefined) {
      const in_a_crowd = code === RESTARTING || (code === LOST && by_others && this.#livedWell());
      return { error, in_a_crowd, unopened: reached === "nothing" };
    }
    if (reason === "too_many_sessions" || !credentials || this.#is_new) return { reason, error };
    this.token = undefined;
    if (reason === "unauthorized") return "again";
    this.#was_revoked = true;
    return this.#livedWell() ? "again" : { error };
  }

  /** Says what stands in the way, and waits: not at all where the program just came back. */
  async #rest({ error, unopened, in_a_crowd }: Loss, failed: number): Promise<void> {
    const { clock, times, random, onTrouble, pauses } = this.#on;
    const bound_ms = Math.max(backoffBound(failed, times), in_a_crowd ? times.spread_ms : 0);
    const is_back = failed === 1 && clock.now() - this.#woken_ms <= 2 * times.wake_deadline_ms;
    const retry_ms = pauseAfter(error, 0) + (is_back ? 0 : random() * bound_ms);
    const pause = new Promise<void>((resolve) => {
      const endPause = pauses.after(retry_ms, resolve);
      // What the server asks for holds in any case.
      if (error.details.retry_after_ms === undefined) this.#endPause = endPause;
    });
    const known = unopened ? await Promise.race([this.#lookedInto(error), pause.then(() => error)]) : error;
    if (!this.#isClosed) onTrouble({ error: known, attempt: failed, retry_ms });
    await pause;
    this.#endPause = null;
  }

  /** Why no socket opens runtimes hardly say; what an HTTP call ends with says more. */
  async #lookedInto(error: RequestError): Promise<RequestError> {
    try {
      await greet(this.#on.address.http, this.#httpOptions());
    } catch (reason) {
      return reason as RequestError;
    }
    // The server is there: it may be the subprotocol that was not to the liking of something on the way.
    if (this.#doubts_subprotocols && !this.connection) this.#way = "query";
    this.#doubts_subprotocols = false;
    return error;
  }
}

const final_codes: Readonly<Record<number, CloseReason>> = {
  4001: "unauthorized",
  4002: "revoked",
  4003: "suspended",
  4010: "too_many_sessions",
};

/** Asking again would change nothing. */
const final_refusals: ReadonlySet<RequestError["code"]> = new Set([
  ...(["unauthorized", "forbidden", "suspended", "bad_request"] as const),
]);

const nothingToShow = () => new RequestError("unauthorized", "There is neither a token nor credentials.");
