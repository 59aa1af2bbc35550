// Commits what nodes want written, this one and those that send it here: one transaction at a time, of all that waits.
// Each waits a moment for those who write much just now: they have been answered, and come again.
// Must not send anything twice that may have been done.

import type { Answer } from "../../db/engine/database-server.ts";
import { type Statement, unavailable } from "../../db/engine/driver.ts";
import { messageOf } from "../../db/engine/faults.ts";
import { combined, type Group, lengthOf } from "./combined.ts";

export interface CombinerOptions {
  /** All in one transaction. */
  commit(statements: readonly Statement[]): Promise<Answer>;
  /** Milliseconds, never going back. */
  clock(): number;
}

interface Waiting {
  /** The node whose it is. */
  from: number;
  group: Group;
  answer(answer: Answer): void;
}

/** So long, and never for longer than a part of what the last transaction took. */
const GATHERING_MS = 3;
const GATHERING_PART = 0.4;
/** Who hasn't come for so long isn't waited for. */
const RECENT_MS = 100;
/** What is longer together goes in more than one transaction, in characters. */
const GREATEST_LENGTH = 2 ** 20;

export class Combiner {
  readonly #on: CombinerOptions;
  #waiting: Waiting[] = [];
  #is_running = false;
  /** Whose the groups of the last two transactions were. */
  #recent: [last: readonly number[], before: readonly number[]] = [[], []];
  #took_ms = 0;
  #ended_ms = Number.NEGATIVE_INFINITY;
  #onArrival: (() => void) | null = null;

  constructor(options: CombinerOptions) {
    this.#on = options;
  }

  /** `from`: the node whose it is. */
  commit(from: number, group: Group): Promise<Answer> {
    return new Promise((answer) => {
      this.#waiting.push({ from, group, answer });
      this.#onArrival?.();
      if (!this.#is_running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#is_running = true;
    while (this.#waiting.length > 0) {
      await this.#gathered();
      const groups = this.#taken();
      const begun_ms = this.#on.clock();
      await this.#commitAll(groups);
      this.#ended_ms = this.#on.clock();
      this.#took_ms = this.#ended_ms - begun_ms;
      this.#recent = [groups.map(({ from }) => from), this.#recent[0]];
    }
    this.#is_running = false;
  }

  /** The first of those that wait, as many as go together. */
  #taken(): readonly Waiting[] {
    let length = 0;
    const beyond = this.#waiting.findIndex(({ group }) => {
      length += lengthOf(group);
      return length > GREATEST_LENGTH;
    });
    return this.#waiting.splice(0, beyond === -1 ? this.#waiting.length : Math.max(beyond, 1));
  }

  /** Settles when all have come again whose the last ones were, or it isn't waited any longer. */
  #gathered(): Promise<void> | undefined {
    const is_long_ago = this.#on.clock() - this.#ended_ms > RECENT_MS;
    const size = is_long_ago ? 0 : new Set(this.#recent.flat()).size;
    const isWhole = () => this.#waiting.length >= size;
    const longest_ms = Math.min(GATHERING_MS, this.#took_ms * GATHERING_PART);
    if (isWhole() || longest_ms < 1) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#onArrival = null;
        resolve();
      };
      const timer = setTimeout(done, longest_ms);
      this.#onArrival = () => {
        if (isWhole()) done();
      };
    });
  }

  async #commitAll(groups: readonly Waiting[]): Promise<void> {
    if (groups.length < 2) return this.#commitApart(groups);
    const { statements, answersOf } = combined(groups.map(({ group }) => group));
    const answer = await this.#commit(statements);
    if (answer.state === "done") {
      const answers = answersOf(answer.results);
      for (const [index, one] of groups.entries()) one.answer(answers[index] as Answer);
      return;
    }
    if (answer.state !== "refused") {
      for (const one of groups) one.answer(answer);
      return;
    }
    const barred = groups[answer.index];
    // Of one of the other statements it isn't known whose it was that is refused.
    if (!barred) return this.#commitApart(groups);
    barred.answer({ ...answer, index: 0 });
    return this.#commitAll(groups.filter((one) => one !== barred));
  }

  async #commitApart(groups: readonly Waiting[]): Promise<void> {
    for (const { group, answer } of groups) answer(await this.#commit(group));
  }

  /** Whatever happens, those who wait are answered, and the next are begun. */
  async #commit(statements: readonly Statement[]): Promise<Answer> {
    try {
      return await this.#on.commit(statements);
    } catch (error) {
      return { state: "unknown", fault: unavailable(messageOf(error)) };
    }
  }
}
