// When a program may have been away: the machine slept, the page was hidden, the network was gone. What the runtime
// tells of it is listened to; where it tells nothing, a timer that is far too late does.

import type { Clock } from "./surroundings.ts";

type Target = Pick<EventTarget, "addEventListener" | "removeEventListener">;
type Page = Partial<Target> & { document?: Target & { visibilityState?: string } };

const TICK_MS = 5_000;
/** So much later than it should be no timer is that wasn't asleep. */
const ASLEEP_MS = 5_000;

/** Calls `wake` at each return, until the function it returns is called. */
export function onWaking(clock: Clock, wake: () => void): () => void {
  const ends = [onSleep(clock, wake)];
  const listen = (target: Partial<Target> | undefined, type: string, listener: (event: Event) => void) => {
    // Some runtimes have the one without the other, and no such events.
    if (!target?.addEventListener || !target.removeEventListener) return;
    target.addEventListener(type, listener);
    ends.push(() => target.removeEventListener?.(type, listener));
  };
  const page = globalThis as unknown as Page;
  listen(page, "online", wake);
  // Each page is shown once to begin with; one that was kept aside comes back.
  listen(page, "pageshow", (event) => (event as Event & { persisted?: boolean }).persisted && wake());
  listen(page.document, "resume", wake);
  listen(page.document, "visibilitychange", () => {
    if (page.document?.visibilityState === "visible") wake();
  });
  return () => {
    for (const end of ends) end();
  };
}

function onSleep(clock: Clock, wake: () => void): () => void {
  const now = () => clock.wall?.() ?? clock.now();
  let cancel = () => {};
  const tick = () => {
    const due_ms = now() + TICK_MS;
    cancel = clock.after(TICK_MS, () => {
      const late_ms = now() - due_ms;
      tick();
      if (late_ms >= ASLEEP_MS) wake();
    });
  };
  tick();
  return () => cancel();
}
