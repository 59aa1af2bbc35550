// Several nodes on one database server and one NATS, each a whole server of its own with its own port, for tests.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, startApp } from "../../src/app.ts";
import type { Config } from "../../src/config.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { newDatabaseOnServer } from "./database.ts";
import { databaseRows, SHARES, sharesIn } from "./database-rows.ts";
import { hasNats, Nats } from "./nats.ts";
import { type RunningServer, serverAt, testConfig } from "./server.ts";
import { hasSqld, sharedSqld } from "./sqld.ts";

export const hasCluster = hasNats && hasSqld;

export interface TestNode extends RunningServer {
  app: App;
}

export interface TestCluster {
  nats: Nats;
  database_url: string;
  nodes: TestNode[];
  /** By node: how many slots it has. */
  slots(): Promise<Map<number | null, number>>;
  /** One more node. */
  start(overrides?: Partial<Config>): Promise<TestNode>;
  stop(): Promise<void>;
}

export async function startCluster(count: number, overrides: Partial<Config> = {}): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-cluster-"));
  const nats = await Nats.start();
  const sqld = await sharedSqld();
  const database_url = await newDatabaseOnServer();
  const nodes: TestNode[] = [];
  const start: TestCluster["start"] = async (more = {}) => {
    const cluster = { servers: [nats.url], name: "test" };
    const config = testConfig(folder, { database_url, cluster, ...overrides, ...more });
    const app = await startApp(config, createLog("silent"), "test");
    const node = { ...serverAt(app.url, folder), app };
    nodes.push(node);
    return node;
  };
  const database = await databaseRows(database_url);
  const slots: TestCluster["slots"] = async () => sharesIn(await database(SHARES));
  for (let started = 0; started < count; started += 1) await start();
  return {
    ...{ nats, database_url, nodes, start, slots },
    async stop() {
      for (const { app } of nodes) await app.stop();
      database.close();
      await nats.stop();
      await sqld.removeDatabase(database_url);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
