// How renewals of a lease reach the database: over a connection that is kept for them, since a new one has the server read
// its whole schema, several times a second for each node. Now and then over a new one all the same: it alone says what
// the server does with those that come now, such as whether it syncs their commits.

import type { Answer, DatabaseServer } from "../../db/engine/database-server.ts";
import type { Statement } from "../../db/engine/driver.ts";

/** For so long a connection is believed in what it says of the server. */
const FRESH_MS = 1_000;

export class RenewalWay {
  readonly #server: Pick<DatabaseServer, "batch" | "commit">;
  readonly #clock: () => number;
  readonly #patience_ms: number;
  /** When what a new connection said was asked for. */
  #fresh_ms = Number.NEGATIVE_INFINITY;

  constructor(server: Pick<DatabaseServer, "batch" | "commit">, clock: () => number, patience_ms: number) {
    this.#server = server;
    this.#clock = clock;
    this.#patience_ms = patience_ms;
  }

  async send(renewing: readonly Statement[], asked_ms: number): Promise<Answer> {
    if (asked_ms - this.#fresh_ms < FRESH_MS) {
      const kept = await this.#server.commit(renewing);
      // The server may have ended the connection, and done nothing.
      const is_over = kept.state === "undone" && kept.again && this.#clock() - asked_ms < this.#patience_ms;
      if (!is_over) return kept;
    }
    const answer = await this.#server.batch(renewing);
    if (answer.state === "done") this.#fresh_ms = asked_ms;
    return answer;
  }

  /** What it said last isn't believed for any longer. */
  distrust(): void {
    this.#fresh_ms = Number.NEGATIVE_INFINITY;
  }
}
