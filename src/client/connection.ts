// One socket, from its opening to its end: requests and their answers, a pace that the server puts up with, and a look
// whether it is still there. It keeps nothing beyond its end, and leaves no timer behind.

import { type MessageType, type Ready, requestFrame } from "./contract.ts";
import { disconnected, pauseAfter, RequestError, SHORTEST_PAUSE_MS, tooLarge } from "./errors.ts";
import { type Clock, MOST_IN_FLIGHT, type Socket, type SocketConstructor, type Times } from "./surroundings.ts";

export interface Frame {
  id?: string;
  type?: string;
  [field: string]: unknown;
}

export interface Job {
  type: MessageType;
  parameters: object;
  /** The reply that is no refusal, in the turn in which it comes. */
  onReply(frame: Frame): void;
  onFailure(error: RequestError): void;
}

export interface ConnectionDependencies {
  WebSocket: SocketConstructor;
  clock: Clock;
  times: Pick<Times, "connect_deadline_ms" | "heartbeat_ms">;
  /** Whatever is no answer, in order; `ready` comes first. */
  onFrame(frame: Frame): void;
  /** Once, when it has ended; 1006 where no code says why. */
  onEnd(code: number): void;
}

/** The close code of a socket that ended without one. */
export const LOST = 1006;

export class Connection {
  readonly #on: ConnectionDependencies;
  readonly #socket: Socket;
  readonly #under_way = new Map<string, Job>();
  #waiting: Job[] = [];
  #ids = 0;
  #frame_length = Number.POSITIVE_INFINITY;
  /** How many may be under way: one after the server asked to slow down, then more with each answer. */
  #most = MOST_IN_FLIGHT;
  #ended = false;
  #heard = true;
  #cancelPause: (() => void) | null = null;
  #cancelWatch: () => void;

  constructor(url: string, on: ConnectionDependencies) {
    this.#on = on;
    this.#socket = new on.WebSocket(url);
    this.#socket.onmessage = (event: { data: unknown }) => this.#receive(String(event.data));
    this.#socket.onclose = (event: { code: number }) => this.end(event.code);
    // What is wrong `onclose` says; without a listener some runtimes take it for uncaught.
    this.#socket.onerror = () => {};
    this.#cancelWatch = on.clock.after(on.times.connect_deadline_ms, () => this.end(LOST));
  }

  /** Sends the request when its turn has come. */
  request(job: Job): void {
    if (this.#ended) return job.onFailure(disconnected());
    this.#waiting.push(job);
    this.#sendWaiting();
  }

  /** Sends what has no answer; says whether it could be sent. */
  tell(type: MessageType, parameters: object): boolean {
    if (this.#ended) return false;
    this.#socket.send(JSON.stringify(requestFrame(type, parameters)));
    return true;
  }

  /** Ends it now, whether or not the socket can still be closed properly. */
  end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelWatch();
    this.#cancelPause?.();
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
    this.#on.onEnd(code);
  }

  #sendWaiting(): void {
    while (!this.#ended && !this.#cancelPause && this.#under_way.size < this.#most) {
      const job = this.#waiting.shift();
      if (!job) return;
      this.#ids += 1;
      const id = String(this.#ids);
      const text = JSON.stringify({ id, ...requestFrame(job.type, job.parameters) });
      if (text.length > this.#frame_length) job.onFailure(tooLarge(this.#frame_length));
      else {
        this.#under_way.set(id, job);
        this.#socket.send(text);
      }
    }
  }

  #receive(text: string): void {
    const frame = JSON.parse(text) as Frame;
    this.#heard = true;
    if (frame.type === "ready") this.#open(frame["data"] as Ready);
    const job = frame.id === undefined ? undefined : this.#under_way.get(frame.id);
    if (!job || frame.id === undefined) return this.#on.onFrame(frame);
    this.#under_way.delete(frame.id);
    this.#answer(job, frame);
    this.#sendWaiting();
  }

  #open({ limits }: Ready): void {
    this.#frame_length = limits["frame_length"] ?? Number.POSITIVE_INFINITY;
    this.#watch();
  }

  #answer(job: Job, frame: Frame): void {
    if (frame.type !== "error") {
      this.#most = Math.min(this.#most + 1, MOST_IN_FLIGHT);
      return job.onReply(frame);
    }
    const { code, message, details } = frame as unknown as RequestError;
    const refusal = new RequestError(code, message, details);
    if (code !== "rate_limited") return job.onFailure(refusal);
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

  /** After a silence it asks once; after another it is over. */
  #watch(asked = false): void {
    this.#cancelWatch();
    this.#heard = false;
    this.#cancelWatch = this.#on.clock.after(this.#on.times.heartbeat_ms, () => {
      if (!this.#heard && asked) return this.end(LOST);
      const ask = !this.#heard;
      if (ask) this.tell("ping", {});
      this.#watch(ask);
    });
  }
}
