// How far each online user's own topic has been told. Many actors write its rows, numbered where they are stored, and
// hint at what they wrote and after what. Where something between was not hinted at, since an answer was lost or
// somebody is slower, it is read and told: telling is catching up.

import type { ReadSelf, SelfSeq } from "../../db/queries/self-topics.ts";
import { limits } from "../../domain/limits.ts";
import type { Later } from "../kernel/later.ts";
import { Recent } from "./recent.ts";

export interface SelfTopicsDependencies {
  later: Later;
  clock(): number;
  /** Has what is stored beyond `since` read; calls `caughtUp`, in the registry's turn. */
  read(user_id: number, since: number): void;
}

interface SelfTopic {
  told: number;
  /** What is stored is being read, and will be told: meanwhile hints tell nothing. */
  is_read: boolean;
  /** The greatest number that was hinted at meanwhile. */
  missed: number;
  /** Those who wait until it was told so far. */
  waiting: { seq: number; run: (told: number) => void }[];
}

export class SelfTopics {
  readonly #on: SelfTopicsDependencies;
  readonly #topics = new Map<number, SelfTopic>();
  /** By user without a session: the last number hinted at, of which a session that is opening may not have read. */
  readonly #hinted: Recent<number>;

  constructor(on: SelfTopicsDependencies) {
    this.#on = on;
    this.#hinted = new Recent(limits.request_deadline_ms, on.clock);
  }

  /** The user's first session opens; `stored` was read for it. */
  begin(user_id: number, stored: number): void {
    const told = Math.max(stored, this.#hinted.of(user_id) ?? 0);
    this.#topics.set(user_id, { told, is_read: false, missed: 0, waiting: [] });
  }

  /** So far the topic of somebody may have been told where another registry ended; nothing where it has begun here. */
  inherit(user_id: number, stored: number): void {
    if (!this.#topics.has(user_id)) this.#noteHint(user_id, stored);
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

  /** The greatest number that was told, or, to somebody without a session, might just have been; 0 where none is known. */
  last(user_id: number): number {
    return this.#topics.get(user_id)?.told ?? this.#hinted.of(user_id) ?? 0;
  }

  /** Something was stored: runs `tell`, unless the user has no session, or it was or will be told by a reading. */
  hint({ user_id, seq, after }: SelfSeq, tell: () => void): void {
    const topic = this.#topics.get(user_id);
    if (!topic) return this.#noteHint(user_id, seq);
    if (seq <= topic.told) return;
    if (!topic.is_read && after !== null && after <= topic.told) return this.#tell(topic, seq, tell);
    topic.missed = Math.max(topic.missed, seq);
    this.#read(user_id, topic);
  }

  /** Something may have been stored that nobody hints at. */
  catchUp(user_id: number): void {
    const topic = this.#topics.get(user_id);
    if (!topic) return;
    // A reading under way may have begun before it was stored.
    topic.missed = Infinity;
    this.#read(user_id, topic);
  }

  /** What was stored after `since` was read; null where it can't be read now. `tell` tells of it. */
  caughtUp(user_id: number, since: number, read: Pick<ReadSelf, "seq" | "has_more"> | null, tell: () => void): void {
    const topic = this.#topics.get(user_id);
    // What was read for sessions that have gone says nothing to those that came since.
    if (!topic?.is_read || topic.told !== since) return;
    topic.is_read = false;
    if (!read) return this.#on.later.run(limits.catching_up_retry_ms, () => this.#read(user_id, topic));
    if (read.seq > topic.told) this.#tell(topic, read.seq, tell);
    if (read.has_more || topic.missed > topic.told) this.#read(user_id, topic);
  }

  /** Runs `run` once the topic has been told as far as `seq`, at once where it has been, with how far that is. */
  whenTold(user_id: number, seq: number, run: (told: number) => void): void {
    const topic = this.#topics.get(user_id);
    if (!topic) return run(seq);
    if (topic.told >= seq) return run(topic.told);
    topic.waiting.push({ seq, run });
    // What was stored is hinted at within moments; where nobody is left to do it, it is read.
    this.#on.later.run(limits.hint_ms, () => {
      if (topic.waiting.length > 0) this.#read(user_id, topic);
    });
  }

  #noteHint(user_id: number, seq: number): void {
    this.#hinted.note(user_id, Math.max(seq, this.#hinted.of(user_id) ?? 0));
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
}
