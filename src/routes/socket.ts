// The socket, from its opening to its close: it gives the connection its session actor and passes frames to it as they
// came; it never looks inside one. Elysia would parse and coerce frames: Bun's own handlers are given to `listen`.

import type { WebSocketHandler } from "bun";
import type { Actors } from "../actors/calls.ts";
import type { SessionId } from "../actors/delivery/gateway.ts";
import type { Actor } from "../actors/kernel/actor.ts";
import type { Slices } from "../actors/kernel/slices.ts";
import type { SessionCalls } from "../actors/session/calls.ts";
import { monotonic } from "../clock.ts";
import type { IdGenerator } from "../domain/ids.ts";
import { type Bounds, limits, type Rate, type Rates } from "../domain/limits.ts";
import { SmallSet } from "../domain/small.ts";
import { fullBucket, lengthCost, takeTokens } from "../domain/token-bucket.ts";
import { close_codes } from "../protocol/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { BunGateway, Socket, SocketData } from "./bun-gateway.ts";
import type { Connections } from "./connections.ts";
import type { Upgraded } from "./upgrade.ts";

export interface SocketDependencies {
  actors: Actors;
  gateway: BunGateway;
  ids: IdGenerator;
  metrics: Metrics;
  createSession(id: SessionId): Actor<SessionCalls>;
  connections: Connections;
  /** When all are cut off at once, those who stay have their turn between. */
  slices: Slices;
  bounds: Pick<Bounds, "socket_backpressure_bytes" | "socket_idle_s">;
  rates: Pick<Rates, "session_requests" | "session_refusals">;
  /** Without them a socket may bring what it will. */
  rate_limits: boolean;
}

/** Close codes below are the standard's. */
const CLIENT_CODES_FROM = 3000;

/** What happens on a socket, for `listen`. */
export function socketHandlers(on: SocketDependencies) {
  const { actors, gateway, ids, metrics, createSession, connections, slices, bounds } = on;
  const input_rate = inputRate(on.rates);
  /** False when the socket has brought too much, and is closed: open or not, and whatever its frames were. */
  const mayBring = ({ data }: Socket, cost: number) => {
    if (!on.rate_limits || takeTokens(data.input, input_rate, cost, monotonic()) === 0) return true;
    gateway.close(data.session, "rate_abuse");
    return false;
  };
  return {
    maxPayloadLength: limits.frame_hard_bytes,
    backpressureLimit: bounds.socket_backpressure_bytes,
    closeOnBackpressureLimit: true,
    idleTimeout: bounds.socket_idle_s,
    sendPings: true,

    open(socket: Socket) {
      const { token, address } = socket.data as unknown as Upgraded;
      const session = ids.next();
      const own = `session:${session}` as const;
      const input = fullBucket(input_rate, monotonic());
      socket.data = { session, own, hears_own: false, address, input, people: new SmallSet(), topics: 0 };
      connections.opened(address);
      gateway.add(socket);
      actors.spawn(own, createSession(session));
      actors.tell(own, "opened", { token, address });
    },

    message(socket: Socket, frame: string | Buffer) {
      if (gateway.muted || !mayBring(socket, 1 + lengthCost(frame.length))) return;
      const text = typeof frame === "string" ? frame : null;
      const { session, own } = socket.data;
      if (!actors.tell(own, "frame", { frame: text })) gateway.close(session, "rate_abuse");
    },

    // Bun has answered it. As many may come as a session may ask for.
    ping(socket: Socket) {
      mayBring(socket, limits.socket_input_factor);
    },

    pong(socket: Socket) {
      mayBring(socket, limits.socket_input_factor);
    },

    drain(socket: Socket) {
      gateway.drained(socket.data.session);
      actors.tell(socket.data.own, "drained", null);
    },

    close(socket: Socket, code: number) {
      const { data } = socket;
      metrics.closed(isOfServer(code) ? code : "other");
      connections.closed(data.address);
      gateway.remove(data.session);
      slices.run(() => {
        gateway.forget(data);
        actors.tell(data.own, "closed", null);
      });
    },
  } satisfies WebSocketHandler<SocketData>;
}

/** Well above what the session may ask for and be refused, so that whoever asks too much hears of it first. */
function inputRate({ session_requests, session_refusals }: Pick<Rates, "session_requests" | "session_refusals">): Rate {
  const times = limits.socket_input_factor;
  return { burst: session_requests.burst * times + session_refusals.burst, per_s: session_requests.per_s * times };
}

/** A client may close with any code from 3000 to 4999; not each is to have a count of its own. */
function isOfServer(code: number): boolean {
  return code < CLIENT_CODES_FROM || Object.values(close_codes).some((known) => known.code === code);
}
