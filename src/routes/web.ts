// All that is answered over HTTP, put together in the order in which a request passes it, and the listening for it.
// Must not decide anything: what a route does, each says for itself.

import type { Server } from "bun";
import { Elysia } from "elysia";
import type { Accounts } from "../accounts/accounts.ts";
import type { Exports } from "../accounts/exports.ts";
import type { Throttles } from "../accounts/throttle.ts";
import type { FaultBoundary } from "../actors/kernel/actor.ts";
import type { Allowances } from "../actors/session/allowances.ts";
import type { Webhooks } from "../actors/webhooks.ts";
import { monotonic } from "../clock.ts";
import { limits } from "../domain/limits.ts";
import type { Pools } from "../domain/pools.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Files } from "../uploads/files.ts";
import type { Uploads } from "../uploads/uploads.ts";
import { callRoutes } from "./calls.ts";
import type { Certificate } from "./certificate.ts";
import { crossOrigin, refuseForeignPages } from "./cross-origin.ts";
import { documentRoutes } from "./documents.ts";
import { exportRoutes } from "./exports.ts";
import type { Gate } from "./gate.ts";
import { healthRoutes } from "./health.ts";
import { answerErrors, answerHeaders } from "./http.ts";
import { createInvitePreviews, type InvitePreviewDependencies } from "./invite-previews.ts";
import { inviteRoutes } from "./invites.ts";
import { type MountedCall, mounted } from "./mounted.ts";
import { createOrigins } from "./origins.ts";
import { pages } from "./pages.ts";
import { type SocketDependencies, socketHandlers } from "./socket.ts";
import { atTurnstile, createTurnstile } from "./turnstile.ts";
import { upgradeRoutes, upgradesByElysia } from "./upgrade.ts";
import { createUploadReceiver } from "./upload-body.ts";
import { uploadRoutes } from "./uploads.ts";
import { webhookRoutes } from "./webhooks.ts";

export interface WebSettings {
  host: string;
  allowed_origins: "*" | string[];
  public_url: string | null;
  bounds: SocketDependencies["bounds"] & { http_idle_s: number; upload_bytes: number };
}

export interface WebDependencies extends Omit<SocketDependencies, "bounds" | keyof Gate>, Gate {
  version: string;
  metrics: Metrics;
  accounts: Accounts;
  uploads: Uploads;
  webhooks: Webhooks;
  files: Files;
  log: Log;
  invitingServer: InvitePreviewDependencies["invitingServer"];
  exports: Exports;
  allowances: Allowances;
  throttleOf: Throttles;
  pools: Pools;
  onFault: FaultBoundary;
  /** Those of operations. */
  operator_calls: readonly MountedCall[];
  /** Why requests can't be served now, as half a sentence; null where they can. */
  whyUnready(): Promise<string | null>;
  /** What this server is called, and its picture; null where neither is set. */
  instance(): { name: string; icon: string } | null;
  /** Whether who forgot the password can be sent a link. */
  sends_mail: boolean;
  /** Has it done once the server has begun, in a round of the event loop of its own. */
  afterStart(task: () => void): void;
}

/** A server that is not yet listening: `listen` opens it at the port, with the certificate where there is one. */
export function createWeb({ host, allowed_origins, public_url, bounds }: WebSettings, on: WebDependencies) {
  const { metrics, accounts, allowances, clientKey } = on;
  const origins = createOrigins(allowed_origins);
  const misses_of = {
    invites: on.throttleOf("invite_misses_per_address", "invite_miss"),
    webhooks: on.throttleOf("upload_misses_per_address", "upload_miss", { of: "webhooks" }),
    uploads: on.throttleOf("upload_misses_per_address", "upload_miss"),
  };
  const previews = createInvitePreviews({ ...on, misses: misses_of.invites, clock: monotonic });
  const turnstile = createTurnstile({ allowances, origins, metrics });
  const upgrading = { ...on, origins, turnstile };
  const routes = (is_secure: boolean) => {
    // A name such as `nas` is a host, too, of which Elysia would take the path for a part; behind `https://` it finds it.
    return new Elysia({ name: "orchard", handler: { standardHostname: is_secure } })
      .use(answerHeaders(metrics))
      .use(atTurnstile(turnstile, clientKey))
      .use(crossOrigin(origins))
      .use(refuseForeignPages(origins, metrics))
      .use(pages({ metrics, clientKey, previews, public_url, instance: on.instance }))
      .use(answerErrors(on.onFault))
      .use(healthRoutes(on))
      .use(documentRoutes({ allowances, clientKey }))
      .use(callRoutes({ accounts, allowances, clientKey, clock: monotonic }))
      .use(mounted("operators", on.operator_calls))
      .use(
        webhookRoutes({
          ...{ webhooks: on.webhooks, allowances, clientKey, clock: monotonic },
          misses: misses_of.webhooks,
        }),
      )
      .use(
        uploadRoutes({
          ...{ authenticator: accounts, uploads: on.uploads, allowances, clientKey },
          receiver: createUploadReceiver({ files: on.files, pools: on.pools, bounds, log: on.log, clock: monotonic }),
          misses: misses_of.uploads,
        }),
      )
      .use(inviteRoutes({ previews, clientKey }))
      .use(exportRoutes({ ...on, authenticator: accounts }))
      .use(upgradesByElysia(upgrading));
  };
  return {
    listen(port: number, certificate: Certificate | null, before: () => void = () => {}): Server<unknown> {
      let web: ReturnType<typeof routes> | undefined;
      const together = (server: Server<unknown>) => {
        // By itself Elysia would do so at once, twice, and tell Bun's router of each route: so before it has a server.
        web ??= Object.assign(routes(certificate !== null).compile(), { server });
        return web;
      };
      const answer = (request: Request, server: Server<unknown>) => together(server).fetch(request);
      before();
      const server = Bun.serve<unknown>({
        ...{ hostname: host, port, reusePort: false, development: false },
        idleTimeout: bounds.http_idle_s,
        maxRequestBodySize: Math.max(limits.http_hard_body_bytes, 2 * bounds.upload_bytes),
        websocket: socketHandlers({ ...on, bounds }),
        routes: upgradeRoutes(upgrading, answer),
        fetch: answer,
        ...(certificate && { tls: certificate }),
      });
      // What Elysia does with functions takes the compiled code of all others from the engine: so before there is much.
      on.afterStart(() => void together(server));
      return server;
    },
  };
}

export type Web = ReturnType<typeof createWeb>;
