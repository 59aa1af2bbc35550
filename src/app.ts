// The composition root: builds every part, hands each what it needs, and takes them down in order. The only file that
// knows all the others; it decides nothing.

import { readFile } from "node:fs/promises";
import { cors } from "@elysiajs/cors";
import type { Server } from "bun";
import { Elysia } from "elysia";
import pLimit from "p-limit";
import { type AccountsDependencies, createAccounts } from "./accounts/accounts.ts";
import { createPasswords } from "./accounts/passwords.ts";
import { createThrottle, type Throttle, unthrottled } from "./accounts/throttle.ts";
import { createTokens } from "./accounts/tokens.ts";
import type { ActorKinds, Actors } from "./actors/addresses.ts";
import { createFaultBoundary } from "./actors/fault.ts";
import { friendshipActor } from "./actors/friendship.ts";
import { ActorSystem, type FaultBoundary } from "./actors/kernel/system.ts";
import { createOrderedTopics, type OrderedTopics } from "./actors/ordered-topics.ts";
import { presenceActor } from "./actors/presence.ts";
import { profileActor } from "./actors/profile.ts";
import { startRoom } from "./actors/room/actor.ts";
import { depart } from "./actors/room/departure.ts";
import { roomHandlers } from "./actors/room/handlers/index.ts";
import { consoleHandlers } from "./actors/session/console-handlers.ts";
import type { Handlers } from "./actors/session/handler.ts";
import { peopleHandlers } from "./actors/session/people-handlers.ts";
import { readingHandlers } from "./actors/session/reading-handlers.ts";
import { createRoomDirectory, type RoomDirectory } from "./actors/session/room-directory.ts";
import { serverHandlers } from "./actors/session/server-handlers.ts";
import { sessionActor } from "./actors/session/session.ts";
import type { Config } from "./config.ts";
import { startPurge } from "./db/purge.ts";
import type { Rounds } from "./db/rounds.ts";
import { openStore, type Store } from "./db/store.ts";
import { createIdGenerator, type IdGenerator } from "./domain/ids.ts";
import { limits, type Rate, rates } from "./domain/limits.ts";
import { createLocks, type Locks } from "./domain/locks.ts";
import { BunGateway } from "./routes/bun-gateway.ts";
import { callRoutes } from "./routes/calls.ts";
import { healthRoutes } from "./routes/health.ts";
import { answerErrors, answerHeaders } from "./routes/http.ts";
import { socketHandlers, socketRoutes } from "./routes/socket.ts";
import { createUploadReceiver } from "./routes/upload-body.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { type Files, openFiles } from "./uploads/files.ts";
import { startSweep } from "./uploads/sweep.ts";
import { createUploads } from "./uploads/uploads.ts";

export interface App {
  /** Where it listens, as `http://host:port`. */
  url: string;
  /** Stops accepting, commits what was accepted, closes sockets with 1012, and lets go of everything. */
  stop(): Promise<void>;
}

const clock = () => Date.now();
/** How long a browser may remember what a preflight said. */
const PREFLIGHT_AGE_S = 24 * 60 * 60;

