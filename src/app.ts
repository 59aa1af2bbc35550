// The composition root: builds every part, hands each what it needs, and takes them down in order. The only file that
// knows all the others; it decides nothing.

import { readFile } from "node:fs/promises";
import { cors } from "@elysiajs/cors";
import type { Server } from "bun";
import { Elysia } from "elysia";
import pLimit from "p-limit";
import { createAccounts } from "./accounts/accounts.ts";
import { createPasswords } from "./accounts/passwords.ts";
import { createThrottle, type Throttle, unthrottled } from "./accounts/throttle.ts";
import { createTokens } from "./accounts/tokens.ts";
import type { ActorKinds, Actors } from "./actors/calls.ts";
import { type Commit, createCommit } from "./actors/commit/commit.ts";
import type { Gateway, SessionId } from "./actors/delivery/gateway.ts";
import { Line } from "./actors/delivery/line.ts";
import { LinedGateway } from "./actors/delivery/lined-gateway.ts";
import { createFaultBoundary } from "./actors/kernel/fault.ts";
import { createSlices, type Slices } from "./actors/kernel/slices.ts";
import { ActorSystem, type FaultBoundary } from "./actors/kernel/system.ts";
import { friendshipActor } from "./actors/people/friendships.ts";
import { presence_always_taken, presenceActor } from "./actors/people/presence.ts";
import { profileActor } from "./actors/people/profiles.ts";
import { startRoom } from "./actors/room/actor.ts";
import { roomHandlers } from "./actors/room/handlers/index.ts";
import { createAllowances, unlimited } from "./actors/session/allowances.ts";
import { Expiries } from "./actors/session/expiries.ts";
import type { Handlers } from "./actors/session/handler.ts";
import { consoleHandlers } from "./actors/session/handlers/console.ts";
import { peopleHandlers } from "./actors/session/handlers/people.ts";
import { readingHandlers } from "./actors/session/handlers/reading.ts";
import { serverHandlers } from "./actors/session/handlers/servers.ts";
import { syncHandlers } from "./actors/session/handlers/sync.ts";
import { createRoomDirectory, type RoomDirectory } from "./actors/session/room-directory.ts";
import { sessionActor } from "./actors/session/session.ts";
import type { Config } from "./config.ts";
import { performed } from "./db/engine/write.ts";
import { openStore, type Store } from "./db/store.ts";
import { startCompaction } from "./db/upkeep/compaction.ts";
import { startPurge } from "./db/upkeep/purge.ts";
import { type Rounds, startRounds } from "./db/upkeep/rounds.ts";
import { createIdGenerator, type IdGenerator } from "./domain/ids.ts";
import { announcedLimits, limits, type Rates } from "./domain/limits.ts";
import { createLocks } from "./domain/locks.ts";
import { BunGateway } from "./routes/bun-gateway.ts";
import { callRoutes } from "./routes/calls.ts";
import { type ClientKey, createClientKey } from "./routes/client-address.ts";
import { type Connections, createConnections } from "./routes/connections.ts";
import { healthRoutes } from "./routes/health.ts";
import { answerErrors, answerHeaders } from "./routes/http.ts";
import { socketHandlers, socketRoutes } from "./routes/socket.ts";
import { createUploadReceiver } from "./routes/upload-body.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics, type RateScope } from "./telemetry/metrics.ts";
import { type Files, openFiles } from "./uploads/files.ts";
import { startSweep } from "./uploads/sweep.ts";
import { createUploads } from "./uploads/uploads.ts";

export interface App {
  /** Where it listens, as `http://host:port`. */
  url: string;
  /** Stops accepting, commits what was accepted, closes sockets with 1012, and lets go of everything. */
  stop(): Promise<void>;
  /** Resolves with a sentence for a person when only a new process can go on; else never. */
  failed: Promise<string>;
}

const clock = () => Date.now();
/** How long a browser may remember what a preflight said. */
const PREFLIGHT_AGE_S = 24 * 60 * 60;

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
}

/** The server but for its doors: it is spoken to by address, and speaks through the gateway. */
export type Core = Awaited<ReturnType<typeof createCore>>;

