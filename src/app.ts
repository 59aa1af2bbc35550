// The composition root: builds every part and hands each what it needs. The only file that knows all the others; it
// decides nothing.

import { hostname } from "node:os";
import { openAccounts } from "./accounts/composition.ts";
import { createExports } from "./accounts/exports.ts";
import { openLimiting } from "./accounts/limiting.ts";
import { startLoginUse } from "./accounts/login-use.ts";
import { openMailer } from "./accounts/mail/mailer.ts";
import { openPushes } from "./accounts/push/composition.ts";
import { createActors } from "./actors/actors.ts";
import { createCommit } from "./actors/commit/commit.ts";
import type { Gateway } from "./actors/delivery/gateway.ts";
import { Line } from "./actors/delivery/line.ts";
import { createChance } from "./actors/kernel/chance.ts";
import { createFaultBoundary } from "./actors/kernel/fault.ts";
import { createSlices } from "./actors/kernel/slices.ts";
import { aloneIn, createNodes, type Nodes, type Standing } from "./actors/nodes.ts";
import { startRequestExpiry } from "./actors/people/request-expiry.ts";
import { startRetention } from "./actors/retention.ts";
import { type Runtime, runtimeAlone } from "./actors/runtime.ts";
import { createSessions } from "./actors/session/sessions.ts";
import { createTurns, endless } from "./actors/session/turns.ts";
import { startSweeps } from "./actors/sweeps.ts";
import { startTelling } from "./actors/told-sockets.ts";
import { defineUpkeep } from "./actors/upkeep.ts";
import { createWebhooks } from "./actors/webhooks.ts";
import { monotonic } from "./clock.ts";
import type { OpenedNode } from "./cluster/open-node.ts";
import type { Config } from "./config.ts";
import type { OpenedAhead } from "./db/engine/ahead.ts";
import type { Store } from "./db/store.ts";
import { openCompactionPoint } from "./db/upkeep/compaction.ts";
import { aloneLater, type Duty } from "./db/upkeep/duty.ts";
import { type Following, startFollowing } from "./db/upkeep/following.ts";
import { keptText } from "./db/upkeep/kept-texts.ts";
import { instanceOf, openLiveSettings } from "./db/upkeep/live-settings.ts";
import { startUpkeep } from "./db/upkeep/upkeep.ts";
import { limits } from "./domain/limits.ts";
import { createPools } from "./domain/pools.ts";
import type { Spent } from "./domain/shared-rates.ts";
import { failedAt } from "./failed-start.ts";
import { operatorRoutes } from "./operators/doors/http.ts";
import { openSocketDoor } from "./operators/doors/unix-socket.ts";
import { firstAdminFile } from "./operators/first-admin.ts";
import { createOperators } from "./operators/operators.ts";
import { BunGateway } from "./routes/bun-gateway.ts";
import { certificateOf } from "./routes/certificate.ts";
import { createGate, type Gate } from "./routes/gate.ts";
import { Listeners } from "./routes/listeners.ts";
import { createWeb } from "./routes/web.ts";
import { takeDown } from "./stopping.ts";
import { openStorage } from "./storage.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { openUploads } from "./uploads/composition.ts";
import type { Files } from "./uploads/files.ts";

export interface App {
  /** Where it listens, as `http://host:port`. */
  url: string;
  /** The file with the link for the first administrator; null where there is one. */
  first_admin_path: string | null;
  /** Stops accepting, commits what was accepted, closes sockets with 1012, and lets go of everything. */
  stop(): Promise<void>;
  /** Reads the files of the certificate anew, where there are any. No socket closes; faulty ones are left alone. */
  renewCertificate(): void;
  /** Resolves with a sentence for a person when only a new process can go on; else never. */
  failed: Promise<string>;
  /** What it counts as one node of several; null where it is alone. */
  node: Pick<OpenedNode, "readings"> | null;
}

const clock = () => Date.now();
const nobody_stands: Standing = { nodes: [], free_slots: null };

/** What the server stands on; everything else is made of it. */
export interface Ground {
  store: Store;
  files: Files;
  gateway: Gateway;
  log: Log;
  metrics: Metrics;
  /** Unix milliseconds. */
  clock(): number;
  /** In [0, 1). */
  random(): number;
  /** When the work of the background begins, where this is no node: at once, where nothing is said. */
  duty?: Duty;
  /** What the actors stand on, where this is one node of several. */
  createRuntime?(line: Line): Runtime;
  /** The processes that the server is made of. */
  standing?(): Standing;
  /** Looks anew which there are; whether that went through. */
  look?(): Promise<boolean>;
}

