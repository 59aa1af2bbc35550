// How the answers of several owners come to be of one moment. Each of them first gathers what it has to read; then all
// answer, one right after another, and the reply goes out in the turn of the last one. Where something came between, it
// is gathered anew.

import { limits } from "../../../domain/limits.ts";
import type { SyncedTopic } from "../../../protocol/community/sync.ts";
import { busy, type Outcome, success } from "../../../protocol/outcome.ts";
import type { Reply } from "../../kernel/actor.ts";

/** Owners that gather at once; between one lot and the next, other work has its turn. */
const AT_ONCE = 8;
/** Times that all are asked because something came between; after that, who doesn't hold still is made to. */
const COMMON_PASSES = 6;

/** What is answered of some topics. */
export type Answered = readonly (readonly [topic: string, SyncedTopic])[];

/** One who owns topics that are asked about. */
export interface Owner {
  readonly topics: readonly string[];
  /** Reads what the answers take, at most about so many bytes of it; `again`, when the step after it came too late. */
  gather(bytes: number, again: boolean): Promise<Outcome<{ bytes: number }>>;
  /** Whether nothing has come since it was gathered. */
  holds(reply: Reply<boolean>): void;
  /** Answers and subscribes in one turn; null when something has come since it was gathered. */
  answer(reply: Reply<Answered | null>): void;
  /** Gathers and answers whatever comes. */
  insist(bytes: number, reply: Reply<Answered>): void | Promise<void>;
  unsubscribe(topics: string[]): void;
}

/** Has all gather and answer, for as long as that is wanted; `reply` is called in the turn of the last answer. */
export async function askAll(
  owners: readonly Owner[],
  isWanted: () => boolean,
  reply: Reply<ReadonlyMap<string, SyncedTopic>>,
): Promise<void> {
  const answers = new Map<string, SyncedTopic>();
  const gathered = new Map<Owner, number>();
  const finish = () => reply(success(answers));
  const take = (owner: Owner, answered: Answered | null) => {
    for (const [topic, answer] of answered ?? []) answers.set(topic, answer);
    return answered ? null : owner;
  };
  let stale: Owner[] | null = [...owners];
  for (let pass = 1; pass <= COMMON_PASSES; pass += 1) {
    const refused = await gatherAll(stale, gathered, pass > 1, isWanted);
    if (refused) return reply(refused);
    // Asked before anybody subscribes: what comes meanwhile isn't told before the answer that it is part of.
    stale = await each(
      owners,
      (owner, done) => owner.holds(done),
      (owner, holds) => (holds ? null : owner),
      reply,
    );
    if (stale?.length === 0) stale = await each(owners, (owner, done) => owner.answer(done), take, reply, finish);
    if (!stale || stale.length === 0) return;
  }
  const late = await each(owners, (owner, done) => owner.answer(done), take, reply, finish);
  const bytes = bytesLeft(gathered);
  if (late && late.length > 0) await each(late, (owner, done) => owner.insist(bytes, done), take, reply, finish);
}

/** Has these gather, as much in all as fits one answer, and notes how many bytes of it each has; or gives the refusal. */
async function gatherAll(
  owners: readonly Owner[],
  gathered: Map<Owner, number>,
  again: boolean,
  isWanted: () => boolean,
): Promise<Outcome<never> | null> {
  for (const owner of owners) gathered.delete(owner);
  for (let at = 0; at < owners.length; at += AT_ONCE) {
    if (!isWanted()) return busy();
    const lot = owners.slice(at, at + AT_ONCE);
    const left = bytesLeft(gathered);
    const outcomes = await Promise.all(lot.map((owner) => owner.gather(left, again)));
    for (const [index, outcome] of outcomes.entries()) {
      if (!outcome.ok) return outcome;
      gathered.set(lot[index] as Owner, outcome.value.bytes);
    }
  }
  return null;
}

function bytesLeft(gathered: ReadonlyMap<Owner, number>): number {
  return [...gathered.values()].reduce((left, bytes) => left - bytes, limits.sync_bytes);
}

/**
 * Asks all at once; those that `judge` gives back have to gather anew. When there are none, `finish` is called in the
 * turn of the last answer. A refusal is the reply to it all, and gives null.
 */
function each<Value>(
  owners: readonly Owner[],
  ask: (owner: Owner, done: Reply<Value>) => void | Promise<void>,
  judge: (owner: Owner, value: Value) => Owner | null,
  reply: Reply<never>,
  finish: () => void = () => {},
): Promise<Owner[] | null> {
  return new Promise((resolve, reject) => {
    const stale: Owner[] = [];
    let waiting = owners.length;
    const end = () => {
      if (stale.length === 0) finish();
      resolve(stale);
    };
    if (waiting === 0) return end();
    for (const owner of owners) {
      const asked = ask(owner, (outcome) => {
        if (!outcome.ok) {
          reply(outcome);
          return resolve(null);
        }
        const found = judge(owner, outcome.value);
        if (found) stale.push(found);
        waiting -= 1;
        if (waiting === 0) end();
      });
      asked?.catch(reject);
    }
  });
}
