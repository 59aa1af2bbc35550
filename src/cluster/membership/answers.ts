// What a node makes of the database's answers: their results, or that none came in time.

import type { Answer } from "../../db/engine/database-server.ts";
import { DatabaseError, unavailable } from "../../db/engine/driver.ts";

/** What is answered later isn't waited for: whether it is done is as unknown as with no answer. */
export async function within(patience_ms: number, answer: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<Answer>();
  const fault = unavailable(`no answer within ${patience_ms} ms`);
  const timer = setTimeout(() => late.resolve({ state: "unknown", fault }), patience_ms);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Throws DatabaseError where it isn't done, or isn't known to be. */
export function resultsOf(answer: Answer) {
  if (answer.state !== "done") throw new DatabaseError(answer.fault);
  return answer.results;
}
