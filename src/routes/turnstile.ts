// What every HTTP request passes first: its address pays for it, and has only so many begun in one turn of the event
// loop. One read of a connection may bring 20,000 of them, which Bun would handle in one go. A refusal closes the
// connection, and with a request under way Bun closes it at the next one: so what is pipelined behind either is dropped.

import { Elysia } from "elysia";
import type { Allowances } from "../actors/session/allowances.ts";
import { limits } from "../domain/limits.ts";
import { error_codes } from "../protocol/errors.ts";
import type { Failure } from "../protocol/outcome.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ClientKey } from "./client-address.ts";
import { answeredEarly } from "./cross-origin.ts";
import { failureResponse, pay } from "./http.ts";
import type { Origins } from "./origins.ts";

export interface TurnstileDependencies {
  allowances: Pick<Allowances, "ofHttp">;
  origins: Origins;
  metrics: Pick<Metrics, "httpAnswered">;
}

export interface Turnstile {
  /** Null where the request may pass at once, else when it may; or its refusal, whole and counted. */
  pass(request: Request, address: string): Response | Promise<void> | null;
}

export function createTurnstile({ allowances, origins, metrics }: TurnstileDependencies): Turnstile {
  const turnOf = createTurns(limits.http_requests_a_turn);
  return {
    pass(request, address) {
      const paid = pay(allowances.ofHttp(address), 1);
      const refused = paid.ok ? refusalOf(request) : paid.error;
      if (!refused) return turnOf(address);
      // What ends here is not counted with the answers of the routes.
      metrics.httpAnswered(error_codes[refused.code].http_status);
      return answeredEarly(failureResponse(refused), origins, request);
    },
  };
}

/** Before all routes of Elysia's. */
export function atTurnstile(turnstile: Turnstile, clientKey: ClientKey) {
  return new Elysia({ name: "turnstile" }).onRequest(async ({ request, server }) => {
    const passed = turnstile.pass(request, clientKey({ request, server }));
    if (passed instanceof Response) return passed;
    await passed;
    return;
  });
}

/** HTTP/1.0 may leave the host out, or name what is none: no route can tell the path of that. */
function refusalOf({ url }: Request): Failure | null {
  return URL.canParse(url) ? null : { code: "bad_request", message: "The request names no host." };
}

/** Null while the key had fewer than `most` in this turn of the event loop; then the next turn. */
export function createTurns(most: number): (key: string) => Promise<void> | null {
  let begun = new Map<string, number>();
  let next: Promise<void> | null = null;
  const endTurn = () => {
    begun = new Map();
    next = null;
  };
  return (key) => {
    next ??= new Promise<void>((resolve) => setImmediate(resolve)).then(endTurn);
    const count = begun.get(key) ?? 0;
    begun.set(key, count + 1);
    return count < most ? null : next;
  };
}
