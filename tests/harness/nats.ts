// A real NATS server for tests, on a free port of this machine. Debian has it as `nats-server`; where there is none, the
// tests that need it are left out, but for CI.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithUs } from "./keeper.ts";
import { freePorts } from "./sqld.ts";

const START_MS = 10_000;
const LOOK_MS = 10;

const binary = Bun.which("nats-server") ?? (process.env["CI"] ? "nats-server" : null);

export const hasNats = binary !== null;

export class Nats {
  readonly folder: string;
  readonly port: number;
  readonly #config: string;
  #process: Bun.Subprocess | null = null;

  private constructor(folder: string, port: number, config: string) {
    this.folder = folder;
    this.port = port;
    this.#config = config;
  }

  /** `config`: lines of its configuration besides the address. */
  static async start(config = ""): Promise<Nats> {
    const folder = await mkdtemp(join(tmpdir(), "orchard-nats-"));
    const nats = new Nats(folder, freePorts()[0], config);
    await nats.restart();
    return nats;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it where it isn't running; resolves when it takes connections. */
  async restart(): Promise<void> {
    if (!binary) throw new Error("there is no nats-server here");
    const path = join(this.folder, "nats.conf");
    await writeFile(path, `listen: "127.0.0.1:${this.port}"\n${this.#config}\n`);
    this.#process = Bun.spawn([binary, "-c", path], { stdout: "ignore", stderr: "ignore" });
    const until_ms = performance.now() + START_MS;
    while (!(await takesConnections(this.port))) {
      if (performance.now() > until_ms) throw new Error("nats-server did not start");
      await Bun.sleep(LOOK_MS);
    }
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    this.#process = null;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function takesConnections(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

let shared: Promise<Nats> | null = null;

/** The one that all files of a process share, started when it is first asked for. */
export function sharedNats(): Promise<Nats> {
  shared ??= Nats.start().then((nats) => {
    endWithUs(nats.pid, nats.folder);
    return nats;
  });
  return shared;
}
