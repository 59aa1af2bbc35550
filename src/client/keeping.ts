// A client whose snapshot is kept from one start of a program to the next. It is written a moment after what is kept has
// changed, and once more at the end.

import { type Client, createClient } from "./client.ts";
import type { ClientOptions } from "./options.ts";
import { type Keep, placeOf, type SnapshotPlace } from "./snapshot-places.ts";
import { type Clock, system_clock } from "./surroundings.ts";

export interface KeptClientOptions extends Omit<ClientOptions, "snapshot"> {
  keep: Keep;
}

/** How long after a change it is written. */
const SAVE_AFTER_MS = 1_000;

/** The client as it was kept the last time, and kept from now on; what was kept for a log-in that has ended is forgotten. */
export async function openClient({ keep, ...options }: KeptClientOptions): Promise<Client> {
  const place = placeOf(keep);
  const snapshot = await place.read().catch(() => null);
  const client = createClient({ ...options, snapshot });
  saveOften(client, place, options.clock ?? system_clock);
  return client;
}

function saveOften(client: Client, place: SnapshotPlace, clock: Clock): void {
  let cancel: (() => void) | null = null;
  let writing = Promise.resolve();
  const then = (act: () => Promise<void>) => {
    cancel?.();
    cancel = null;
    writing = writing.then(act).catch(() => {});
  };
  const save = () => then(() => place.write(client.snapshot()));
  const later = () => {
    cancel ??= clock.after(SAVE_AFTER_MS, save);
  };
  const onHide = () => page.document?.visibilityState === "hidden" && save();
  const ends = [client.on("change", later), client.on("delivery", later), client.on("synced", later)];
  page.document?.addEventListener("visibilitychange", onHide);
  client.on("closed", (reason) => {
    for (const end of ends) end();
    page.document?.removeEventListener("visibilitychange", onHide);
    if (reason === "program" || reason === "too_many_sessions") save();
    else then(() => place.forget());
  });
}

/** What a page has, and other runtimes have not. */
interface Page {
  document?: {
    readonly visibilityState: string;
    addEventListener(type: string, listener: () => void): void;
    removeEventListener(type: string, listener: () => void): void;
  };
}
const page = globalThis as Page;
