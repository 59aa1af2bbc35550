// One node writes for all while there is much to write: groups of several nodes are then one transaction, which costs the
// database server little more than that of one. A group goes there with its guard, and stands or falls by it, whoever
// sends it; what becomes of one that isn't answered is not known, as with a server that doesn't answer. What is small,
// or not of a kind with others', and all while that node can't be reached, goes to the database directly.

import type { Answer } from "../../db/engine/database-server.ts";
import { type Statement, unavailable } from "../../db/engine/driver.ts";
import { type Head, item } from "../node/items.ts";
import type { Item } from "../streams/envelope.ts";
import { type Group, isCombinable } from "./combined.ts";
import { Combiner, type CombinerOptions } from "./combiner.ts";

export interface SharedWritingOptions extends CombinerOptions {
  /** What is shorter than that isn't worth the way, in characters. */
  least_length: number;
  /** How long an answer is waited for. */
  patience_ms: number;
}

/** How other nodes are reached. */
export interface WayToOthers {
  me: number;
  /** Who writes for all, which may be this node; null where nobody is known to who can be reached. */
  writer(): number | null;
  /** False where it isn't said. */
  say(node: number, said: Item): boolean;
}

type WritingHead = Extract<Head, { kind: "commit" | "committed" }>;

interface Sent {
  node: number;
  settle(answer: Answer): void;
}

/** The longest that is sent, in characters: beyond it, there is little to win. */
const GREATEST_LENGTH = 2 ** 19;
/** After one that didn't come, nothing is sent for so long. */
const DISTRUST_MS = 5_000;

export class SharedWriting {
  readonly #on: SharedWritingOptions;
  readonly #combiner: Combiner;
  readonly #sent = new Map<number, Sent>();
  #way: WayToOthers | null = null;
  #direct_until_ms = Number.NEGATIVE_INFINITY;
  #ids = 0;
  #doubted = 0;

  constructor(options: SharedWritingOptions) {
    this.#on = options;
    this.#combiner = new Combiner(options);
  }

  /** From now on others are reached that way; null: no more. */
  through(way: WayToOthers | null): void {
    this.#way = way;
    if (way === null) for (const { node } of [...this.#sent.values()]) this.lost(node);
  }

  /** How many groups another node was sent, and of how many nothing came back. */
  get counts(): { sent: number; doubted: number } {
    return { sent: this.#ids, doubted: this.#doubted };
  }

  /** Never rejects. */
  commit(statements: readonly Statement[]): Promise<Answer> {
    const group = statements as Group;
    const way = this.#way;
    if (way === null || !isCombinable(group)) return this.#on.commit(statements);
    const writer = this.#isWorthTheWay(group) ? way.writer() : null;
    if (writer === null) return this.#on.commit(statements);
    return writer === way.me ? this.#combiner.commit(way.me, group) : this.#send(way, writer, group);
  }

  /** Takes what another node says of it. */
  take(from: number, head: WritingHead, text: string): void {
    if (head.kind === "committed") return this.#sent.get(head.id)?.settle(head.answer);
    void this.#combiner.commit(from, groupIn(head, text)).then((answer) => {
      // Where it can't be said, whoever waits learns of the loss.
      this.#way?.say(from, item({ kind: "committed", id: head.id, answer }));
    });
  }

  /** Some of what was said between that node and this one is not heard. */
  lost(node: number): void {
    for (const sent of [...this.#sent.values()]) if (sent.node === node) this.#distrust(sent);
  }

  #isWorthTheWay([, ...statements]: Group): boolean {
    const length = statements.reduce((sum, { params }) => sum + String(params[0]).length, 0);
    return length >= this.#on.least_length && length <= GREATEST_LENGTH && this.#on.clock() >= this.#direct_until_ms;
  }

  #send(way: WayToOthers, node: number, group: Group): Promise<Answer> {
    const id = this.#ids + 1;
    if (!way.say(node, worded(id, group))) return this.#on.commit(group);
    this.#ids = id;
    return new Promise((resolve) => {
      const sent: Sent = {
        node,
        settle: (answer) => {
          clearTimeout(late);
          this.#sent.delete(id);
          // That node may be about to end.
          resolve(answer.state === "undone" ? this.#on.commit(group) : answer);
        },
      };
      const late = setTimeout(() => this.#distrust(sent), this.#on.patience_ms);
      this.#sent.set(id, sent);
    });
  }

  /** It may be done, now or later, until the node's term is raised. */
  #distrust(sent: Sent): void {
    this.#doubted += 1;
    this.#direct_until_ms = this.#on.clock() + DISTRUST_MS;
    sent.settle({ state: "unknown", fault: unavailable("the node that writes for all didn't answer") });
  }
}

/** A `commit`. */
function worded(id: number, [guard, ...statements]: Group): Item {
  const texts = statements.map(({ params }) => String(params[0]));
  const sqls = statements.map(({ sql }) => sql);
  return item({ kind: "commit", id, guard, sqls, lengths: texts.map(({ length }) => length) }, texts.join(""));
}

/** What it asks for. */
function groupIn({ guard, sqls, lengths }: Extract<Head, { kind: "commit" }>, text: string): Group {
  let from = 0;
  const statements = sqls.map((sql, index): Statement => {
    const length = lengths[index] ?? 0;
    from += length;
    return { sql, params: [text.slice(from - length, from)], mergeable: true };
  });
  return [guard, ...statements];
}
