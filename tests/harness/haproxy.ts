// deploy/cluster's haproxy as it stands there, but for addresses, paths and how many it takes: a real one on this machine.
// Debian has it as `haproxy`; where there is none, the tests that need it are left out, but for CI.

import { join } from "node:path";

const START_MS = 10_000;
const LOOK_MS = 20;

const file = join(import.meta.dir, "../../deploy/cluster/haproxy.cfg");
const binary = Bun.which("haproxy") ?? (process.env["CI"] ? "haproxy" : null);

export const hasHaproxy = binary !== null;

export interface HaproxyOptions {
  /** One that is its own. */
  folder: string;
  /** Its certificate and key. */
  pem: string;
  port: number;
  /** Another port, at which it does the same without TLS. */
  plain_port: number;
  /** The ports of node-1, node-2 and so on. */
  nodes: readonly number[];
}

export class Haproxy {
  readonly #process: Bun.Subprocess;

  private constructor(process: Bun.Subprocess) {
    this.#process = process;
  }

  /** Resolves when it has a node for whoever comes. */
  static async start(options: HaproxyOptions): Promise<Haproxy> {
    const path = join(options.folder, "haproxy.cfg");
    await Bun.write(path, await configuration(options));
    const child = Bun.spawn([binary ?? "haproxy", "-db", "-f", path], { stdio: ["ignore", "ignore", "pipe"] });
    const late_ms = performance.now() + START_MS;
    while (!(await answers(options.plain_port))) {
      if (child.exitCode === null && performance.now() < late_ms) await Bun.sleep(LOOK_MS);
      else throw new Error(`haproxy did not start: ${await new Response(child.stderr).text()}`);
    }
    return new Haproxy(child);
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}

async function configuration({ pem, port, plain_port, nodes }: HaproxyOptions): Promise<string> {
  const text = await Bun.file(file).text();
  const replaced = text
    .replace(/^( *)bind :443 ssl crt \S+/m, `$1bind 127.0.0.1:${plain_port}\n$1bind 127.0.0.1:${port} ssl crt ${pem}`)
    .replace(/^( *)maxconn \d+$/m, "$1maxconn 1000")
    .replace(/^( *server node-(\d)) node-\d:3000$/gm, (_line, head, node) => `${head} 127.0.0.1:${nodes[node - 1]}`);
  // Whole, since a free port may begin with these.
  if (/:(443|3000)\b/.test(replaced)) throw new Error("haproxy.cfg isn't as it was thought");
  return replaced;
}

const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );
