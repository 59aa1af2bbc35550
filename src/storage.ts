// What all that lasts is kept in: the database, in this process, on a server alone or among several nodes, and the files
// of uploads. Opened before anything else, and in this order.

import type { NodeStoreOptions, OpenedNode } from "./cluster/open-node.ts";
import type { Config } from "./config.ts";
import type { OpenedAhead } from "./db/engine/ahead.ts";
import type { DatabaseFault } from "./db/engine/driver.ts";
import { openStore, openStoreOver } from "./db/store.ts";
import { failedAt } from "./failed-start.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import { openFiles } from "./uploads/files.ts";

interface StorageServices {
  log: Log;
  metrics: Metrics;
  version: string;
  random(): number;
  /** The database, where it is being opened already. */
  ahead: OpenedAhead | null;
}

/** `onFatal` is called when only another process can go on. */
export async function openStorage(
  config: Config,
  { log, metrics, version, random, ahead }: StorageServices,
  onFatal: (why: string) => void,
) {
  const options = {
    url: config.database_url,
    publicUrl: config.public_url ?? undefined,
    authToken: config.database_auth_token ?? undefined,
    allowUnsafe: config.database_unsafe,
    onCommit: metrics.commit,
    onFault: (fault: DatabaseFault) => log.error({ fault }, "the database failed"),
    onFatal,
  };
  const node = config.cluster && (await openNode({ ...options, cluster: config.cluster, version, random }));
  if (node && !node.is_guarded) log.warn("whoever reaches NATS can speak as a node: have it ask for credentials");
  const opening = async () => (ahead ? openStoreOver(await ahead.driver, options) : openStore(options));
  const store = node ? node.store : await opening().catch(failedAt("database"));
  void ahead?.lost.then(onFatal);
  const { uploads_dir: folder, uploads_bucket: bucket } = config;
  // After the store: it refuses a second server, which would clear away what the first one is receiving.
  const files = await openFiles({ folder, bucket, is_shared: node !== null }).catch((error) =>
    store.close().then(() => failedAt("uploads")(error)),
  );
  // Told, and no more: without its bucket a server does all but uploads.
  files.probe?.().catch((err) => log.error({ err }, "uploads will be refused"));
  return { store, files, node };
}

/** Loaded only where there are several. */
const openNode = (options: NodeStoreOptions): Promise<OpenedNode> =>
  import("./cluster/open-node.ts").then((node) => node.openNode(options)).catch(failedAt("database"));
