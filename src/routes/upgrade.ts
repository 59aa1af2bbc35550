// `GET /subscribe`: who gets a socket, and what is kept of their request. Upgrades come by the thousand at once, and
// Elysia's way to a route costs more than all else of one: so Bun's own router brings them here, and Elysia only what is
// no upgrade, or names the path in another way. It makes nothing for a socket and knows nothing of what is said on it.

import type { Server } from "bun";
import { type Context, Elysia } from "elysia";
import { pathOf } from "../protocol/call.ts";
import { error_codes } from "../protocol/errors.ts";
import { type Failure, failure } from "../protocol/outcome.ts";
import { socket_calls } from "../protocol/socket.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ClientKey } from "./client-address.ts";
import type { Connections } from "./connections.ts";
import { answeredEarly } from "./cross-origin.ts";
import { bearerToken, failureResponse } from "./http.ts";
import type { Origins } from "./origins.ts";
import { readOffer } from "./subprotocol.ts";
import type { Turnstile } from "./turnstile.ts";

export interface UpgradeDependencies {
  origins: Origins;
  turnstile: Turnstile;
  clientKey: ClientKey;
  connections: Pick<Connections, "refusal">;
  metrics: Pick<Metrics, "socketRefused" | "httpAnswered">;
}

/** What the upgrade leaves on a socket until it opens: all that is wanted of the request. */
export interface Upgraded {
  token: string;
  address: string;
}

/** What Bun can make a socket of a request with. */
type Upgrader = Pick<Server<unknown>, "upgrade">;

type Answer = Response | undefined;
type Handler = (request: Request, server: Server<unknown>) => Answer | Promise<Answer>;

/** By path, as Bun's router takes them; `elsewhere` answers what is no upgrade. */
export function upgradeRoutes(on: UpgradeDependencies, elsewhere: Handler) {
  const upgrade = (request: Request, server: Upgrader, address: string): Answer => {
    const refused = refusalOf(on, request, server, address);
    on.metrics.httpAnswered(refused ? error_codes[refused.code].http_status : UPGRADED);
    return refused ? answeredEarly(failureResponse(refused), on.origins, request) : undefined;
  };
  const GET: Handler = (request, server) => {
    if (!isUpgrade(request)) return elsewhere(request, server);
    const address = on.clientKey({ request, server });
    const passed = on.turnstile.pass(request, address);
    if (passed instanceof Promise) return passed.then(() => upgrade(request, server, address));
    return passed ?? upgrade(request, server, address);
  };
  return Object.fromEntries(Object.values(socket_calls).map((call) => [pathOf(call), { GET }]));
}

/** Such as with a slash at the end. */
export function upgradesByElysia(on: UpgradeDependencies) {
  const upgrade = ({ request, server }: Context): Answer => {
    if (!isUpgrade(request)) return failureResponse({ code: "unknown_type", message: "There is no such call." });
    const refused = refusalOf(on, request, server, on.clientKey({ request, server }));
    return refused ? failureResponse(refused) : undefined;
  };
  const app = new Elysia({ name: "socket" });
  for (const call of Object.values(socket_calls)) app.get(pathOf(call), upgrade);
  return app;
}

/** Why the request gets no socket; null where it has one from now on. */
function refusalOf(
  { origins, connections, metrics }: UpgradeDependencies,
  request: Request,
  server: Upgrader | null,
  address: string,
): Failure | null {
  const refused = origins.refusal(request) ?? faultOf(request) ?? connections.refusal(address);
  if (refused) {
    metrics.socketRefused(refused.code);
    return refused;
  }
  const { headers, url } = request;
  const offer = readOffer(headers.get(OFFER_HEADER));
  // The first of those that it may bring: in the header, which no page can set, as a subprotocol, in the address.
  const token = bearerToken(headers.get("authorization")) ?? offer.token ?? tokenIn(url);
  const data: Upgraded = { token, address };
  const answered = offer.answer === null ? undefined : { [OFFER_HEADER]: offer.answer };
  const upgraded = server?.upgrade(request, { data, ...(answered && { headers: answered }) });
  return upgraded ? null : no_handshake("The connection can't be upgraded.");
}

function isUpgrade({ method, headers }: Request): boolean {
  return method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** What Bun would refuse as well, but without our headers and in no JSON. */
function faultOf({ headers }: Request): Failure | null {
  if (headers.get("sec-websocket-version") !== "13") return no_handshake("Sec-WebSocket-Version must be 13.");
  return HANDSHAKE_KEY.test(headers.get("sec-websocket-key") ?? "")
    ? null
    : no_handshake("Sec-WebSocket-Key is wanted.");
}

/** Of several in the address, the last. */
function tokenIn(url: string): string {
  const begin = url.indexOf("?");
  return begin === -1 ? "" : (new URLSearchParams(url.slice(begin)).getAll("auth").at(-1) ?? "");
}

const no_handshake = (message: string): Failure => failure("bad_request", message).error;
/** 16 bytes in Base64. */
const HANDSHAKE_KEY = /^[A-Za-z0-9+/]{22}==$/;

const OFFER_HEADER = "sec-websocket-protocol";
const UPGRADED = 101;
