// One socket, from its opening to its end: requests and their answers, a pace that the server puts up with, and a look
// whether it is still there. It keeps nothing beyond its end, and leaves no timer behind.

import { type MessageType, type Ready, requestFrame } from "./contract.ts";
import { disconnected, pauseAfter, RequestError, refusalOf, SHORTEST_PAUSE_MS, tooLarge } from "./errors.ts";
import { type Clock, MOST_IN_FLIGHT, type Socket, type SocketConstructor, type Times } from "./surroundings.ts";

export interface Frame {
  id?: string;
  type?: string;
  [field: string]: unknown;
}

export interface Job {
  type: MessageType;
  parameters: object;
  /** Nobody wants it any more: it isn't sent, if it wasn't before. */
  isOver?(): boolean;
  /** The reply that is no refusal, in the turn in which it comes. */
  onReply(frame: Frame): void;
  onFailure(error: RequestError): void;
}

export interface ConnectionDependencies {
  WebSocket: SocketConstructor;
  clock: Clock;
  times: Pick<Times, "connect_deadline_ms" | "heartbeat_ms" | "wake_deadline_ms" | "reply_deadline_ms">;
  /** Whatever is no answer, in order; `ready` comes first. */
  onFrame(frame: Frame): void;
  /** Once, when it has ended. */
  onEnd(end: ConnectionEnd): void;
}

export interface ConnectionEnd {
  /** 1006 where no code says why. */
  code: number;
  /** As the server worded it, where it did. */
  error: RequestError;
  /** How far it had come. */
  reached: "nothing" | "open" | "ready";
  /** The other side or the network ended it, not our own judgement. */
  by_others: boolean;
}

/** The close code of a socket that ended without one. */
export const LOST = 1006;

interface UnderWay extends Job {
  since_ms: number;
}

export class Connection {
  readonly #on: ConnectionDependencies;
  readonly #socket: Socket;
  readonly #under_way = new Map<string, UnderWay>();
  #waiting: Job[] = [];
  #ids = 0;
  #frame_length = Number.POSITIVE_INFINITY;
  /** How many may be under way: one after the server asked to slow down, then more with each answer. */
  #most = MOST_IN_FLIGHT;
  #reached: ConnectionEnd["reached"] = "nothing";
  #ended = false;
  #heard = true;
  /** The program was away, and nothing was heard since. */
  #is_checked = false;
  /** What the server said last, unasked, if that was why it closes. */
  #sentence: RequestError | null = null;
  #fault = "";
  #cancelPause: (() => void) | null = null;
  #cancelWatch: () => void;

