// The writer's connection to a database server, kept open from group to group: a new one has the server read its whole
// schema, which costs more than a small group. What isn't answered as done ends it, and the next group has another, as
// has one after a pause, in which the server would end it.
// Must not keep a transaction open, nor send anything twice.

import type { HttpClient, HttpStream } from "@libsql/hrana-client";
import { monotonic } from "../../clock.ts";
import { limits } from "../../domain/limits.ts";
import type { Statement, StatementResult } from "./driver.ts";
import { runTogether } from "./job-batch.ts";

type Hrana = typeof import("@libsql/hrana-client");

export class KeptStream {
  readonly #hrana: Hrana;
  readonly #client: HttpClient;
  /** Null while a group is under way. */
  #idle: HttpStream | null = null;
  #used_ms = 0;

  constructor(hrana: Hrana, client: HttpClient) {
    this.#hrana = hrana;
    this.#client = client;
  }

  /** As `runTogether`. */
  async run(statements: readonly Statement[]): Promise<StatementResult[]> {
    const stream = this.#take();
    try {
      const results = await runTogether({ hrana: this.#hrana, stream, texts: stream }, statements);
      this.#keep(stream);
      return results;
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  close(): void {
    this.#client.close();
  }

  #take(): HttpStream {
    const idle = this.#idle;
    this.#idle = null;
    if (idle && monotonic() - this.#used_ms < limits.remote_database_idle_ms) return idle;
    idle?.close();
    return this.#client.openStream();
  }

  #keep(stream: HttpStream): void {
    this.#idle?.close();
    this.#idle = stream;
    this.#used_ms = monotonic();
  }
}