export async function startApp(config: Config, log: Log, version: string): Promise<App> {
  const metrics = createMetrics();
  const onFault = createFaultBoundary(log, metrics.fault);
  const files = await openFiles({ folder: config.uploads_dir, bucket: config.uploads_bucket });
  const store = await openStore({
    url: config.database_url,
    authToken: config.database_auth_token ?? undefined,
    onCommit: metrics.commit,
    onFault: (fault) => log.error({ fault }, "the database failed"),
  });
  const gateway = new BunGateway(metrics);
  const ids = createIdGenerator(await store.maxId(), clock, Math.random);
  const topics = createOrderedTopics(gateway, () => ids.next());
  const locks = createLocks();
  const actors = createActors(config, { store, gateway, ids, topics, locks, metrics, onFault });
  const accounts = await createAccountsOf(config, { store, actors, ids, topics });
  const { uploads, sweep } = createUploadsOf(config, store, files, ids, log);
  const purge = startPurge({ store, clock, onFault: (error) => log.error({ err: error }, "a purge broke off") });
  const epoch = await store.settings.putIfAbsent("epoch", randomText());
  const health = { stopping: false };
  const directory = createRoomDirectory(store);
  const session = {
    ...{ actors, gateway, store, epoch, clock, onFault, directory },
    authenticator: accounts,
    handlers: sessionHandlers({ actors, gateway, store, ids, topics, locks, clock, directory }),
    rate_limits: config.rate_limits,
    opening: pLimit(limits.sessions_opening),
    onReply: metrics.reply,
  };
  const web = new Elysia({ name: "orchard" })
    .use(answerHeaders(metrics))
    .use(
      cors({
        origin: config.allowed_origins === "*" ? true : config.allowed_origins,
        credentials: false,
        maxAge: PREFLIGHT_AGE_S,
      }),
    )
    .use(answerErrors(onFault))
    .use(healthRoutes({ version, metrics, isReady: async () => !health.stopping && (await store.isReachable()) }))
    .use(callRoutes(accounts))
    .use(uploadRoutes({ authenticator: accounts, uploads, receiver: createUploadReceiver(clock) }))
    .use(socketRoutes(config.allowed_origins))
    .listen({
      ...{ hostname: config.host, port: config.port, reusePort: false, development: false },
      maxRequestBodySize: limits.http_hard_body_bytes,
      websocket: socketHandlers({ actors, gateway, ids, metrics, createSession: (id) => sessionActor(id, session) }),
      ...(config.tls && { tls: await readTls(config.tls) }),
    });
  if (!web.server) throw new Error("the server did not start");
  gateway.attach(web.server);
  addReadings(metrics, store, actors, gateway);
  return running(config, web.server, { store, actors, gateway, rounds: [sweep, purge], health });
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
): App {
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

type AccountParts = Pick<ActorParts, "store" | "ids" | "topics"> & { actors: Actors };

async function createAccountsOf(config: Config, parts: AccountParts) {
  const secret = config.jwt_secret ?? (await parts.store.settings.putIfAbsent("jwt_secret", randomText()));
  return createAccounts({
    ...{ ...parts, clock },
    tokens: createTokens(secret, clock),
    passwords: createPasswords(config.password_memory_kib),
    registration: config.registration,
    throttles: createThrottles(config.rate_limits),
  });
}

function createUploadsOf(config: Config, store: Store, files: Files, ids: IdGenerator, log: Log) {
  const shared = { store, files, locks: createLocks(), log, clock };
  const throttle = throttleOf(config.rate_limits, rates.uploads_per_user);
  return { uploads: createUploads({ ...shared, ids, throttle }), sweep: startSweep(shared) };
}

function addReadings(metrics: Metrics, store: Store, actors: Actors, gateway: BunGateway): void {
  metrics.read({
    sessions: () => gateway.size,
    writer_waiting: () => store.writer.stats().queuedJobs,
    actors: () => actors.stats(),
  });
}

interface HandlerParts {
  actors: Actors;
  gateway: BunGateway;
  store: Store;
  ids: IdGenerator;
  topics: OrderedTopics;
  locks: Locks;
  directory: RoomDirectory;
  clock(): number;
}

function sessionHandlers(parts: HandlerParts): Handlers {
  return {
    ...consoleHandlers(parts),
    ...peopleHandlers(parts),
    ...serverHandlers(parts),
    ...readingHandlers(parts),
  };
}

interface ActorParts {
  store: Store;
  gateway: BunGateway;
  ids: IdGenerator;
  topics: OrderedTopics;
  locks: Locks;
  metrics: Metrics;
  onFault: FaultBoundary;
}

function createActors(config: Config, parts: ActorParts): Actors {
  const { store, gateway, ids, topics, metrics, onFault } = parts;
  const actors: Actors = new ActorSystem<ActorKinds>({
    ask_deadline_ms: limits.request_deadline_ms,
    sweep_ms: limits.actor_sweep_ms,
    onFault,
  });
  actors.define("session", { mailbox_limit: limits.session_queue });
  actors.define("presence", {
    mailbox_limit: limits.presence_mailbox,
    start: () =>
      presenceActor({
        actors,
        gateway,
        topics,
        clock,
        grace_ms: config.presence_grace_ms,
        onCount: metrics.usersOnline,
        saveLastOnline: (user_id, at_ms) => store.users.setLastOnline(user_id, at_ms),
        relatedTo: (user_id, ids) => store.users.relatedTo(user_id, ids),
      }),
  });
  actors.define("friendship", {
    mailbox_limit: limits.mailbox,
    idle_ms: limits.actor_idle_ms,
    start: () => friendshipActor({ actors, store, ids, topics, clock }),
  });
  actors.define("profile", {
    mailbox_limit: limits.mailbox,
    idle_ms: limits.actor_idle_ms,
    start: (key) => profileActor({ actors, store, topics }, Number(key)),
  });
  actors.define("room", {
    mailbox_limit: limits.mailbox,
    idle_ms: limits.room_idle_ms,
    restart_on_fault: true,
    start: (key) => startRoom({ ...parts, actors, clock, handlers: roomHandlers, depart }, Number(key)),
  });
  return actors;
}

function throttleOf(on: boolean, rate: Rate): Throttle {
  return on ? createThrottle(rate, clock) : unthrottled;
}

function createThrottles(on: boolean): AccountsDependencies["throttles"] {
  return {
    login_name: throttleOf(on, rates.login_per_name),
    login_address: throttleOf(on, rates.login_per_address),
    register_address: throttleOf(on, rates.register_per_address),
  };
}

async function readTls({ cert_path, key_path }: { cert_path: string; key_path: string }) {
  const [cert, key] = await Promise.all([readFile(cert_path, "utf8"), readFile(key_path, "utf8")]);
  return { cert, key };
}

/** 32 random bytes as text. */
function randomText(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}