  /** Throws what the socket's constructor does. */
  constructor(place: [url: string, protocols?: string[]], on: ConnectionDependencies) {
    this.#on = on;
    this.#socket = new on.WebSocket(...place);
    this.#socket.onopen = () => {
      if (this.#reached === "nothing") this.#reached = "open";
    };
    this.#socket.onmessage = (event: { data: unknown }) => this.#receive(event.data);
    this.#socket.onclose = (event: { code: number; reason?: string }) => this.end(event.code, event.reason, true);
    // That it failed `onclose` says; without a listener some runtimes take it for uncaught.
    this.#socket.onerror = (event: { error?: { code?: unknown } }) => {
      if (typeof event?.error?.code === "string") this.#fault = event.error.code;
    };
    const late = `No "ready" came in ${on.times.connect_deadline_ms} ms.`;
    this.#cancelWatch = on.clock.after(on.times.connect_deadline_ms, () => this.end(LOST, late));
  }

  /** Sends the request when its turn has come. */
  request(job: Job): void {
    if (this.#ended) return job.onFailure(disconnected());
    this.#waiting.push(job);
    this.#sendWaiting();
  }

  /** Sends what has no answer; says whether it could be sent. */
  tell(type: MessageType, parameters: object): boolean {
    if (this.#ended || this.#reached !== "ready") return false;
    this.#socket.send(JSON.stringify(requestFrame(type, parameters)));
    return true;
  }

  /** The program was away: whether the server is still there is to be known soon. */
  check(): void {
    const { clock, times } = this.#on;
    // One look at a time: a program that is woken all the time is not to put off its end.
    if (this.#ended || this.#is_checked) return;
    this.#is_checked = true;
    if (this.#reached === "ready") return this.#watch(this.tell("ping", {}), times.wake_deadline_ms);
    this.#cancelWatch();
    this.#cancelWatch = clock.after(times.wake_deadline_ms, () => this.end(LOST, "The program was away meanwhile."));
  }

  /** Ends it now, whether or not the socket can still be closed properly. */
  end(code: number, why = "", by_others = false): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelWatch();
    this.#cancelPause?.();
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    try {
      this.#socket.close();
    } catch {
      // It was closing already.
    }
    const left = [...this.#under_way.values(), ...this.#waiting];
    this.#under_way.clear();
    this.#waiting = [];
    for (const { onFailure } of left) onFailure(disconnected());
    const reason = [why, this.#fault].filter((part) => part !== "").join(", ");
    const error = this.#sentence ?? endOf(code, reason, this.#reached);
    this.#on.onEnd({ code, error, by_others, reached: this.#reached });
  }

  #sendWaiting(): void {
    while (!this.#ended && !this.#cancelPause && this.#under_way.size < this.#most) {
      const job = this.#waiting.shift();
      if (!job) return;
      if (job.isOver?.()) continue;
      this.#ids += 1;
      const id = String(this.#ids);
      const text = JSON.stringify({ id, ...requestFrame(job.type, job.parameters) });
      if (text.length > this.#frame_length) job.onFailure(tooLarge(this.#frame_length));
      else {
        this.#under_way.set(id, { ...job, since_ms: this.#on.clock.now() });
        this.#socket.send(text);
      }
    }
  }

  #receive(data: unknown): void {
    if (this.#ended) return;
    this.#heard = true;
    this.#is_checked = false;
    const frame = typeof data === "string" ? parsed(data) : null;
    if (!frame) return this.end(LOST, "What came is no frame of the server's.");
    try {
      this.#take(frame);
    } catch (error) {
      // What is kept may lack it now: another connection catches up.
      this.end(LOST, `A frame could not be taken: ${error}`);
    }
  }

  #take(frame: Frame): void {
    if (frame.type === "ready") this.#open(frame["data"] as Ready);
    const job = frame.id === undefined ? undefined : this.#under_way.get(frame.id);
    this.#sentence = frame.type === "error" && !job ? refusalOf(frame) : null;
    if (!job || frame.id === undefined) return this.#on.onFrame(frame);
    this.#under_way.delete(frame.id);
    try {
      this.#answer(job, frame);
    } catch (error) {
      job.onFailure(disconnected());
      throw error;
    }
    this.#sendWaiting();
  }

  #open({ limits }: Ready): void {
    this.#reached = "ready";
    this.#frame_length = limits?.["frame_length"] ?? Number.POSITIVE_INFINITY;
    this.#watch();
  }

  #answer(job: Job, frame: Frame): void {
    if (frame.type !== "error") {
      this.#most = Math.min(this.#most + 1, MOST_IN_FLIGHT);
      return job.onReply(frame);
    }
    const refusal = refusalOf(frame);
    // A slow channel is no matter of the others.
    const is_for_all = refusal.code === "rate_limited" && refusal.details.limit === undefined;
    if (!is_for_all) return job.onFailure(refusal);
    // Nothing was done: it goes first when the time has come.
    this.#most = 1;
    this.#waiting.unshift(job);
    this.#pause(pauseAfter(refusal, SHORTEST_PAUSE_MS));
  }

  #pause(pause_ms: number): void {
    this.#cancelPause?.();
    this.#cancelPause = this.#on.clock.after(pause_ms, () => {
      this.#cancelPause = null;
      this.#sendWaiting();
    });
  }

  /** After a silence it asks once; after another it is over, and so it is where an answer doesn't come. */
  #watch(asked = false, silence_ms = this.#on.times.heartbeat_ms): void {
    this.#cancelWatch();
    this.#heard = false;
    this.#cancelWatch = this.#on.clock.after(silence_ms, () => {
      if (!this.#heard && asked) return this.end(LOST, "The server is silent.");
      if (this.#isStuck()) return this.end(LOST, "The server leaves a request without an answer.");
      const ask = !this.#heard;
      if (ask) this.tell("ping", {});
      this.#watch(ask);
    });
  }

  #isStuck(): boolean {
    const { clock, times } = this.#on;
    const [oldest] = this.#under_way.values();
    return oldest !== undefined && clock.now() - oldest.since_ms >= times.reply_deadline_ms;
  }
}

function parsed(text: string): Frame | null {
  try {
    const frame = JSON.parse(text);
    return typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}

const SENTENCES: Readonly<Record<number, [code: RequestError["code"], message: string]>> = {
  4001: ["unauthorized", "The token is missing, malformed, expired or revoked."],
  4003: ["suspended", "The account is suspended."],
  4002: ["unauthorized", "The token was revoked, or its time is up."],
  4008: ["rate_limited", "The client asked for too much."],
  4010: ["limit_reached", "The user has as many open sessions as are allowed."],
  1012: ["unavailable", "The server is restarting."],
};

function endOf(code: number, why: string, reached: ConnectionEnd["reached"]): RequestError {
  const known = SENTENCES[code];
  if (known) return new RequestError(...known);
  const what = reached === "nothing" ? "The socket could not be opened" : "The connection ended";
  return new RequestError("disconnected", `${what} (${[code, why].filter((part) => part !== "").join(": ")}).`);
}
