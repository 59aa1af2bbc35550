// What can wait until the page has nothing else to do: a few at a time, so that none of it holds up what one does.

const AT_A_TIME = 4;
/** A page that always has something to do does it all the same. */
const AT_LATEST_MS = 1_000;
/** Where a browser doesn't say when it is idle. */
const SOON_MS = 50;

const waiting = new Set<() => void>();

function later(): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(runSome, { timeout: AT_LATEST_MS });
  else setTimeout(runSome, SOON_MS);
}

function runSome(): void {
  for (const run of [...waiting].slice(0, AT_A_TIME)) {
    waiting.delete(run);
    run();
  }
  if (waiting.size > 0) later();
}

/** Runs it once, unless the function it returns is called before. */
export function whenIdle(run: () => void): () => void {
  if (waiting.size === 0) later();
  waiting.add(run);
  return () => void waiting.delete(run);
}
