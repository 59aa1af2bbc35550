// The intake of one open session: its frames, read as they come, bounded, paid for, and begun one after another, each
// when the one before it is answered and what was sent before has been read. Whoever asks for far too much is closed.
// What a request does, it doesn't know.

import { monotonic } from "../../clock.ts";
import { Fifo } from "../../domain/fifo.ts";
import { type Bounds, limits, type Rates } from "../../domain/limits.ts";
import { type Bucket, fullBucket, lengthCost, oweTokens, takeTokens } from "../../domain/token-bucket.ts";
import type { CloseReason } from "../../protocol/errors.ts";
import { type ParsedFrame, parseFrame } from "../../protocol/frame.ts";
import { costOf } from "../../protocol/message.ts";
import { type Allowance, type AllowanceScope, takeAll, tooMuch } from "./allowances.ts";
import type { Requester } from "./calls.ts";
import { type Asker, type DispatchDependencies, dispatch, refuse } from "./dispatch.ts";
import type { Opened } from "./opening.ts";
import type { Turns } from "./turns.ts";

export interface IntakeDependencies extends DispatchDependencies {
  rate_limits: boolean;
  rates: Pick<Rates, "session_requests" | "session_refusals">;
  bounds: Bounds;
  turns: Turns;
  clock(): number;
  /** Told of each frame that is refused because its own bucket is empty; the allowances tell of theirs. */
  onRateLimited(scope: AllowanceScope): void;
}

interface Closable {
  /** Closes the session, which ends its intake. */
  close(reason: CloseReason): void;
}

export class Intake implements Asker {
  readonly from: Requester;
  /** The session is closed: nothing is begun, and nothing answered, any more. */
  is_over = false;
  readonly #on: IntakeDependencies;
  readonly #expires_ms: number;
  readonly #shared: readonly Allowance[];
  readonly #session: Closable;
  /** Frames read but not yet handled, oldest first. */
  readonly #queue = new Fifo<ParsedFrame>();
  /** All that a session may send at once finds room in it. */
  readonly #queue_bound: number;
  /** A request is being handled whose reply must come before the next one is begun. */
  #is_busy = false;
  /** Its user has begun enough in this turn of the event loop. */
  #is_waiting = false;
  readonly #requests: Bucket;
  readonly #refusals: Bucket;

  constructor(on: IntakeDependencies, { from, expires_ms, shared }: Opened, session: Closable) {
    this.from = from;
    this.#on = on;
    this.#expires_ms = expires_ms;
    this.#shared = shared;
    this.#session = session;
    const { session_requests, session_refusals } = on.rates;
    this.#queue_bound = Math.max(limits.session_queue, session_requests.burst + session_refusals.burst);
    const now_ms = monotonic();
    this.#requests = fullBucket(session_requests, now_ms);
    this.#refusals = fullBucket(session_refusals, now_ms);
  }

  /** Takes one frame in. */
  take(frame: string | null): void {
    if (this.#queue.length >= this.#queue_bound) return this.#session.close("rate_abuse");
    const parsed = this.#throttled(parseFrame(frame, this.#on.bounds), lengthCost(frame?.length ?? 0));
    if (this.is_over) return;
    this.#queue.push(parsed);
    this.pump();
  }

  /**
   * Begins what may be begun. Who asks faster than they read is answered at the pace at which they read, and who asks for
   * much at once, a part in each turn of the event loop.
   */
  pump(): void {
    const { gateway, clock, turns } = this.#on;
    while (!this.#is_busy && !this.#is_waiting && !this.is_over && !gateway.isCongested(this.from.session)) {
      if (this.#queue.length === 0) return;
      if (turns.isOver(this.from.id)) return this.#wait();
      const frame = this.#queue.shift() as ParsedFrame;
      if (clock() >= this.#expires_ms) return this.#session.close("token_revoked");
      turns.spend(this.from.id, costOfFrame(frame));
      if (!frame.ok) {
        refuse(this.#on, this.from, frame);
        continue;
      }
      this.#is_busy = true;
      dispatch(this.#on, frame.request, this);
    }
  }

  /** The next request may begin: soon, so that what was caused by this one is sent before. */
  next(): void {
    this.#is_busy = false;
    if (this.#queue.length > 0) queueMicrotask(() => this.pump());
  }

  /** What it came to is more than was known before it was done. What isn't there now is owed, and nothing is refused. */
  charge(tokens: number): void {
    if (!this.#on.rate_limits) return;
    this.#on.turns.spend(this.from.id, tokens);
    oweTokens(this.#requests, this.#on.rates.session_requests, tokens, monotonic());
    for (const allowance of this.#shared) allowance.owe(tokens);
  }

  end(): void {
    this.is_over = true;
  }

  #wait(): void {
    this.#is_waiting = true;
    this.#on.turns.wait(() => {
      this.#is_waiting = false;
      this.pump();
    });
  }

  /** The frame, or its refusal when the session asks too much. Who goes on regardless is closed: a long one is read, too. */
  #throttled(frame: ParsedFrame, reading_cost: number): ParsedFrame {
    if (!this.#on.rate_limits) return frame;
    const now_ms = monotonic();
    const retry_after_ms = this.#pay(costOfFrame(frame) + reading_cost, now_ms);
    if (retry_after_ms === 0) return frame;
    const refused = takeTokens(this.#refusals, this.#on.rates.session_refusals, 1 + reading_cost, now_ms);
    if (refused > 0) this.#endInRefusals();
    return { ok: false, id: frame.ok ? frame.request.id : frame.id, error: tooMuch(retry_after_ms).error };
  }

  /** Of what waits, only what is refused is answered, so that whoever is closed has been told of it. */
  #endInRefusals(): void {
    for (let frame = this.#queue.shift(); frame; frame = this.#queue.shift()) {
      if (!frame.ok) refuse(this.#on, this.from, frame);
    }
    this.#session.close("rate_abuse");
  }

  /** What is refused to the session takes nothing from those who share with it. */
  #pay(cost: number, now_ms: number): number {
    const retry_after_ms = takeTokens(this.#requests, this.#on.rates.session_requests, cost, now_ms);
    if (retry_after_ms === 0) return takeAll(this.#shared, cost);
    this.#on.onRateLimited("session");
    return retry_after_ms;
  }
}

function costOfFrame(frame: ParsedFrame): number {
  return frame.ok ? costOf(frame.request.message, frame.request.parameters) : 1;
}
