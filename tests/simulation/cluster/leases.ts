// The law of burying: who may still answer for its slots isn't buried. Told of what the database of a simulation does for
// each process; a lease is counted from when it was asked for, as the node itself counts it.

import { times } from "../../../src/cluster/open-node.ts";
import type { Answer } from "../../../src/db/engine/database-server.ts";
import type { Statement } from "../../../src/db/engine/driver.ts";
import type { ProcessTime, VirtualTime } from "../time.ts";

export interface LeasesParts {
  time: VirtualTime;
  onFault(words: string): void;
}

export class Leases {
  readonly #on: LeasesParts;
  readonly #renewed = new Map<unknown, { process: ProcessTime; asked_ms: number }>();

  constructor(parts: LeasesParts) {
    this.#on = parts;
  }

  /** What a process asked for then is done now. */
  done(process: ProcessTime, asked_ms: number, statements: readonly Statement[], answer: Answer<unknown[]>): void {
    if (answer.state !== "done") return;
    for (const [index, { sql, params }] of statements.entries()) {
      if (sql.startsWith("UPDATE cluster_nodes SET beat")) this.#renewed.set(params[1], { process, asked_ms });
      const { changes = 0 } = (answer.results[index] ?? {}) as { changes?: number };
      if (changes > 0 && sql.includes("WHERE number = ? AND holder = ? AND beat = ?")) this.#buried(params[1]);
    }
  }

  #buried(holder: unknown): void {
    const renewed = this.#renewed.get(holder);
    if (!renewed || renewed.process.is_over) return;
    const left_ms = renewed.asked_ms + times.lease_ms - this.#on.time.now_ms;
    if (left_ms > 0) this.#on.onFault(`node ${renewed.process.number} is buried with ${left_ms} ms of its lease left`);
  }
}
