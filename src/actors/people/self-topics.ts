// How far each online user's own topic has been told. Its rows are written by many (rooms, friendships, whoever makes a
// server), and numbered where they are stored; each hints at what it wrote, in the order of the commits. Where an answer
// was lost, the topic is held, and what is stored beyond what was told is then read and told: telling is catching up.

import { limits } from "../../domain/limits.ts";
import { Recent } from "./recent.ts";

export interface SelfTopicsDependencies {
  clock(): number;
  /** Has what is stored beyond `since` read; calls `caughtUp`, in the registry's turn. */
  read(user_id: number, since: number): void;
}

interface SelfTopic {
  told: number;
  /** Writes of unknown end: as long as there are any, hints tell nothing. */
  holds: number;
  /** What is stored is being read, and will be told: meanwhile hints tell nothing either. */
  is_read: boolean;
  /** The greatest number that was hinted at meanwhile. */
  missed: number;
  /** Those who wait until it was told so far. */
  waiting: { seq: number; run: (told: number) => void }[];
}

export class SelfTopics {
  readonly #on: SelfTopicsDependencies;
  readonly #topics = new Map<number, SelfTopic>();
  /** By user who has no session: the last number hinted at, of which a session that is opening may not have read. */
  readonly #hinted: Recent<number>;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(on: SelfTopicsDependencies) {
    this.#on = on;
    this.#hinted = new Recent(limits.request_deadline_ms, on.clock);
  }

  /** The user's first session opens; `stored` was read for it. */
  begin(user_id: number, stored: number): void {
    const told = Math.max(stored, this.#hinted.of(user_id) ?? 0);
    this.#topics.set(user_id, { told, holds: 0, is_read: false, missed: 0, waiting: [] });
  }

  end(user_id: number): void {
    const topic = this.#topics.get(user_id);
    this.#topics.delete(user_id);
    for (const { seq, run } of topic?.waiting ?? []) run(seq);
  }

  /** How far it has been told; 0 for somebody without a session. */
  told(user_id: number): number {
    return this.#topics.get(user_id)?.told ?? 0;
  }

  /** Something was stored under `seq`: runs `tell`, unless nobody is there, or it is read and told in any case. */
  hint(user_id: number, seq: number, tell: () => void): void {
    const topic = this.#topics.get(user_id);
    if (!topic) return this.#hinted.note(user_id, Math.max(seq, this.#hinted.of(user_id) ?? 0));
    if (topic.holds > 0 || topic.is_read) topic.missed = Math.max(topic.missed, seq);
    else if (seq > topic.told) this.#tell(topic, seq, tell);
  }

  /** Nobody knows what came of a write: what is hinted at waits until it was found out. */
  hold(user_id: number): void {
    const topic = this.#topics.get(user_id);
    if (topic) topic.holds += 1;
  }

  /** It was found out, or can be: reads what is stored. Once for each `hold`, or for one of which nobody was there. */
  catchUp(user_id: number): void {
    const topic = this.#topics.get(user_id);
    if (!topic) return;
    topic.holds = Math.max(0, topic.holds - 1);
    // A reading under way may have begun before what is to be found out was stored.
    if (topic.is_read) topic.missed = Infinity;
    this.#read(user_id, topic);
  }

  /** What was stored since was read, up to `upto`; null where it can't be read now. `tell` runs before it is let go. */
  caughtUp(user_id: number, upto: number | null, tell: () => void): void {
    const topic = this.#topics.get(user_id);
    if (!topic) return;
    topic.is_read = false;
    if (upto === null) return this.#later(limits.catching_up_retry_ms, () => this.#read(user_id, topic));
    if (upto > topic.told) this.#tell(topic, upto, tell);
    if (topic.missed > topic.told) this.#read(user_id, topic);
  }

  /** Runs at once, or when the topic was told as far as `seq`, with how far it was. */
  whenTold(user_id: number, seq: number, run: (told: number) => void): void {
    const topic = this.#topics.get(user_id);
    if (!topic) return run(seq);
    if (topic.told >= seq) return run(topic.told);
    topic.waiting.push({ seq, run });
    // What was stored is hinted at within moments; where nobody is left to do it, it is read.
    this.#later(limits.hint_ms, () => {
      if (topic.waiting.length > 0) this.#read(user_id, topic);
    });
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #tell(topic: SelfTopic, seq: number, tell: () => void): void {
    topic.told = seq;
    tell();
    if (topic.waiting.length === 0) return;
    const ready = topic.waiting.filter((waiting) => waiting.seq <= seq);
    topic.waiting = topic.waiting.filter((waiting) => waiting.seq > seq);
    for (const { run } of ready) run(seq);
  }

  #read(user_id: number, topic: SelfTopic): void {
    if (topic.is_read || this.#topics.get(user_id) !== topic) return;
    topic.is_read = true;
    topic.missed = 0;
    this.#on.read(user_id, topic.told);
  }

  #later(after_ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, after_ms);
    this.#timers.add(timer);
  }
}
