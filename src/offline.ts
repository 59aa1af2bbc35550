// The server without doors, for a command that finds none running: it opens the database under the claim, so that none
// can start meanwhile, and nobody is connected to it. Must not be used for a database on a server, which others use.

import type { Gateway } from "./actors/delivery/gateway.ts";
import { createChance } from "./actors/kernel/chance.ts";
import { createCore } from "./app.ts";
import type { Config } from "./config.ts";
import { openStore } from "./db/store.ts";
import type { Operators } from "./operators/operators.ts";
import { createLog } from "./telemetry/log.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { openFiles } from "./uploads/files.ts";

export interface Offline {
  operators: Operators;
  close(): Promise<void>;
}

/** Rejects with DatabaseInUseError where a server runs after all. */
export async function openOffline(config: Config): Promise<Offline> {
  const log = createLog("silent");
  const metrics = createMetrics();
  const store = await openStore({ url: config.database_url, publicUrl: config.public_url ?? undefined });
  const files = await openFiles({ folder: config.uploads_dir, bucket: config.uploads_bucket });
  const ground = { store, files, gateway: nobody, log, metrics, clock: Date.now, random: createChance() };
  const core = await createCore(config, ground);
  return {
    operators: core.operators,
    async close() {
      await core.actors.close();
      await Promise.all(core.rounds.map((round) => round.stop()));
      await store.close();
    },
  };
}

/** Leads to no session. */
const nobody: Gateway = {
  send() {},
  sendAll() {},
  sendTogether() {},
  publish() {},
  isSubscribed: () => false,
  subscribers: () => [],
  people: () => [],
  isOpen: () => false,
  subscriptions: () => 0,
  subscribe() {},
  unsubscribe() {},
  isCongested: () => false,
  close() {},
};
