// What the HTTP routes share: who a token belongs to, failures as answers, and headers that every answer has.

import { Elysia } from "elysia";
import { type SignedIn, signedOut } from "../accounts/accounts.ts";
import type { FaultBoundary } from "../actors/kernel/actor.ts";
import { type Allowance, tooMuch } from "../actors/session/allowances.ts";
import type { Authenticator } from "../actors/session/authenticator.ts";
import { error_codes } from "../protocol/errors.ts";
import { type Failure, type Outcome, success } from "../protocol/outcome.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** What Elysia hands to whoever wants to know who asks. */
export interface Asking {
  request: Request;
  server: { requestIP(request: Request): { address: string } | null } | null;
}

/** Takes the tokens that a call costs; `rate_limited` when they aren't there. */
export function pay(allowance: Allowance, cost: number): Outcome<null> {
  const retry_after_ms = allowance.take(cost);
  return retry_after_ms === 0 ? success(null) : tooMuch(retry_after_ms);
}

/** The token of an `Authorization: Bearer` header, or null. */
export function bearerToken(header: string | null): string | null {
  return header?.match(/^Bearer +(\S+) *$/i)?.[1] ?? null;
}

/** Whose token the request, which comes from `address`, carries now; `unauthorized` when it carries no good one. */
export async function signedIn(
  authenticator: Authenticator,
  request: Request,
  address: string,
): Promise<Outcome<SignedIn>> {
  const token = bearerToken(request.headers.get("authorization"));
  const claims = token === null ? null : await authenticator.claims(token);
  const account = claims && (await authenticator.account(claims));
  return claims && account
    ? success({ account, claims, address, agent: request.headers.get("user-agent") })
    : signedOut();
}

export function jsonResponse(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

/** A failure with the status of its code. */
export function failureResponse({ code, message, details }: Failure): Response {
  const { http_status } = error_codes[code];
  const response = jsonResponse(http_status, { success: false, code, message, ...(details && { details }) });
  if (code === "unauthorized") response.headers.set("www-authenticate", "Bearer");
  // Whoever goes on regardless has to connect anew, and what is pipelined behind is not looked at.
  if (code === "rate_limited") response.headers.set("connection", "close");
  if (details?.retry_after_ms !== undefined) {
    response.headers.set("retry-after", String(Math.ceil(details.retry_after_ms / 1000)));
  }
  return response;
}

/**
 * On every answer but an upgrade, which is none: browsers are to take it for what it is, embed it nowhere and tell nobody
 * where they came from.
 */
export const security_headers: Record<string, string> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "cross-origin",
};

/** Gives every answer the security headers and counts it. */
export function answerHeaders(metrics: Metrics) {
  return new Elysia({ name: "headers" })
    .onRequest(({ set }) => void Object.assign(set.headers, security_headers))
    .onError({ as: "global" }, ({ code }) => {
      // No route, no end of one: Elysia doesn't call what follows for these.
      if (code === "NOT_FOUND") metrics.httpAnswered(error_codes.unknown_type.http_status);
    })
    .onAfterResponse({ as: "global" }, ({ response, set }) => {
      metrics.httpAnswered(response instanceof Response ? response.status : Number(set.status ?? 200));
    });
}

/** Answers what no route does, and what a route throws. */
export function answerErrors(onFault: FaultBoundary) {
  return new Elysia({ name: "errors" }).onError({ as: "global" }, ({ code, error, request }) => {
    if (code === "NOT_FOUND") return failureResponse({ code: "unknown_type", message: "There is no such call." });
    if (code === "PARSE") return failureResponse({ code: "bad_request", message: "The body is malformed." });
    const where = { address: "http", call: `${request.method} ${shownPath(new URL(request.url))}` };
    return failureResponse(onFault(error, where));
  });
}

/** A path as the log may show it: without what in an address is a secret. */
export function shownPath({ pathname }: URL): string {
  return pathname.replace(/\/(webhooks|uploads)\/([^/]*)\/[^/]*/, "/$1/$2/…").replace(/\/(invites?)\/[^/]+/, "/$1/…");
}
