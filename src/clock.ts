// The clock for how long ago something was, which must not follow from one that somebody sets.

/** Milliseconds since any one moment; never goes back. */
export const monotonic = () => performance.now();
