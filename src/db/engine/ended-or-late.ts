// Waits for what may never end, up to a bound.

/** Settles when it has ended, or when it is late: it goes on then, and nobody hears of it. */
export async function endedOrLate(limit_ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, limit_ms);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
