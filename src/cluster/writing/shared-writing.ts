// One node writes for all while there is much to write: groups of several nodes are then one transaction, which costs the
// database server little more than that of one. A group goes there with its guard, and stands or falls by it, whoever
// sends it; what becomes of one that isn't answered is not known, as with a server that doesn't answer. What is small,
// or not of a kind with others', and all while that node can't be reached, goes to the database directly.

import type { Answer } from "../../db/engine/database-server.ts";
import { type Statement, unavailable, undone } from "../../db/engine/driver.ts";
import { isMergeableText } from "../../db/engine/mergeable.ts";
import { termGuardOf } from "../membership/tables.ts";
import { type Head, item } from "../node/items.ts";
import type { Item } from "../streams/envelope.ts";
import { type Group, isCombinable, lengthOf, rowsLengthOf } from "./combined.ts";
import { Combiner, type CombinerOptions } from "./combiner.ts";
import { isNoUse, Trust } from "./trust.ts";

export interface SharedWritingOptions extends CombinerOptions {
  /** What has shorter rows than that isn't worth the way, in characters. */
  least_length: number;
  /** How long an answer is waited for. */
  patience_ms: number;
}

/** How other nodes are reached. */
export interface WayToOthers {
  me: number;
  /** What is sent is numbered from here on: apart from what a process before this one of the same number sent. */
  first_id: number;
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

export class SharedWriting {
  readonly #on: SharedWritingOptions;
  readonly #combiner: Combiner;
  readonly #sent = new Map<number, Sent>();
  readonly #trust: Trust;
  #way: WayToOthers | null = null;
  #next_id = 0;
  #counts = { sent: 0, doubted: 0 };

  constructor(options: SharedWritingOptions) {
    this.#on = options;
    this.#combiner = new Combiner(options);
    this.#trust = new Trust(options.clock);
  }

  /** From now on others are reached that way; null: no more. */
  through(way: WayToOthers | null): void {
    this.#way = way;
    if (way) this.#next_id = way.first_id;
    else for (const { node } of [...this.#sent.values()]) this.lost(node);
  }

  /** How many groups another node was sent, and of how many the end wasn't known. */
  get counts(): Readonly<{ sent: number; doubted: number }> {
    return this.#counts;
  }

  /** Never rejects. */
  commit(statements: readonly Statement[]): Promise<Answer> {
    const group = statements as Group;
    const way = this.#way;
    if (way === null || !isCombinable(group)) return this.#on.commit(statements);
    const writer = this.#isWorthTheWay(group) ? way.writer() : null;
    if (writer === null || !this.#trust.isIn(writer)) return this.#on.commit(statements);
    return writer === way.me ? this.#combiner.commit(way.me, group) : this.#send(way, writer, group);
  }

  /** Takes what another node says of it. */
  take(from: number, head: WritingHead, text: string): void {
    if (head.kind === "committed") return this.#sent.get(head.id)?.settle(head.answer);
    const group = groupIn(from, head, text);
    // Where it can't be said, whoever waits learns of the loss.
    const say = (answer: Answer) => void this.#way?.say(from, item({ kind: "committed", id: head.id, answer }));
    if (group) void this.#combiner.commit(from, group).then(say);
    else say(not_known);
  }

  /** Some of what was said between that node and this one is not heard. */
  lost(node: number): void {
    for (const sent of [...this.#sent.values()]) if (sent.node === node) sent.settle(not_answered);
  }

  #isWorthTheWay(group: Group): boolean {
    return rowsLengthOf(group) >= this.#on.least_length && lengthOf(group) <= GREATEST_LENGTH;
  }

  #send(way: WayToOthers, node: number, group: Group): Promise<Answer> {
    const id = this.#next_id;
    this.#next_id += 1;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const settle = (answer: Answer) => {
      clearTimeout(late);
      this.#sent.delete(id);
      this.#trust.judge(node, answer);
      if (answer.state === "unknown") this.#counts.doubted += 1;
      // That node may be about to end, or of another version.
      resolve(isNoUse(answer) ? this.#on.commit(group) : answer);
    };
    const late = setTimeout(() => settle(not_answered), this.#on.patience_ms);
    this.#sent.set(id, { node, settle });
    if (way.say(node, worded(id, group))) this.#counts.sent += 1;
    else settle(not_said);
    return promise;
  }
}

/** It may be done, now or later, until the node's term is raised. */
const not_answered: Answer = { state: "unknown", fault: unavailable("the node that writes for all didn't answer") };

const not_said: Answer = {
  ...{ state: "undone", again: true },
  fault: undone(unavailable("the node that writes for all can't be reached")),
};

const not_known: Answer = {
  ...{ state: "undone", again: false },
  fault: undone(unavailable("the node that writes for all doesn't know such statements")),
};

/** A `commit`. */
function worded(id: number, [guard, ...statements]: Group): Item {
  const texts = statements.map(({ params }) => String(params[0]));
  const sqls = statements.map(({ sql }) => sql);
  const lengths = texts.map(({ length }) => length);
  return item({ kind: "commit", id, guard: guard.params, sqls, lengths }, texts.join(""));
}

/** What `node` asks for; null where it isn't of the kind that nodes write. */
function groupIn(
  node: number,
  { guard: params, sqls, lengths }: Extract<Head, { kind: "commit" }>,
  text: string,
): Group | null {
  const guard = termGuardOf(node, params);
  if (!guard || !sqls.every(isMergeableText) || lengths.length !== sqls.length) return null;
  if (lengths.reduce((sum, length) => sum + length, 0) !== text.length) return null;
  let from = 0;
  const statements = sqls.map((sql, index): Statement => {
    const length = lengths[index] ?? 0;
    from += length;
    return { sql, params: [text.slice(from - length, from)], mergeable: true };
  });
  return [guard, ...statements];
}