export async function createCore(config: Config, ground: Ground) {
  const { store, log, metrics, clock } = ground;
  const { bounds } = config;
  const onFault = createFaultBoundary(log, metrics.fault);
  const ids = createIdGenerator(await store.maxId(), clock, ground.random);
  const line = new Line((error) => void onFault(error, { address: "line", call: "put" }));
  const gateway = new LinedGateway(line, ground.gateway);
  const commit = createCommit(store.writer.perform);
  const slices = createSlices(limits.slice_ms);
  const { rounds, compactedTo } = await startUpkeep(config, ground);
  const parts = { ...ground, gateway, line, commit, ids, slices, onFault, compactedTo };
  const actors = createActors(config, parts);
  const accounts = await createAccountsOf(config, { ...parts, actors });
  const { uploads, sweep } = createUploadsOf(config, parts);
  const epoch = await settingOf(store, "epoch");
  const directory = createRoomDirectory(store);
  const allowances = config.rate_limits ? createAllowances(config.rates, clock, metrics.rateLimited) : unlimited;
  const expiries = new Expiries(actors);
  const session = {
    ...{ actors, gateway, store, epoch, clock, onFault, directory },
    authenticator: accounts,
    handlers: sessionHandlers({
      ...{ actors, gateway, store, commit, ids, clock },
      ...{ directory, bounds, epoch },
      gathering: inSlices(slices, limits.syncs_gathering),
    }),
    ...{ rate_limits: config.rate_limits, rates: config.rates, bounds, allowances, expiries },
    announced_limits: announcedLimits(bounds, config.rates),
    opening: pLimit(limits.sessions_opening),
    onReply: metrics.reply,
    onRateLimited: metrics.rateLimited,
  };
  return {
    ...{ actors, accounts, uploads, allowances, slices, ids, onFault },
    /** The actor of one connection. */
    createSession: (id: SessionId) => sessionActor(id, session),
    /** The work of the background. */
    rounds: [sweep, startExpiry(expiries, ground), ...rounds],
  };
}

export async function startApp(config: Config, log: Log, version: string): Promise<App> {
  const metrics = createMetrics();
  const failed = Promise.withResolvers<string>();
  const { store, files } = await openStorage(config, log, metrics, failed.resolve);
  const gateway = new BunGateway(metrics, config.bounds);
  const core = await createCore(config, { store, files, gateway, log, metrics, clock, random: Math.random });
  const { actors, accounts, uploads, allowances, slices, ids } = core;
  const health = { stopping: false };
  const { connections, clientKey } = createGate(config, metrics);
  const { bounds } = config;
  // A name such as `nas` is a host, too, of which Elysia would take the path for a part; behind `https://` it finds it.
  const web = new Elysia({ name: "orchard", handler: { standardHostname: config.tls !== null } })
    .use(answerHeaders(metrics))
    .use(
      cors({
        origin: config.allowed_origins === "*" ? true : config.allowed_origins,
        credentials: false,
        maxAge: PREFLIGHT_AGE_S,
      }),
    )
    .use(answerErrors(core.onFault))
    .use(healthRoutes({ version, metrics, isReady: async () => !health.stopping && (await store.isReady()) }))
    .use(callRoutes({ accounts, allowances, clientKey, clock }))
    .use(
      uploadRoutes({ authenticator: accounts, uploads, receiver: createUploadReceiver(clock), allowances, clientKey }),
    )
    .use(socketRoutes({ allowed_origins: config.allowed_origins, connections, clientKey, metrics }))
    .listen({
      ...{ hostname: config.host, port: config.port, reusePort: false, development: false },
      maxRequestBodySize: limits.http_hard_body_bytes,
      websocket: socketHandlers({
        ...{ actors, gateway, ids, metrics, connections, clientKey, slices, bounds },
        createSession: core.createSession,
      }),
      ...(config.tls && { tls: await readTls(config.tls) }),
    });
  if (!web.server) throw new Error("the server did not start");
  gateway.attach(web.server);
  addReadings(metrics, { store, actors, gateway, connections });
  const parts = { store, actors, gateway, rounds: core.rounds, health };
  return { ...running(config, web.server, parts), failed: failed.promise };
}

