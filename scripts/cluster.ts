// A whole cluster on this machine, for a developer: NATS and sqld as deploy/cluster configures them, three nodes from the
// source, a proxy before them. It does what is typed, and says what becomes of it: `bun scripts/cluster.ts`.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { countOf, readArguments } from "./arguments.ts";
import { startEngines } from "./cluster/engines.ts";
import { DeveloperNodes, type ShownNode } from "./cluster/nodes.ts";
import { startProxy } from "./cluster/proxy.ts";

const script = "scripts/cluster.ts";
const options = { nodes: { type: "string", default: "3" }, port: { type: "string", default: "3000" } } as const;
const WATCH_MS = 200;

const help = `  kill 2      ends node-2 at once, as a fault does        stop 2      has it hand over and end
  start 2     starts it again                             pause 2     has it stand still (resume 2)
  kill nats   or sqld; start nats, start sqld             status      the nodes as one of them sees them
  quit        ends all of it`;

const given = readArguments(script, options);
const count = countOf(script, options, "nodes", given.nodes);
const port = countOf(script, options, "port", given.port);
process.umask(0o077);
const folder = await mkdtemp(join(tmpdir(), "orchard-cluster-"));
const tell = (line: string) => console.log(line);
const engines = await startEngines(folder, count).catch(async (error) => {
  console.error(error instanceof Error ? error.message : String(error));
  await rm(folder, { recursive: true });
  return process.exit(1);
});
const nodes = new DeveloperNodes(folder, engines, tell);
const numbers = Array.from({ length: count }, (_, index) => index + 1);
await Promise.all(numbers.map((node) => nodes.start(node)));
const proxy = startProxy(port, () => nodes.ports);
tell(`the cluster is at http://127.0.0.1:${proxy.port}; all that it keeps is in ${folder} until it ends\n${help}`);

let before = "";
let changed_ms = performance.now();
/** Says how the slots lie whenever that changes, and after how long. */
async function watch(): Promise<void> {
  const shown = await nodes.status();
  const now = shown ? summaryOf(shown) : "no node answers";
  if (now === before) return;
  tell(`+${Math.round(performance.now() - changed_ms)} ms  ${now}`);
  before = now;
}

function summaryOf(shown: readonly ShownNode[]): string {
  return shown.map(({ number, pid, state, slots }) => `#${number} (${pid}) ${state} ${slots} slots`).join(", ");
}

const engine_names = { nats: engines.nats, sqld: engines.sqld };

async function obey(line: string): Promise<void> {
  const [verb = "", what = ""] = line.trim().split(/\s+/);
  changed_ms = performance.now();
  if (verb === "status") return console.table(await nodes.status());
  if (verb === "quit") return end();
  const engine = engine_names[what as keyof typeof engine_names];
  if (engine && (verb === "kill" || verb === "start")) {
    await engine[verb]();
    return tell(verb === "kill" ? `${what} is killed` : `${what} runs`);
  }
  const node = Number(what);
  if (!numbers.includes(node)) return tell(help);
  if (verb === "kill" || verb === "stop" || verb === "start") return nodes[verb](node);
  if (verb === "pause") return nodes.signal(node, "SIGSTOP");
  if (verb === "resume") return nodes.signal(node, "SIGCONT");
  tell(help);
}

let is_ending = false;
async function end(): Promise<void> {
  if (is_ending) return;
  is_ending = true;
  clearInterval(watching);
  await nodes.end();
  await engines.stop();
  proxy.stop();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}

const watching = setInterval(() => void watch(), WATCH_MS);
const typed = createInterface({ input: process.stdin });
typed.on("line", (line) => void obey(line).catch((error) => tell(String(error))));
typed.on("close", () => void end());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void end());
