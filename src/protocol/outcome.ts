// How anything that can be refused answers: a value or a failure from the closed list of codes. Expected failures
// travel as these values; a throw is a bug.

import { limits } from "../domain/limits.ts";
import type { ErrorCode } from "./errors.ts";

export interface FailureDetails {
  /** The field at fault, dotted, as in `data.changes.name`. */
  path?: string;
  /** Milliseconds until it is worth asking again. */
  retry_after_ms?: number;
  /** Which limit was reached. */
  limit?: string;
  /** Why, in the words of who runs the server. */
  reason?: string;
  /** When it ends, a time. */
  until?: string;
}

export interface Failure {
  code: ErrorCode;
  /** A sentence for a person. */
  message: string;
  details?: FailureDetails;
}

/**
 * `tokens`: what it cost beyond what was known before it was done; whoever asked is charged them. `json`: the value, where
 * it is in words already.
 */
export type Outcome<Value> = { ok: true; value: Value; tokens?: number; json?: string } | { ok: false; error: Failure };

export function success<Value>(value: Value): Outcome<Value> {
  return { ok: true, value };
}

/** A value that is in words already: it is read again only where somebody wants it. */
export function worded<Value>(json: string, tokens?: number): Outcome<Value> {
  return new WordedValue<Value>(json, tokens);
}

class WordedValue<Value> {
  readonly ok = true;
  readonly json: string;
  readonly tokens?: number;
  #value: Value | undefined;

  constructor(json: string, tokens: number | undefined) {
    this.json = json;
    if (tokens !== undefined) this.tokens = tokens;
  }

  get value(): Value {
    this.#value ??= JSON.parse(this.json) as Value;
    return this.#value;
  }
}

export function failure(code: ErrorCode, message: string, details?: FailureDetails): { ok: false; error: Failure } {
  return { ok: false, error: details ? { code, message, details } : { code, message } };
}

/** What whoever may not know of a thing gets, whether it exists or not. */
export const notFound = () => failure("not_found", "There is no such thing, or you can't see it.");

/** What whoever asks gets where too many wait already for what they want. */
export const crowded = () =>
  failure("unavailable", "Too many ask for this just now; ask again later.", {
    retry_after_ms: limits.crowded_retry_ms,
  });

/** What whoever asks gets when it can't be done, or can't be told whether it was, just now. */
export const busy = () => failure("unavailable", "The server can't do this now; ask again.");