/** Does so many at the same time, and begins only as many in a turn of the event loop as its time allows. */
function inSlices(slices: Slices, at_once: number) {
  const limit = pLimit(at_once);
  return <Value>(work: () => Promise<Value>): Promise<Value> =>
    limit(async () => {
      await new Promise<void>((resolve) => slices.run(resolve));
      return work();
    });
}

/** `onFatal` is called when only another process can go on. */
async function openStorage(config: Config, log: Log, metrics: Metrics, onFatal: (why: string) => void) {
  const store = await openStore({
    url: config.database_url,
    authToken: config.database_auth_token ?? undefined,
    allowUnsafe: config.database_unsafe,
    onCommit: metrics.commit,
    onFault: (fault) => log.error({ fault }, "the database failed"),
    onFatal,
  });
  // After the store: it refuses a second server, which would clear away what the first one is receiving.
  const files = await openFiles({ folder: config.uploads_dir, bucket: config.uploads_bucket }).catch(async (error) => {
    await store.close();
    throw error;
  });
  return { store, files };
}

/** What the database is rid of in the background. */
async function startUpkeep(config: Config, { store, log, clock }: Ground) {
  const onFault = (error: unknown) => log.error({ err: error }, "background work broke off");
  const compaction = await startCompaction({ store, age_ms: config.tombstone_age_ms, clock, onFault });
  return { rounds: [startPurge({ store, clock, onFault }), compaction], compactedTo: compaction.to };
}

interface RunningParts {
  store: Store;
  actors: Actors;
  gateway: BunGateway;
  /** The work of the background. */
  rounds: Rounds[];
  health: { stopping: boolean };
}

