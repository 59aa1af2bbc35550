// The answer to who may not log in for now, by the word of who runs the server.

import type { SuspensionRow } from "../db/queries/standing.ts";
import { failure } from "../protocol/outcome.ts";

/** For whoever knows the password, or has the bot; nobody else learns of it. */
export function suspended({ suspended_until: until, suspended_reason: reason }: SuspensionRow) {
  const known = { ...(reason !== null && { reason }), ...(until !== null && { until: new Date(until).toISOString() }) };
  return failure("suspended", "This account is suspended.", known);
}
