// What all that lasts is kept in: the database, in this process or on a server, and the files of uploads. Opened before
// anything else, and in this order.

import type { Config } from "./config.ts";
import { openStore } from "./db/store.ts";
import { failedAt } from "./failed-start.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import { openFiles } from "./uploads/files.ts";

interface StorageServices {
  log: Log;
  metrics: Metrics;
}

/** `onFatal` is called when only another process can go on. */
export async function openStorage(config: Config, { log, metrics }: StorageServices, onFatal: (why: string) => void) {
  const store = await openStore({
    url: config.database_url,
    publicUrl: config.public_url ?? undefined,
    authToken: config.database_auth_token ?? undefined,
    allowUnsafe: config.database_unsafe,
    onCommit: metrics.commit,
    onFault: (fault) => log.error({ fault }, "the database failed"),
    onFatal,
  }).catch(failedAt("database"));
  // After the store: it refuses a second server, which would clear away what the first one is receiving.
  const files = await openFiles({ folder: config.uploads_dir, bucket: config.uploads_bucket }).catch((error) =>
    store.close().then(() => failedAt("uploads")(error)),
  );
  // Told, and no more: without its bucket a server does all but uploads.
  files.probe?.().catch((err) => log.error({ err }, "uploads will be refused"));
  return { store, files };
}