/** The server but for its doors: it is spoken to by address, and speaks through the gateway. */
export type Core = Awaited<ReturnType<typeof createCore>>;

export async function createCore(config: Config, ground: Ground) {
  const { store, log, metrics } = ground;
  const { rate_limits, rates, bounds } = config;
  const onFault = createFaultBoundary(log, metrics.fault);
  const line = new Line((error) => void onFault(error, { address: "line", call: "put" }));
  const [runtime, point, settings, epoch] = await Promise.all([
    ground.createRuntime?.(line) ?? runtimeAlone(ground, line),
    openCompactionPoint(store),
    openLiveSettings(store, { fixed: config.fixed_settings, standing: config }),
    keptText(store, "epoch"),
  ]);
  const { ids, gateway, duty } = runtime;
  const commit = createCommit(runtime.perform);
  const slices = createSlices(limits.slice_ms);
  const pools = createPools(bounds.upload_bytes);
  const is_shared = ground.createRuntime !== undefined;
  const tell = is_shared ? (spent: Spent) => nodes.tellSpent(spent) : null;
  const limiting = openLimiting(config, { clock: monotonic, onRefused: metrics.rateLimited, tell });
  const onBrokenOff = (error: unknown) => log.error({ err: error }, "background work broke off");
  const shared = { settings, line, commit, slices, pools, onFault, compactedTo: point.to, is_shared, duty };
  const parts = { ...ground, runtime, gateway, ids, ...limiting, ...shared };
  const actors = createActors(config, { ...parts, said: (one) => pushes.said(one) });
  let following: Following | null = null;
  const nodes: Nodes = createNodes({
    ...{ actors, ...limiting, standing: ground.standing ?? (() => nobody_stands) },
    look: ground.look ?? (async () => true),
    follow: async () => (await following?.again()) ?? !is_shared,
    figures: async () => ({ sessions: actors.stats()["session"]?.actors ?? 0, ...(await metrics.figures()) }),
  });
  const pushes = await openPushes(config, { ...parts, actors, onFault: onBrokenOff, onPush: metrics.pushed });
  const mailer = await openMailer(config, { places: pools.mails, log });
  const burying = { pause: () => Bun.sleep(limits.burial_pause_ms), onFault: onBrokenOff };
  const sweeps = startSweeps({ ...parts, ...burying, actors });
  const keptFor = () => settings.value("retention_days") * limits.day_ms;
  const retention = startRetention({ ...parts, ...burying, actors, keptFor });
  const { uploads, sweep, clearUploads, readUpload } = openUploads({
    ...parts,
    quotaBytes: () => settings.value("upload_quota"),
    throttle: limiting.throttleOf("uploads_per_user", "upload"),
  });
  const opened = await openAccounts(config, { ...parts, ...burying, actors, mailer, clearUploads, push: pushes.door });
  const { accounts, parts: account_parts, removals, arrivals, secrets } = opened;
  const followers = [settings, point, ...(secrets ? [secrets] : [])];
  following = is_shared ? startFollowing({ store, followers, onFault: onBrokenOff }) : null;
  defineUpkeep(actors, { sweeps: sweeps.noted, removals: removals.run });
  const exports = createExports({ ...parts, monotonic, readUpload });
  const operators = createOperators({ ...parts, ...config, actors, nodes, exports, removals, accounts: account_parts });
  const sessions = createSessions({
    ...{ ...parts, actors, authenticator: accounts, rate_limits, rates, bounds },
    turns: rate_limits ? createTurns(limits.turn_tokens) : endless,
    epoch,
    onReply: metrics.reply,
    onRateLimited: metrics.rateLimited,
  });
  runtime.whenPeopleMoved(() => void sessions.login_check.run());
  return {
    invitingServer: (code: string) => store.invites.invitingServer(code, ground.clock()),
    ...{ actors, nodes, accounts, account_parts, operators, exports, mailer, uploads, slices, pools, ...limiting },
    ...{ pushes, ids, onFault, onBrokenOff, instance: instanceOf(settings), sends_mail: mailer !== null },
    ...{ createSession: sessions.create, webhooks: createWebhooks({ store, actors }) },
    /** The work of the background. */
    rounds: [
      ...[sweep, retention, sweeps, removals, arrivals, ...pushes.rounds],
      startRequestExpiry({ ...parts, actors }, onBrokenOff),
      ...[sessions.expiry, sessions.login_check],
      startLoginUse(ground, sessions.logins, onBrokenOff),
      ...startUpkeep({ ...parts, ...config, point, allKnow: nodes.allKnow, onFault: onBrokenOff }),
      ...(following ? [following] : []),
    ],
  };
}

