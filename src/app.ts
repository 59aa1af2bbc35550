// The composition root: builds every part, hands each what it needs, and takes them down in order. The only file that
// knows all the others; it decides nothing.

import { readFile } from "node:fs/promises";
import { cors } from "@elysiajs/cors";
import type { Server } from "bun";
import { Elysia } from "elysia";
import { type AccountsDependencies, createAccounts } from "./accounts/accounts.ts";
import { createPasswords } from "./accounts/passwords.ts";
import { createThrottle, unthrottled } from "./accounts/throttle.ts";
import { createTokens } from "./accounts/tokens.ts";
import type { ActorKinds, Actors } from "./actors/addresses.ts";
import { createFaultBoundary } from "./actors/fault.ts";
import { friendshipActor } from "./actors/friendship.ts";
import { ActorSystem, type FaultBoundary } from "./actors/kernel/system.ts";
import { presenceActor } from "./actors/presence.ts";
import { consoleHandlers } from "./actors/session/console-handlers.ts";
import { sessionActor } from "./actors/session/session.ts";
import type { Config } from "./config.ts";
import { openStore, type Store } from "./db/store.ts";
import { createIdGenerator, type IdGenerator } from "./domain/ids.ts";
import { limits, type Rate, rates } from "./domain/limits.ts";
import { BunGateway } from "./routes/bun-gateway.ts";
import { callRoutes } from "./routes/calls.ts";
import { healthRoutes } from "./routes/health.ts";
import { answerErrors, answerHeaders } from "./routes/http.ts";
import { socketHandlers, socketRoutes } from "./routes/socket.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";

export interface App {
  /** Where it listens, as `http://host:port`. */
  url: string;
  /** Stops accepting, commits what was accepted, closes sockets with 1012, and lets go of everything. */
  stop(): Promise<void>;
}

const clock = () => Date.now();

export async function startApp(config: Config, log: Log, version: string): Promise<App> {
  const metrics = createMetrics();
  const onFault = createFaultBoundary(log, metrics.fault);
  const store = await openStore({
    url: config.database_url,
    authToken: config.database_auth_token ?? undefined,
    onCommit: metrics.commit,
    onFault: (fault) => log.error({ fault }, "the database failed"),
  });
  const gateway = new BunGateway(metrics);
  const actors = createActors(config, store, gateway, onFault);
  const ids = createIdGenerator(await store.maxId(), clock, Math.random);
  const accounts = await createAccountsOf(config, store, actors, ids);
  const epoch = await store.settings.putIfAbsent("epoch", randomText());
  const health = { stopping: false };
  const session = {
    ...{ actors, gateway, store, epoch, clock, onFault },
    authenticator: accounts,
    handlers: consoleHandlers({ actors, store }),
    rate_limits: config.rate_limits,
    onReply: metrics.reply,
  };
  const web = new Elysia({ name: "orchard" })
    .use(cors({ origin: config.allowed_origins === "*" ? true : config.allowed_origins, credentials: false }))
    .use(answerHeaders(metrics))
    .use(answerErrors(onFault))
    .use(healthRoutes({ version, metrics, isReady: async () => !health.stopping && (await store.isReachable()) }))
    .use(callRoutes(accounts))
    .use(socketRoutes(config.allowed_origins))
    .listen({
      ...{ hostname: config.host, port: config.port, reusePort: false, development: false },
      maxRequestBodySize: limits.http_body_bytes,
      websocket: socketHandlers({ actors, gateway, ids, metrics, createSession: (id) => sessionActor(id, session) }),
      ...(config.tls && { tls: await readTls(config.tls) }),
    });
  if (!web.server) throw new Error("the server did not start");
  gateway.attach(web.server);
  addReadings(metrics, store, actors, gateway);
  return running(config, web.server, { store, actors, gateway, health });
}

/** What has to be taken down, in the order in which `stop` does. */
function running(
  { tls, host }: Config,
  server: Server<unknown>,
  {
    store,
    actors,
    gateway,
    health,
  }: { store: Store; actors: Actors; gateway: BunGateway; health: { stopping: boolean } },
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
      await store.close();
      await Promise.race([stopped, server.stop(true)]);
    },
  };
}

async function createAccountsOf(config: Config, store: Store, actors: Actors, ids: IdGenerator) {
  const secret = config.jwt_secret ?? (await store.settings.putIfAbsent("jwt_secret", randomText()));
  return createAccounts({
    ...{ store, actors, ids, clock },
    tokens: createTokens(secret, clock),
    passwords: createPasswords(config.password_memory_kib),
    registration: config.registration,
    throttles: createThrottles(config.rate_limits),
  });
}

function addReadings(metrics: Metrics, store: Store, actors: Actors, gateway: BunGateway): void {
  metrics.read({
    sessions: () => gateway.size,
    users_online: async () => {
      const online = await actors.request("presence", "count", null);
      return online.ok ? online.value.count : 0;
    },
    writer_waiting: () => store.writer.stats().queuedJobs,
    actors: () => actors.stats(),
  });
}

function createActors(config: Config, store: Store, gateway: BunGateway, onFault: FaultBoundary): Actors {
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
        clock,
        grace_ms: config.presence_grace_ms,
        saveLastOnline: (user_id, at_ms) => store.users.setLastOnline(user_id, at_ms),
      }),
  });
  actors.define("friendship", {
    mailbox_limit: limits.mailbox,
    idle_ms: limits.actor_idle_ms,
    start: () => friendshipActor({ actors, store, clock }),
  });
  return actors;
}

function createThrottles(on: boolean): AccountsDependencies["throttles"] {
  const throttle = (rate: Rate) => (on ? createThrottle(rate, clock) : unthrottled);
  return {
    login_name: throttle(rates.login_per_name),
    login_address: throttle(rates.login_per_address),
    register_address: throttle(rates.register_per_address),
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
