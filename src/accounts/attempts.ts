// What the log says of those who want to come in: from where, what came of it, and the name as it was given. fail2ban
// reads these lines (deploy/fail2ban): the address stands before all that strangers write.

import { limits } from "../domain/limits.ts";
import type { ErrorCode } from "../protocol/errors.ts";
import type { Outcome } from "../protocol/outcome.ts";
import type { Log } from "../telemetry/log.ts";

/** The names of the lines. */
export type Attempt = "registration" | "log-in" | "password link";

export interface AttemptEnd {
  address: string;
  result: "done" | ErrorCode;
  /** As somebody gave it. */
  name: string;
}

export function logAttempt(log: Log, what: Attempt, { address, result, name }: AttemptEnd): void {
  // In this order.
  log.info({ address, result, name: name.slice(0, limits.name_query_length) }, what);
}

/** Says in the log what came of it. */
export async function logged<Value>(
  { log }: { log: Log },
  what: Attempt,
  { username }: { username: string },
  { address }: { address: string },
  outcome: Promise<Outcome<Value>>,
): Promise<Outcome<Value>> {
  const done = await outcome;
  logAttempt(log, what, { address, result: done.ok ? "done" : done.error.code, name: username });
  return done;
}
