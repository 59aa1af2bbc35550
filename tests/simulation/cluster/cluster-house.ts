// The server of a simulation as several nodes, each a process of its own that may be killed, stopped for a while, cut off
// from the others, or started beside them. Whoever connects or calls is at one of them by chance.

import { createCore } from "../../../src/app.ts";
import { openNodeAt } from "../../../src/cluster/open-node.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { House, type HouseParts, no_files, type Process } from "../house.ts";
import { SimulatedGateway } from "../network.ts";
import { ProcessTime } from "../time.ts";
import { simulatedServer } from "./database-server.ts";
import { Leases } from "./leases.ts";
import { Lines } from "./lines.ts";
import { Wires } from "./wires.ts";

/** Until each has its share of the slots. */
const SETTLING_MS = 4_000;

export interface NodeProcess extends Process {
  process: ProcessTime;
  leave(): Promise<void>;
}

export class ClusterHouse extends House {
  readonly wires: Wires;
  readonly lines: Lines;
  readonly #leases: Leases;
  readonly #nodes: NodeProcess[] = [];
  readonly #count: number;
  #started = 0;

  constructor(parts: HouseParts, count: number) {
    super(parts);
    this.#count = count;
    this.wires = new Wires(parts);
    this.lines = new Lines(parts);
    const onFault = (msg: string) => parts.onError(JSON.stringify({ msg }));
    this.#leases = new Leases({ time: parts.time, onFault });
  }

  override get isUp(): boolean {
    return this.#nodes.length > 0;
  }

  override get processes(): readonly NodeProcess[] {
    return this.#nodes;
  }

  /** All nodes, each with its share. */
  override async begin(): Promise<void> {
    for (let started = 0; started < this.#count; started += 1) await this.start();
    await this.on.time.sleep(SETTLING_MS);
  }

  /** One more node. */
  override async start(): Promise<void> {
    const { time, random, metrics, onError, trace } = this.on;
    this.#started += 1;
    const number = this.#started;
    const process = new ProcessTime(number);
    await time.enter(process);
    const log = createLog("error", { write: (line) => onError(line) });
    const gateway = new SimulatedGateway();
    const opened = await openNodeAt({
      ...{
        server: simulatedServer({ ...this.on, process, leases: this.#leases }),
        connect: async () => this.wires.wireOf(process),
      },
      openLines: async (holder) => this.lines.groundOf(process, holder),
      // Whatever is written is put together with what other nodes write, though it is little.
      least_length: 0,
      ...{ clock: () => time.wall_ms, random: random.next, version: "test", cluster_name: "test", allowUnsafe: true },
      onFatal: (why) => {
        trace.note(`node ${number}`, `ends: ${why}`);
        time.afterIn(null, 0, () => this.killNode(node));
      },
    }).catch(async (error) => {
      // A program that can't start ends.
      await time.enter(null);
      time.end(process);
      throw error;
    });
    const { store } = opened;
    const ground = { store, files: no_files, gateway, log, metrics, random: random.next, clock: () => time.wall_ms };
    const { standing, look } = opened;
    const core = await createCore(this.config, {
      ...{ ...ground, standing, look },
      createRuntime: opened.createRuntime(gateway),
    });
    const node: NodeProcess = {
      ...{ core, store, gateway, process },
      leave: () => opened.leave(),
    };
    gateway.onForgotten = opened.ended;
    await opened.serve();
    this.#nodes.push(node);
    trace.note(`node ${number}`, "has been started");
    await time.enter(null);
  }

  override kill(): void {
    for (const node of [...this.#nodes]) this.killNode(node);
  }

  killNode(node: NodeProcess): void {
    const at = this.#nodes.indexOf(node);
    if (at === -1) return;
    this.#nodes.splice(at, 1);
    this.cutAll(node);
    this.on.time.end(node.process);
    this.lines.ended(node.process);
  }

  protected override any(): NodeProcess | null {
    return this.#nodes.length > 0 ? this.on.random.pick(this.#nodes) : null;
  }
}
