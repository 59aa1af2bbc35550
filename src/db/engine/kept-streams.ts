// Connections to a database server that are kept open from one request to the next: a new one has the server read its
// whole schema, which costs more than most of what is asked. What isn't answered as done ends all that wait, since the
// server may know none of them any more; and none is used after a pause in which the server would end it.
// Must not keep a transaction open, nor send anything twice.

import type { HttpClient, HttpStream } from "@libsql/hrana-client";
import { monotonic } from "../../clock.ts";
import { limits } from "../../domain/limits.ts";
import type { Channel } from "./job-batch.ts";

type Hrana = typeof import("@libsql/hrana-client");

interface Idle {
  stream: HttpStream;
  since_ms: number;
}

export class KeptStreams {
  readonly #hrana: Hrana;
  readonly #client: HttpClient;
  readonly #at_most: number;
  /** The one used last comes last. */
  #idle: Idle[] = [];
  #in_use = 0;

  /** `at_most` are kept; who comes while all are in use has one of their own. */
  constructor(hrana: Hrana, client: HttpClient, at_most: number) {
    this.#hrana = hrana;
    this.#client = client;
    this.#at_most = at_most;
  }

  /** `send` words all that it sends before it returns. */
  async use<Value>(send: (channel: Channel) => Promise<Value>): Promise<Value> {
    if (this.#in_use >= this.#at_most) return this.#useOnce(send);
    this.#in_use += 1;
    const stream = this.#take();
    try {
      const value = await send(this.#channel(stream));
      this.#idle.push({ stream, since_ms: monotonic() });
      return value;
    } catch (error) {
      stream.close();
      for (const idle of this.#idle.splice(0)) idle.stream.close();
      throw error;
    } finally {
      this.#in_use -= 1;
    }
  }

  /** It ends with its request. */
  async #useOnce<Value>(send: (channel: Channel) => Promise<Value>): Promise<Value> {
    const stream = this.#client.openStream();
    try {
      const sent = send(this.#channel(stream));
      stream.closeGracefully();
      return await sent;
    } finally {
      stream.close();
    }
  }

  #channel(stream: HttpStream): Channel {
    return { hrana: this.#hrana, stream, texts: stream };
  }

  #take(): HttpStream {
    const idle = this.#idle.pop();
    if (idle && monotonic() - idle.since_ms < limits.remote_database_idle_ms) return idle.stream;
    // What has waited for longer than the last one is no better.
    for (const late of [...(idle ? [idle] : []), ...this.#idle.splice(0)]) late.stream.close();
    return this.#client.openStream();
  }
}
