// Nodes as processes, each with proxies of its own before NATS and the database server, so that either can be taken from
// one of them or from all. All of it is nobody else's.

import { type DeveloperProxy, startProxy } from "../../scripts/cluster/proxy.ts";
import { databaseRows, rowsOnce } from "../harness/database-rows.ts";
import { type NodeProgram, NodePrograms } from "../harness/node-programs.ts";
import { Sqld } from "../harness/sqld.ts";
import { peoplesNode } from "./crowd.ts";

const LOOK_MS = 20;
/** What isn't so by then is waited for in vain. */
const PATIENCE_MS = 30_000;
/** Each has its share of 256 slots, by chance somewhat more or less than a third. */
const SHARE = 40;

export interface ProxiedNode {
  /** What runs there now: another one after a restart. */
  program: NodeProgram;
  readonly nats: DeveloperProxy;
  readonly database: DeveloperProxy;
}

export class ProxiedNodes {
  readonly programs: NodePrograms;
  readonly all: ProxiedNode[] = [];
  /** Those that people come to. */
  readonly open = new Set<ProxiedNode>();

  private constructor(programs: NodePrograms) {
    this.programs = programs;
  }

  static async start(count: number): Promise<ProxiedNodes> {
    const nodes = new ProxiedNodes(await NodePrograms.open("", await Sqld.start()));
    for (let started = 0; started < count; started += 1) await nodes.#add();
    await nodes.shared();
    return nodes;
  }

  get servers(): NodeProgram[] {
    return [...this.open].map(({ program }) => program);
  }

  /** Starts it anew, and settles when it has its share. */
  async restart(node: ProxiedNode, command?: readonly string[]): Promise<void> {
    node.program = await this.programs.start(this.#addresses(node), command);
    await this.shared();
    this.open.add(node);
  }

  /** Settles when each has its share, and says that it is ready. */
  async shared(): Promise<void> {
    const isShared = async () => {
      const shares = await this.programs.shares();
      return shares.size === this.all.length && shares.values().every((slots) => slots >= SHARE);
    };
    await until("each node's share", isShared);
    await this.ready();
  }

  async ready(): Promise<void> {
    for (const node of this.all) await hasReadiness(node, null);
  }

  /** The number that the node has among the others. */
  async numberOf({ program }: ProxiedNode): Promise<number> {
    const database = await databaseRows(this.programs.database_url);
    const sql = "SELECT number FROM cluster_nodes WHERE holder <> '' AND description ->> 'pid' = ?";
    const [row] = await database(sql, program.program.pid).finally(() => database.close());
    if (!row) throw new Error("it is none of the nodes");
    return Number(row[0]);
  }

  /** Two nodes, neither of which has all people. */
  async withoutPeople(): Promise<[ProxiedNode, ProxiedNode]> {
    const people = await peoplesNode(this.programs.database_url);
    const numbers = await Promise.all(this.all.map((node) => this.numberOf(node)));
    const [one, other] = this.all.filter((_, at) => numbers[at] !== people);
    if (!one || !other) throw new Error("there are fewer than three nodes");
    return [one, other];
  }

  /** Settles when the node that had the number is taken for dead. */
  async buried(number: number): Promise<void> {
    const sql = "SELECT 1 FROM cluster_nodes WHERE number = ? AND holder = ''";
    const isBuried = async () => (await rowsOnce(this.programs.database_url, sql, number)).length > 0;
    await until(`the end of node ${number}`, isBuried);
  }

  async stop(): Promise<void> {
    const { sqld } = this.programs;
    await this.programs.close();
    for (const { nats, database } of this.all) for (const proxy of [nats, database]) proxy.stop();
    await sqld.remove();
  }

  async #add(): Promise<void> {
    const { nats, database_url } = this.programs;
    const target = Number(new URL(database_url).port);
    const proxies = { nats: startProxy(0, () => [nats.port]), database: startProxy(0, () => [target]) };
    const node = { ...proxies, program: await this.programs.start(this.#addresses(proxies)) };
    this.all.push(node);
    this.open.add(node);
  }

  #addresses({ nats, database }: Pick<ProxiedNode, "nats" | "database">): Record<string, string> {
    const url = new URL(this.programs.database_url);
    url.port = String(database.port);
    return { ORCHARD_CLUSTER: `nats://127.0.0.1:${nats.port}`, ORCHARD_DATABASE_URL: url.href };
  }
}

/** Settles when that is what the node has against itself; null: nothing. */
export async function hasReadiness({ program }: Pick<ProxiedNode, "program">, fault: string | null): Promise<void> {
  await until(`"${fault ?? "ready"}" at a node`, async () => (await readiness(program)) === fault);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const late_ms = performance.now() + PATIENCE_MS; !(await isSo()); await Bun.sleep(LOOK_MS)) {
    if (performance.now() > late_ms) throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`);
  }
}

async function readiness({ url }: Pick<NodeProgram, "url">): Promise<string | null> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const { message = "" } = (await response.json()) as { message?: string };
  return response.status === 200 ? null : message;
}

/** Asks them again and again whether they live; `stop` says how often one didn't say so. */
export function pulseOf(nodes: () => readonly ProxiedNode[]): { stop(): Promise<number> } {
  let missed = 0;
  let is_over = false;
  const asking = (async () => {
    for (; !is_over; await Bun.sleep(LOOK_MS)) {
      const asked = nodes().map(({ program }) =>
        fetch(`${program.url}/livez`).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      missed += (await Promise.all(asked)).filter((ok) => !ok).length;
    }
  })();
  return {
    async stop() {
      is_over = true;
      await asking;
      return missed;
    },
  };
}
