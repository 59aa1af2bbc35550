// A town for the floods: a server with all its limits as they are by default, ordinary people in it, and whatever large
// servers a test wants to find there. Each person has an address of their own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Land } from "../../bench/neighbours/land.ts";
import { JWT_SECRET } from "../../bench/process.ts";
import { tokenOf } from "../../bench/seed.ts";
import type { Config } from "../../src/config.ts";
import { parseNetwork } from "../../src/routes/client-address.ts";
import { TestClient } from "../harness/client.ts";
import { databaseOf } from "../harness/database.ts";
import { startServer, type TestServer } from "../harness/server.ts";

const USERS = 200;
const loopback = parseNetwork("127.0.0.1");

export interface Person {
  id: number;
  token: string;
  client: TestClient;
}

export interface Town extends TestServer {
  /** An open session of the user, past its greeting. */
  person(user: number, address?: string): Promise<Person>;
}

export const from = (address: string) => ({ "x-forwarded-for": address });
/** That of one person alone. */
export const addressOf = (user: number) => `203.0.113.${user}`;

/** The users 1 to 24 are in the first server, and have passwords. */
export async function openTown(seed: (land: Land) => void = () => {}, settings: Partial<Config> = {}): Promise<Town> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-flood-"));
  await databaseOf(folder);
  const land = await Land.open(folder, USERS);
  seed(land);
  land.close();
  const trusted_proxies = loopback ? [loopback] : [];
  const server = await startServer({ rate_limits: true, trusted_proxies, jwt_secret: JWT_SECRET, ...settings }, folder);
  return {
    ...server,
    async person(user, address = addressOf(user)) {
      const token = await tokenOf(user);
      const client = await TestClient.open(server.url, token, from(address));
      await client.take("ready");
      return { id: user, token, client };
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The type of each answer, or its error code. */
export const results = (answers: readonly Record<string, unknown>[]) =>
  new Set(answers.map(({ type, code }) => code ?? type));
