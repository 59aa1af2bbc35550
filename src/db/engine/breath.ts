// Long work on the event loop lets other work in between.

import { monotonic } from "../../clock.ts";
import { limits } from "../../domain/limits.ts";

/** To be awaited between two steps of the work: it goes on at once, or in a later turn when the slice's time is over. */
export function breathing(): () => Promise<void> {
  let until_ms = monotonic() + limits.slice_ms;
  return async () => {
    if (monotonic() < until_ms) return;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    until_ms = monotonic() + limits.slice_ms;
  };
}
