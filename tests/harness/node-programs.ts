// Nodes of a cluster as their operator starts them: processes of the program itself, on one database server and one
// NATS, each in a folder of its own beside the folder of uploads that they share.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ending, Program } from "../../scripts/program.ts";
import { rowsOnce, SHARES, sharesIn } from "./database-rows.ts";
import { Nats } from "./nats.ts";
import { program } from "./program.ts";
import { type RunningServer, serverAt } from "./server.ts";
import { type Sqld, sharedSqld } from "./sqld.ts";

export interface NodeProgram extends RunningServer {
  program: Program;
}

export class NodePrograms {
  readonly nats: Nats;
  readonly sqld: Sqld;
  readonly database_url: string;
  readonly #folder: string;
  readonly #running = new Set<Program>();
  #started = 0;

  private constructor(nats: Nats, sqld: Sqld, database_url: string, folder: string) {
    this.nats = nats;
    this.sqld = sqld;
    this.database_url = database_url;
    this.#folder = folder;
  }

  /** `config`: lines of NATS' configuration; `own`: a database server that is nobody else's, for who stops it. */
  static async open(config = "", own?: Sqld): Promise<NodePrograms> {
    const sqld = own ?? (await sharedSqld());
    const database_url = await sqld.newDatabase();
    const folder = await mkdtemp(join(tmpdir(), "orchard-nodes-"));
    return new NodePrograms(await Nats.start(config), sqld, database_url, folder);
  }

  get settings(): Record<string, string> {
    return {
      ...{ ORCHARD_CLUSTER: this.nats.url, ORCHARD_DATABASE_URL: this.database_url, ORCHARD_UPLOADS_SHARED: "on" },
      ...{ ORCHARD_UPLOADS_DIR: join(this.#folder, "uploads"), ORCHARD_PASSWORD_MEMORY_KIB: "1024" },
      ...{ ORCHARD_RATE_LIMITS: "off", ORCHARD_LOG: "warn", ORCHARD_HOST: "127.0.0.1", ORCHARD_PORT: "0" },
    };
  }

  /** By node: how many slots it has. */
  async shares(): Promise<Map<number | null, number>> {
    return sharesIn(await rowsOnce(this.database_url, SHARES));
  }

  /** One more node; resolves when it listens. */
  async start(more: Record<string, string> = {}, command = program): Promise<NodeProgram> {
    const folder = await this.#ownFolder();
    const started = await Program.start(command, folder, { ...this.settings, ...more });
    this.#running.add(started);
    return { ...serverAt(started.origin, folder), program: started };
  }

  /** One that should not start. */
  async run(more: Record<string, string> = {}): Promise<Ending> {
    return Program.run(program, await this.#ownFolder(), { ...this.settings, ...more });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((one) => one.kill()));
    await this.nats.stop();
    await this.sqld.removeDatabase(this.database_url);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ownFolder(): Promise<string> {
    this.#started += 1;
    const folder = join(this.#folder, `node-${this.#started}`);
    await mkdir(folder);
    return folder;
  }
}
