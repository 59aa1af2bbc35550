// What browsers are told of other origins' pages, and what is refused of these before it is looked at.

import { cors } from "@elysiajs/cors";
import { Elysia } from "elysia";
import { error_codes } from "../protocol/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { failureResponse, security_headers } from "./http.ts";
import type { Origins } from "./origins.ts";

/** How long a browser may remember what a preflight said. */
const PREFLIGHT_AGE_S = 24 * 60 * 60;
/** What a page may read of an answer's headers beside those that it always may. */
const EXPOSED = ["Retry-After", "ETag", "Content-Disposition", "Content-Range", "WWW-Authenticate"];

/** Tells browsers which pages may read what is answered, and which of its headers. */
export function crossOrigin(origins: Origins) {
  return cors({
    origin: origins.anybody || ((request: Request) => origins.admits(request.headers.get("origin") ?? "")),
    exposeHeaders: EXPOSED,
    ...{ credentials: false, maxAge: PREFLIGHT_AGE_S },
  });
}

/** The answer with the headers that each has, where it is given before, or past, all that puts them there. */
export function answeredEarly(response: Response, origins: Origins, request: Request): Response {
  const headers = { ...security_headers, ...readableBy(origins, request) };
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

function readableBy(origins: Origins, { headers }: Request): Record<string, string> {
  const origin = headers.get("origin") ?? "";
  const may_read = origins.anybody || origins.admits(origin);
  const vary = origins.anybody ? "*" : "Origin";
  return { vary, ...(may_read && { "access-control-allow-origin": origin || "*" }) };
}

/** Refuses what a page asks that may not, before it has any effect; what only reads, the browser keeps from it. */
export function refuseForeignPages(origins: Origins, metrics: Metrics) {
  return new Elysia({ name: "origins" }).onRequest(({ request }) => {
    if (["GET", "HEAD", "OPTIONS"].includes(request.method)) return;
    const refused = origins.refusal(request);
    if (!refused) return;
    // What ends here is not counted with the answers of the routes.
    metrics.httpAnswered(error_codes[refused.code].http_status);
    return failureResponse(refused);
  });
}
