// The one boundary where something thrown becomes an answer. A database that can't be reached is `unavailable`.
// Everything else is a bug: it is logged whole under a reference, and answered as `internal` with the reference and no
// more.

import { DatabaseError } from "../../db/engine/driver.ts";
import { busy } from "../../protocol/outcome.ts";
import type { Log } from "../../telemetry/log.ts";
import type { FaultBoundary } from "./actor.ts";

export function createFaultBoundary(log: Log, onFault: () => void): FaultBoundary {
  return (error, where) => {
    if (error instanceof DatabaseError && error.fault.kind === "unavailable") {
      log.warn({ ...where, reason: error.message }, "the database is unavailable");
      return busy().error;
    }
    const reference = crypto.randomUUID();
    onFault();
    log.error({ ...where, reference, err: error }, "an exception was caught");
    return { code: "internal", message: `The server made a mistake; its reference is ${reference}.` };
  };
}
