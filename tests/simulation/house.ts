// The server of a simulation: its core over the seed's database, without its doors. Its process may be killed and another
// one started; then all that the first one waited for never comes. Sockets and HTTP calls come in as the routes bring them.

import { type Core, createCore } from "../../src/app.ts";
import { type Config, readConfig } from "../../src/config.ts";
import type { Connection } from "../../src/db/engine/embedded-connection.ts";
import { openStoreOver, type Store } from "../../src/db/store.ts";
import type { CallName } from "../../src/protocol/http.ts";
import { failure, type Outcome } from "../../src/protocol/outcome.ts";
import { createLog } from "../../src/telemetry/log.ts";
import type { Metrics } from "../../src/telemetry/metrics.ts";
import type { Files } from "../../src/uploads/files.ts";
import type { Random } from "../harness/random.ts";
import { receiving } from "../uploads/sent.ts";
import { SimulatedDriver } from "./database.ts";
import { type ClientEnd, Line, SimulatedGateway } from "./network.ts";
import type { ProcessTime, VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

export interface HouseParts {
  connection: Connection;
  time: VirtualTime;
  weather: Weather;
  trace: Trace;
  random: Random;
  metrics: Metrics;
  /** Told of what the server logs as an error. */
  onError(line: string): void;
}

const GRACE_MS = 5_000;
const ADDRESS = "192.0.2.1";
/** After that a caller gives an HTTP call up. */
const CALL_PATIENCE_MS = 30_000;

type AnyCall = (body: unknown, by: unknown) => Promise<Outcome<unknown>>;

/** One process of the server, as the simulation reaches it. */
export interface Process {
  core: Core;
  store: Store;
  gateway: SimulatedGateway;
  /** Its time, where there are several. */
  process: ProcessTime | null;
}

export const no_files: Files = { ...receiving, put: async () => {}, read: async () => null, remove: async () => {} };

export class House {
  protected readonly on: HouseParts;
  protected readonly config: Config;
  #process: (Process & { driver: SimulatedDriver }) | null = null;

  constructor(on: HouseParts) {
    this.on = on;
    const read = readConfig({ ORCHARD_RATE_LIMITS: "off", ORCHARD_PRESENCE_GRACE_MS: String(GRACE_MS) });
    if (!read.ok) throw new Error(read.faults.join("; "));
    this.config = read.config;
  }

  get isUp(): boolean {
    return this.processes.length > 0;
  }

  get processes(): readonly Process[] {
    return this.#process ? [this.#process] : [];
  }

  /** The one there is. */
  get process(): Process {
    const [process] = this.processes;
    if (!process) throw new Error("the server is down");
    return process;
  }

  /** As it is when everything begins. */
  begin(): Promise<void> {
    return this.start();
  }

  async start(): Promise<void> {
    const { time, random, metrics, onError } = this.on;
    const driver = new SimulatedDriver(this.on);
    const log = createLog("error", { write: onError });
    const gateway = new SimulatedGateway();
    const store = await openStoreOver(driver);
    const ground = { store, files: no_files, gateway, log, metrics };
    const core = await createCore(this.config, { ...ground, clock: () => time.wall_ms, random: random.next });
    this.#process = { core, store, driver, gateway, process: null };
  }

  /** Ends it at once, with whatever it was about to do. */
  kill(): void {
    if (!this.#process) return;
    const { driver } = this.#process;
    this.cutAll(this.#process);
    this.#process = null;
    driver.kill();
    this.on.time.end(null);
  }

  /** Nobody is there any more at the server's end of its lines. */
  protected cutAll({ gateway }: Process): void {
    for (const line of gateway.lines) {
      line.server = null;
      line.cut(0);
    }
  }

  /** The one to which somebody comes. */
  protected any(): Process | null {
    return this.#process;
  }

  /** A connection with a token; null while there is no server. */
  connect(token: string, client: ClientEnd): Line | null {
    const at = this.any();
    if (!at) return null;
    const { core, gateway, process } = at;
    const { actors, slices } = core;
    const session = core.ids.next();
    const own = `session:${session}` as const;
    const line = new Line(session, client, { ...this.on, ...(process && { process }) });
    line.server = {
      frame(frame) {
        if (!actors.tell(own, "frame", { frame })) gateway.close(session, "rate_abuse");
      },
      drained() {
        gateway.drained(session);
        actors.tell(own, "drained", null);
      },
      closed() {
        gateway.remove(line);
        slices.run(() => void actors.tell(own, "closed", null));
      },
    };
    gateway.add(line);
    const open = () => {
      if (!line.isOpenForServer) return;
      actors.spawn(own, core.createSession(session));
      actors.tell(own, "opened", { token, address: ADDRESS });
    };
    if (process) this.on.time.afterIn(process, 0, open);
    else open();
    return line;
  }

  /** An HTTP call; `lost` where no answer came. */
  async call(name: CallName, body: unknown, token: string | null): Promise<Outcome<unknown> | "lost"> {
    const { time, weather, random } = this.on;
    await time.sleep(weather.networkMs());
    const at = this.any();
    if (!at) return "lost";
    const given_up = time.sleep(CALL_PATIENCE_MS).then(() => "lost" as const);
    const answer = time.enter(at.process).then(() => this.#perform(at.core, name, body, token));
    const outcome = await Promise.race([answer, given_up]);
    await time.enter(null, weather.networkMs());
    return !weather.isClear && random.next() < weather.climate.lost_calls ? "lost" : outcome;
  }

  async #perform(core: Core, name: CallName, body: unknown, token: string | null): Promise<Outcome<unknown>> {
    const { accounts } = core;
    const perform = accounts[name] as AnyCall;
    try {
      if (token === null) return await perform(body, { address: ADDRESS });
      const claims = await accounts.claims(token);
      const account = claims && (await accounts.account(claims));
      return account
        ? await perform(body, { claims, account, address: ADDRESS })
        : failure("unauthorized", "The token is no longer good.");
    } catch (error) {
      return { ok: false, error: core.onFault(error, { address: "http", call: name }) };
    }
  }
}