/** `ahead`: the database, where it is being opened already. */
export async function startApp(
  config: Config,
  log: Log,
  version: string,
  ahead: OpenedAhead | null = null,
): Promise<App> {
  const metrics = createMetrics();
  const failed = Promise.withResolvers<string>();
  const random = createChance();
  const { store, files, node } = await openStorage(config, { log, metrics, version, random, ahead }, failed.resolve);
  const gateway = new BunGateway(metrics, config.bounds);
  const alone = aloneIn({ host: hostname(), pid: process.pid, version, started_ms: clock() });
  const cluster = node
    ? { createRuntime: node.createRuntime(gateway), standing: node.standing, look: node.look }
    : { standing: () => alone };
  const duty = aloneLater();
  const core = await createCore(config, { store, files, gateway, log, metrics, clock, random, duty, ...cluster });
  const gate = createGate(config, core);
  if (node) core.rounds.push(startTelling(gate.connections.many, core.nodes.tellSockets, core.onBrokenOff));
  const opening_door = openSocketDoor(config.socket_path, core.operators, log);
  const parts = { version, metrics, store, files, log, gateway, core, gate, health: { stopping: false }, node, duty };
  const first_admin = firstAdminFile({ ...config, store, log, clock });
  const server = await listen(config, parts).catch(failedAt("listening"));
  gateway.attach({ server, ...core, onForgotten: node?.ended ?? (() => {}) });
  addReadings({ metrics, store, gateway, core, gate, node });
  const [first_admin_path, door] = await Promise.all([first_admin, opening_door]);
  // Last: a process that is ended before has nothing that others would wait for.
  await node?.serve();
  duty.begin();
  // What was begun at the start is ended, and so is what was about to be.
  const stop = () => duty.begun.then(() => takeDown({ ...parts, server, door }));
  const renew = () => renewCertificate(config, server, log, failed.resolve);
  return { url: urlOf(config, server), first_admin_path, stop, renewCertificate: renew, failed: failed.promise, node };
}

interface Parts {
  version: string;
  metrics: Metrics;
  store: Store;
  files: Files;
  log: Log;
  gateway: BunGateway;
  core: Core;
  gate: Gate;
  health: { stopping: boolean };
  /** Null where the server is alone. */
  node: OpenedNode | null;
  duty: Duty;
}

/** Opens the doors. */
async function listen(config: Config, parts: Parts): Promise<Listeners> {
  const { metrics, store, files, log, gateway, core, gate, health, version, node, duty } = parts;
  const operators = { ...core, parts: core.account_parts, store, clientKey: gate.clientKey, clock: monotonic };
  const web = createWeb(config, {
    ...{ ...core, ...gate, version, metrics, gateway, files, log },
    ...{ rates: config.rates, rate_limits: config.rate_limits },
    operator_calls: operatorRoutes(operators),
    afterStart: (task) => (duty.isMine() ? void setImmediate(task) : duty.onMine(task)),
    whyUnready: async () => {
      if (health.stopping) return "it is stopping";
      return node?.fault() ?? ((await store.isReady()) ? null : "the database can't be worked with");
    },
  });
  return new Listeners(web, config.port, config.tls && certificateOf(config.tls));
}

/** Shows whoever connects from now on what is in the files of the certificate. */
function renewCertificate({ tls }: Config, server: Listeners, log: Log, onFatal: (why: string) => void): void {
  if (!tls) return;
  try {
    const fault = server.renew(tls);
    if (fault === null) log.info("the certificate was read anew");
    else log.error({ reason: fault }, "the certificate is as it was: the new one can't be used");
  } catch (error) {
    log.error({ err: error }, "nobody listens any more");
    onFatal("the port could not be taken again for the new certificate");
  }
}

function urlOf({ tls, host }: Config, { port }: Listeners): string {
  return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

type ReadParts = Pick<Parts, "metrics" | "store" | "gateway" | "core" | "gate" | "node">;

function addReadings({ metrics, store, gateway, core, gate, node }: ReadParts): void {
  metrics.read({
    sessions: () => gateway.size,
    subscriptions: () => gateway.subscribed,
    addresses: () => gate.connections.addresses,
    writer_waiting: () => store.writer.stats().queuedJobs,
    actors: () => core.actors.stats(),
    pools: core.pools,
    node: node?.readings,
  });
}
