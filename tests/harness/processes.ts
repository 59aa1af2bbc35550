// What a server of the tests is made of: one process, or, with ORCHARD_TEST_NODES=3, so many nodes behind one address,
// where whoever comes is at one of them by chance. What is answered at one node, those at others are told of a moment
// later; `heard` waits for that.

import { basename, join } from "node:path";
import type { App } from "../../src/app.ts";
import { all_slots } from "../../src/cluster/slots.ts";
import type { Config } from "../../src/config.ts";
import { limits, type Rate } from "../../src/domain/limits.ts";
import { openAddress } from "./address.ts";
import { sharedNats } from "./nats.ts";

const PATIENCE_MS = 15_000;

/** So many processes make up each server of the tests. */
export const node_count = Number(process.env["ORCHARD_TEST_NODES"] ?? "1");

export interface Processes {
  /** The address of all of them. */
  url: string;
  /** That of each. */
  urls: readonly string[];
  stop(): Promise<void>;
}

/** By host and port, that of all of them and that of each: the nodes of which a server is one. */
const nodes_at = new Map<string, readonly App[]>();

const hostOf = (url: string) => new URL(url).host;

/** Starts what a server is made of, each by `start`. */
export async function startProcesses(
  folder: string,
  overrides: Partial<Config>,
  start: (overrides: Partial<Config>) => Promise<App>,
): Promise<Processes> {
  if (node_count === 1) {
    const { url, stop } = await start(overrides);
    return { url, urls: [url], stop };
  }
  const { port = 0, ...others } = overrides;
  const cluster = { servers: [(await sharedNats()).url], name: basename(folder) };
  const starting = Array.from({ length: node_count }, (_, at) =>
    start({ ...others, cluster, ...(at > 0 && { socket_path: join(folder, `${at}.sock`) }) }),
  );
  // Side by side: each takes its share at once, and gives nothing to those that come next.
  const apps = await Promise.all(starting);
  await until(() => areShared(apps), "the nodes don't share out their slots");
  const urls = apps.map(({ url }) => url);
  const address = await openAddress(port, () => anyOf(urls));
  const hosts = [address.url, ...urls].map(hostOf);
  for (const host of hosts) nodes_at.set(host, apps);
  return {
    ...{ url: address.url, urls },
    async stop() {
      for (const host of hosts) nodes_at.delete(host);
      // Whoever is sent away comes back when all of it is there again, and not to a node that goes next.
      address.refuse();
      for (const app of apps) await app.stop();
      await address.close();
    },
  };
}

/** One of them, by chance. */
export function anyOf<Value>(values: readonly Value[]): Value {
  return values[Math.floor(Math.random() * values.length)] as Value;
}

/**
 * Settles when nothing that the nodes of this server have said to each other is unheard: what was answered to anybody
 * before is told to everybody. False where it is one process, which waits for nobody.
 */
export async function heard(url: string): Promise<boolean> {
  const nodes = nodes_at.get(hostOf(url));
  if (!nodes) return false;
  await until(() => haveHeard(nodes), "what nodes say to each other comes to no end");
  return true;
}

/** How often at most somebody gets what has this rate, wherever they ask: of a part at each, others aren't told. */
export function mostTogether({ burst }: Rate): number {
  return Math.ceil(burst + (node_count - 1) * (burst / limits.told_parts));
}

/** Looks in each turn of the event loop. */
async function until(is_so: () => boolean, why_not: string): Promise<void> {
  const late_ms = performance.now() + PATIENCE_MS;
  while (!is_so()) {
    if (performance.now() > late_ms) throw new Error(why_not);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Rooms move no more: what a session is told of one that moves comes behind an answer, which `heard` knows nothing of. */
function areShared(nodes: readonly App[]): boolean {
  const shares = nodes.map(({ node }) => node?.readings().slots ?? 0);
  return Math.min(...shares) > 0 && shares.reduce((sum, slots) => sum + slots, 0) === all_slots && isEven(shares);
}

/** By chance of the hash, some have more. */
const isEven = (shares: readonly number[]) => Math.max(...shares) < 2 * Math.min(...shares);

/** All of them are in this process, and so are seen at one moment: what is on its way then is told and not heard. */
function haveHeard(nodes: readonly App[]): boolean {
  const readings = new Map(
    nodes.flatMap(({ node }) => (node ? [node.readings()] : [])).map((one) => [one.number, one]),
  );
  return [...readings.values()].every(({ number, peers }) =>
    [...peers].every(([peer, { told }]) => {
      const theirs = readings.get(peer)?.peers.get(number)?.heard;
      return told.count === 0 || (theirs?.stream === told.stream && theirs.count === told.count);
    }),
  );
}
