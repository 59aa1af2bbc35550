// A database file that begins to be opened before the program is loaded: its threads take about as long to be there.
// Must not import more than opening it takes.

import type { DatabaseFault, Driver } from "./driver.ts";
import { openEmbedded } from "./embedded.ts";

export interface OpenedAhead {
  /** Rejects as `openEmbedded` does. */
  driver: Promise<Driver>;
  /** Resolves with a sentence for a person when only another process can go on; else never. */
  lost: Promise<string>;
}

/** Null where the database is a server's. */
export function openAhead(url: string, onFault: (fault: DatabaseFault) => void): OpenedAhead | null {
  if (!url.startsWith("file:")) return null;
  const { promise: lost, resolve: onFatal } = Promise.withResolvers<string>();
  const driver = openEmbedded({ url, onFault, onFatal });
  // Whoever goes on with it hears of it.
  driver.catch(() => {});
  return { driver, lost };
}