/** What has to be taken down, in the order in which `stop` does. */
function running(
  { tls, host }: Config,
  server: Server<unknown>,
  { store, actors, gateway, rounds, health }: RunningParts,
): Omit<App, "failed"> {
  return {
    url: `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    async stop() {
      if (health.stopping) return;
      health.stopping = true;
      gateway.mute();
      const stopped = server.stop();
      await store.flush();
      gateway.closeAll("server_restarting");
      await gateway.whenEmpty();
      await actors.close();
      await Promise.all(rounds.map((round) => round.stop()));
      await store.close();
      await Promise.race([stopped, server.stop(true)]);
    },
  };
}

/** What decides, before anything is made for a socket, whether it may be opened now. */
interface Gate {
  connections: Connections;
  clientKey: ClientKey;
}

function createGate({ rate_limits, rates, bounds, trusted_proxies }: Config, metrics: Metrics): Gate {
  const clientKey = createClientKey(trusted_proxies);
  if (!rate_limits) return { connections: createConnections(Infinity, unthrottled), clientKey };
  const pace = createThrottle(rates.connects_per_address, clock, () => metrics.rateLimited("connect"));
  return {
    connections: createConnections(bounds.connections_per_address, pace),
    clientKey,
  };
}

/** Closes sockets when their token expires. */
function startExpiry(expiries: Expiries, { log, clock }: Ground): Rounds {
  return startRounds(async () => expiries.sweep(clock()), {
    every_ms: limits.token_expiry_sweep_ms,
    closing_ms: 0,
    onFault: (error) => log.error({ err: error }, "a look for expired tokens broke off"),
  });
}

type AccountParts = ActorParts & { actors: Actors };

async function createAccountsOf(config: Config, parts: AccountParts) {
  const secret = config.jwt_secret ?? (await settingOf(parts.store, "jwt_secret"));
  return createAccounts({
    ...parts,
    tokens: createTokens(secret, parts.clock),
    passwords: createPasswords(config.password_memory_kib),
    registration: config.registration,
    throttles: {
      login_name: throttleOf(config, parts, "login_per_name", "login_name"),
      login_address: throttleOf(config, parts, "login_per_address", "login_address"),
      register_address: throttleOf(config, parts, "register_per_address", "register_address"),
    },
  });
}

function createUploadsOf(config: Config, parts: ActorParts) {
  const shared = { ...parts, locks: createLocks() };
  const throttle = throttleOf(config, parts, "uploads_per_user", "upload");
  return { uploads: createUploads({ ...shared, throttle }), sweep: startSweep(shared) };
}

type ReadParts = Pick<RunningParts, "store" | "actors" | "gateway"> & { connections: Connections };

function addReadings(metrics: Metrics, { store, actors, gateway, connections }: ReadParts): void {
  metrics.read({
    sessions: () => gateway.size,
    subscriptions: () => gateway.subscribed,
    addresses: () => connections.addresses,
    writer_waiting: () => store.writer.stats().queuedJobs,
    actors: () => actors.stats(),
  });
}

interface HandlerParts {
  actors: Actors;
  gateway: Gateway;
  store: Store;
  commit: Commit;
  ids: IdGenerator;
  directory: RoomDirectory;
  epoch: string;
  gathering<Value>(gather: () => Promise<Value>): Promise<Value>;
  bounds: Config["bounds"];
  clock(): number;
}

function sessionHandlers(parts: HandlerParts): Handlers {
  return {
    ...consoleHandlers(parts),
    ...peopleHandlers(parts),
    ...serverHandlers(parts),
    ...readingHandlers(parts),
    ...syncHandlers(parts),
  };
}

interface ActorParts extends Ground {
  line: Line;
  commit: Commit;
  ids: IdGenerator;
  slices: Slices;
  onFault: FaultBoundary;
  compactedTo(): number;
}

function createActors(config: Config, parts: ActorParts): Actors {
  const { store, gateway, line, commit, ids, slices, metrics, onFault, clock, compactedTo } = parts;
  const actors: Actors = new ActorSystem<ActorKinds>({
    line,
    ask_deadline_ms: limits.request_deadline_ms,
    sweep_ms: limits.actor_sweep_ms,
    onFault,
  });
  actors.define("session", {
    mailbox_limit: limits.session_queue,
    always_taken: ["closed", "revoked", "drained", "listening"],
  });
  actors.define("presence", {
    mailbox_limit: limits.presence_mailbox,
    always_taken: presence_always_taken,
    start: () =>
      presenceActor({
        actors,
        gateway,
        ids,
        slices,
        clock,
        compactedTo,
        grace_ms: config.presence_grace_ms,
        bounds: config.bounds,
        onCount: metrics.usersOnline,
        saveLastOnline: (user_id, at_ms) => store.writer.perform(store.users.setLastOnline(user_id, at_ms)),
        relatedTo: (user_id, ids) => store.users.relatedTo(user_id, ids),
        selfSince: (user_id, since, limit) => store.users.selfSince({ user_id, since, limit }),
        profile: async (user_id) => (await store.users.profiles([user_id]))[0] ?? null,
      }),
  });
  actors.define("friendship", {
    mailbox_limit: limits.mailbox,
    idle_ms: limits.actor_idle_ms,
    start: () => friendshipActor({ actors, store, commit, ids, clock }),
  });
  actors.define("profile", {
    mailbox_limit: limits.mailbox,
    idle_ms: limits.actor_idle_ms,
    start: (key) => profileActor({ actors, store, commit, clock }, Number(key)),
  });
  actors.define("room", {
    mailbox_limit: limits.mailbox,
    always_taken: ["forget", "departed"],
    idle_ms: limits.room_idle_ms,
    restart_on_fault: true,
    start: (key) => startRoom({ ...parts, actors, handlers: roomHandlers }, Number(key)),
  });
  return actors;
}

function throttleOf(
  { rate_limits, rates }: Config,
  { metrics, clock }: Ground,
  rate: keyof Rates,
  scope: RateScope,
): Throttle {
  return rate_limits ? createThrottle(rates[rate], clock, () => metrics.rateLimited(scope)) : unthrottled;
}

async function readTls({ cert_path, key_path }: { cert_path: string; key_path: string }) {
  const [cert, key] = await Promise.all([readFile(cert_path, "utf8"), readFile(key_path, "utf8")]);
  return { cert, key };
}

/** A random text that is made at the first start and kept in the database. */
async function settingOf({ settings, writer }: Store, key: string): Promise<string> {
  // Read first, so that the usual start writes nothing.
  return (await settings.get(key)) ?? performed(writer.perform, settings.putIfAbsent(key, randomText()));
}

/** 32 random bytes as text. */
function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}
