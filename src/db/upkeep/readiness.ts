// Whether the database can be worked with: it answers reads, and its last group of writes was not lost.
// After a lost group, and before the first one, asking makes one small write to know: so a server that nobody
// writes to any more finds out that its disk is back.

import { limits } from "../../domain/limits.ts";
import type { Driver } from "../engine/driver.ts";

export interface Readiness {
  /** The driver's, looked at in passing. */
  transact: Driver["transact"];
  /** `write` makes some write that changes nothing that matters. */
  isReady(write: () => Promise<unknown>): Promise<boolean>;
}

export function createReadiness(driver: Driver): Readiness {
  let takesWrites = false;
  let trial: Promise<boolean> | null = null;
  const tryToWrite = (write: () => Promise<unknown>) => {
    trial ??= isWell(write()).finally(() => {
      trial = null;
    });
    return trial;
  };
  return {
    async transact(jobs) {
      const outcomes = await driver.transact(jobs);
      const isLost = outcomes.some((outcome) => !outcome.ok && outcome.error.kind === "unavailable");
      if (isLost) takesWrites = false;
      else if (outcomes.some((outcome) => outcome.ok)) takesWrites = true;
      return outcomes;
    },
    isReady: (write) =>
      withinDeadline(
        isWell(driver.look?.() ?? driver.query({ sql: "SELECT 1", params: [] })).then(
          (answers) => answers && (takesWrites || tryToWrite(write)),
        ),
      ),
  };
}

function isWell(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}

async function withinDeadline(answer: Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), limits.readiness_deadline_ms);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
