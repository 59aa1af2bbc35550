// The nodes of a developer's cluster: processes of the source, each with a folder and a socket of its own, on the engines
// that deploy/cluster configures. What becomes of them is told to whoever watches.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { askServer } from "../../src/operators/doors/socket-client.ts";
import { Program } from "../program.ts";
import type { Engines } from "./engines.ts";

const command = [process.execPath, "--no-env-file", join(import.meta.dir, "../../src/main.ts")];

export interface ShownNode {
  number: number;
  pid: number;
  state: string;
  slots: number;
  lag_ms: number | null;
  sessions: number | null;
}

interface Running {
  program: Program;
  socket_path: string;
}

export class DeveloperNodes {
  readonly #folder: string;
  readonly #engines: Engines;
  readonly #running = new Map<number, Running>();
  readonly #tell: (line: string) => void;
  readonly #ownOf: (node: number) => Record<string, string>;

  /** `ownOf`: settings of a node besides those of all. */
  constructor(
    folder: string,
    engines: Engines,
    tell: (line: string) => void,
    ownOf: (node: number) => Record<string, string> = () => ({}),
  ) {
    this.#folder = folder;
    this.#engines = engines;
    this.#tell = tell;
    this.#ownOf = ownOf;
  }

  /** Where those that run listen. */
  get ports(): number[] {
    return [...this.#running.values()].map(({ program }) => Number(new URL(program.origin).port));
  }

  async start(node: number): Promise<void> {
    if (this.#running.has(node)) return this.#tell(`node-${node} runs already`);
    const folder = join(this.#folder, `node-${node}`);
    await mkdir(folder, { recursive: true });
    const own = { ORCHARD_HOST: "127.0.0.1", ORCHARD_PORT: "0", ORCHARD_LOG: "warn", ...this.#ownOf(node) };
    const program = await Program.start(command, folder, { ...(await this.#engines.settingsOf(node)), ...own });
    this.#running.set(node, { program, socket_path: join(folder, "data/orchard.sock") });
    void program.stderr.then((text) => {
      if (text.trim()) this.#tell(text.trim());
      if (this.#running.get(node)?.program !== program) return;
      this.#running.delete(node);
      this.#tell(`node-${node} has ended by itself`);
    });
    this.#tell(`node-${node} listens on ${program.origin}, process ${program.pid}`);
  }

  /** As an operator stops it: it hands over what it has. */
  async stop(node: number): Promise<void> {
    const running = this.#taken(node);
    if (!running) return;
    const from_ms = performance.now();
    const code = await running.program.stop();
    this.#tell(`node-${node} has stopped with code ${code}, after ${Math.round(performance.now() - from_ms)} ms`);
  }

  async kill(node: number): Promise<void> {
    await this.#taken(node)?.program.kill();
    this.#tell(`node-${node} is killed`);
  }

  signal(node: number, signal: "SIGSTOP" | "SIGCONT"): void {
    const running = this.#running.get(node);
    if (running) process.kill(running.program.pid, signal);
    else this.#tell(`node-${node} doesn't run`);
  }

  /** As the first sees it that answers. */
  async status(): Promise<ShownNode[] | null> {
    for (const { socket_path } of this.#running.values()) {
      const asked = askServer(socket_path, { operation: "cluster.status", input: {} }).catch(() => null);
      const answer = await Promise.race([asked, Bun.sleep(PATIENCE_MS).then(() => null)]);
      if (answer?.ok) return (answer.value as { nodes: ShownNode[] }).nodes;
    }
    return null;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((node) => this.#taken(node)?.program.kill()));
  }

  #taken(node: number): Running | undefined {
    const running = this.#running.get(node);
    if (!running) this.#tell(`node-${node} doesn't run`);
    this.#running.delete(node);
    return running;
  }
}

/** One that stands still answers nothing. */
const PATIENCE_MS = 1_500;
