// `GET /subscribe`: the socket. It upgrades, gives the connection its session actor and passes frames to it as they
// came; it never looks inside one. Elysia would parse and coerce frames, so Bun's own handlers are given to `listen`.

import type { WebSocketHandler } from "bun";
import { Elysia } from "elysia";
import type { Actors } from "../actors/addresses.ts";
import type { SessionId } from "../actors/gateway.ts";
import type { Actor } from "../actors/kernel/system.ts";
import type { SessionCalls } from "../actors/session/session.ts";
import type { IdGenerator } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { BunGateway, Socket, SocketData } from "./bun-gateway.ts";
import { bearerToken, failureResponse, isAllowedOrigin } from "./http.ts";

export interface SocketDependencies {
  actors: Actors;
  gateway: BunGateway;
  ids: IdGenerator;
  metrics: Metrics;
  createSession(id: SessionId): Actor<SessionCalls>;
}

/** What Elysia's upgrade leaves on a socket until it opens. */
interface Upgraded {
  query?: Record<string, string | undefined>;
  request?: Request;
}

/** The upgrade, at `/subscribe` and below the API's prefix alike. */
export function socketRoutes(allowed_origins: "*" | string[]) {
  const upgrade = {
    beforeHandle({ request }: { request: Request }) {
      if (isAllowedOrigin(request.headers.get("origin"), allowed_origins)) return;
      return failureResponse({ code: "forbidden", message: "Pages of this origin may not use this server." });
    },
  };
  return new Elysia({ name: "socket" }).ws("/subscribe", upgrade).ws("/api/v1/subscribe", upgrade);
}

/** What happens on a socket, for `listen`. */
export function socketHandlers({ actors, gateway, ids, metrics, createSession }: SocketDependencies) {
  return {
    maxPayloadLength: limits.frame_hard_bytes,
    backpressureLimit: limits.socket_backpressure_bytes,
    closeOnBackpressureLimit: true,
    idleTimeout: limits.socket_idle_s,
    sendPings: true,

    open(socket: Socket) {
      const token = tokenOf(socket.data as Upgraded);
      const session = ids.next();
      socket.data = { session };
      gateway.add(socket);
      actors.spawn(`session:${session}`, createSession(session));
      actors.tell(`session:${session}`, "opened", { token });
    },

    message(socket: Socket, frame: string | Buffer) {
      if (gateway.muted) return;
      const text = typeof frame === "string" ? frame : null;
      const { session } = socket.data;
      if (!actors.tell(`session:${session}`, "frame", { frame: text })) gateway.close(session, "rate_abuse");
    },

    drain(socket: Socket) {
      actors.tell(`session:${socket.data.session}`, "drained", null);
    },

    close(socket: Socket, code: number) {
      const { session } = socket.data;
      metrics.closed(code);
      gateway.remove(session);
      actors.tell(`session:${session}`, "closed", null);
    },
  } satisfies WebSocketHandler<SocketData>;
}

function tokenOf({ query, request }: Upgraded): string {
  return bearerToken(request?.headers.get("authorization") ?? null) ?? query?.["auth"] ?? "";
}
