// A server of its own for a test file: the real program's parts in this process, a free port, a new database.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../../src/app.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { type Json, TestClient } from "./client.ts";
import { databaseOf, forgetDatabase } from "./database.ts";
import { undocumented } from "./documented.ts";
import { anyOf, startProcesses } from "./processes.ts";

export const PASSWORD = "correct horse battery";

/** Short, so that a test sees a grace time end; long enough to come back within it. */
export const GRACE_MS = 150;

export interface TestUser {
  id: number;
  name: string;
  token: string;
}

/** A user with an open session. */
export interface Present extends TestUser {
  client: TestClient;
}

export interface TestServer {
  url: string;
  /** Of each process that it is made of, its own. */
  urls: readonly string[];
  /** The folder that is its own, by which its database is known. */
  folder: string;
  /** A JSON call below `/api/v1`; it throws when the answer isn't what the OpenAPI document says. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<{ status: number; body: Json }>;
  /** A new account, logged in. */
  user(name?: string): Promise<TestUser>;
  login(name: string, password?: string): Promise<TestUser>;
  /** An open session of the user, past its `ready`. */
  connect(user: { token: string }): Promise<TestClient>;
  /** A new account with an open session. */
  join(name?: string): Promise<Present>;
  /** Two people who are friends, both online, nothing unread. */
  friends(): Promise<[Present, Present]>;
  stop(): Promise<void>;
  /** Stops it, and starts another on what it leaves, with the same overrides and more; `meanwhile`: while none runs. */
  restart(more?: Partial<Config>, meanwhile?: () => void): Promise<TestServer>;
}

/** One that something else stops. */
export type RunningServer = Omit<TestServer, "stop" | "restart">;

let names = 0;
/** A name that no other test of this process has. */
export function uniqueName(stem = "user"): string {
  names += 1;
  return `${stem}-${process.pid}-${names}`;
}

export function testConfig(folder: string, overrides: Partial<Config> = {}): Config {
  const read = readConfig({});
  if (!read.ok) throw new Error("the defaults are faulty");
  return {
    ...read.config,
    host: "127.0.0.1",
    port: 0,
    database_url: `file:${join(folder, "orchard.db")}`,
    uploads_dir: join(folder, "uploads"),
    data_dir: folder,
    socket_path: join(folder, "orchard.sock"),
    presence_grace_ms: GRACE_MS,
    password_memory_kib: 1024,
    rate_limits: false,
    log_level: "silent",
    ...overrides,
  };
}

/** Starts a server; with `folder`, on what an earlier one left there. */
export async function startServer(overrides: Partial<Config> = {}, folder?: string): Promise<TestServer> {
  const own = folder ?? (await mkdtemp(join(tmpdir(), "orchard-test-")));
  const database_url = overrides.database_url ?? (await databaseOf(own));
  const start = (more: Partial<Config>) => startApp(testConfig(own, more), createLog("silent"), "test");
  const { url, urls, stop } = await startProcesses(own, { ...overrides, database_url }, start);
  const clean = async () => {
    if (folder !== undefined) return;
    await rm(own, { recursive: true, force: true });
    await forgetDatabase(own);
  };
  return {
    ...serverAt(url, own, urls),
    stop: () => stop().then(clean),
    async restart(more = {}, meanwhile = () => {}) {
      await stop();
      meanwhile();
      const again = await startServer({ ...overrides, ...more }, own);
      return { ...again, stop: () => again.stop().then(clean) };
    },
  };
}

/** What a test does with a server that listens at `url`, in this process or another; `urls` are those of its processes. */
export function serverAt(url: string, folder: string, urls: readonly string[] = [url]): RunningServer {
  const call: TestServer["call"] = async (method, path, body, token) => {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token) headers["authorization"] = `Bearer ${token}`;
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${anyOf(urls)}/api/v1${path}`, init);
    const { status } = response;
    const answer: Json = await response.json();
    const fault = undocumented(method, new URL(response.url).pathname, status, answer);
    if (fault) throw new Error(`${method} ${path} isn't as documented: ${fault}: ${JSON.stringify(answer)}`);
    return { status, body: answer };
  };
  const login: TestServer["login"] = async (name, password = PASSWORD) => {
    const { body } = await call("POST", "/user/login", { username: name, password });
    if (!body.success) throw new Error(`log-in failed: ${body.message}`);
    return { id: body.id, name: body.name, token: body.token };
  };
  const user: TestServer["user"] = async (name = uniqueName()) => {
    const { body } = await call("POST", "/user/register", { username: name, password: PASSWORD });
    if (!body.success) throw new Error(`registration failed: ${body.message}`);
    return login(name);
  };
  const connect: TestServer["connect"] = async ({ token }) => {
    const client = await TestClient.open(anyOf(urls), token);
    await client.take("ready");
    return client;
  };
  const join: TestServer["join"] = async (name) => {
    const account = await user(name);
    return { ...account, client: await connect(account) };
  };
  const friends: TestServer["friends"] = async () => {
    const [alice, bob] = await Promise.all([join(uniqueName("alice")), join(uniqueName("bob"))]);
    await alice.client.ask({ type: "send-friend-request", message: bob.name });
    await bob.client.ask({ type: "accept-friend-request", message: String(alice.id) });
    await Promise.all([alice.client.rest(), bob.client.rest()]);
    return [alice, bob];
  };
  return { url, urls, folder, call, login, user, connect, join, friends };
}
