// What operators and probes ask: whether it lives, whether it is ready, what it counts. No accounts, no secrets.

import { Elysia } from "elysia";
import type { Allowances } from "../actors/session/allowances.ts";
import { health_calls } from "../protocol/health.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ClientKey } from "./client-address.ts";
import { failureResponse, jsonResponse, pay } from "./http.ts";

export interface HealthDependencies {
  version: string;
  metrics: Metrics;
  allowances: Pick<Allowances, "ofHttp">;
  clientKey: ClientKey;
  /** What this server is called, and its picture; null where neither is set. */
  instance(): { name: string; icon: string } | null;
  /** Whether who forgot the password can be sent a link. */
  sends_mail: boolean;
  /** Why requests can't be served now, as half a sentence; null where they can. */
  whyUnready(): Promise<string | null>;
}

/** What a look at the metrics takes, in requests that take little, beside its own. */
const METRICS_COST = 15;

const instanceIn = (instance: { name: string; icon: string } | null) => instance && { instance };
const alive = () => jsonResponse(200, { success: true });

export function healthRoutes(on: HealthDependencies) {
  const { version, metrics, allowances, clientKey, whyUnready, instance, sends_mail } = on;
  return new Elysia({ name: "health" })
    .get(health_calls.name.path, () =>
      jsonResponse(200, { success: true, name: "orchard", version, sends_mail, ...instanceIn(instance()) }),
    )
    .get(health_calls.livez.path, alive)
    .get(health_calls.healthz.path, alive)
    .get(health_calls.readyz.path, async () => {
      const why = await whyUnready();
      if (why === null) return jsonResponse(200, { success: true });
      return failureResponse({ code: "unavailable", message: `The server is not ready: ${why}.` });
    })
    .get(health_calls.metrics.path, async ({ request, server }) => {
      const address = clientKey({ request, server });
      const paid = pay(allowances.ofHttp(address), METRICS_COST);
      if (!paid.ok) return failureResponse(paid.error);
      const headers = { "content-type": metrics.contentType };
      return new Response(await metrics.text(), { headers });
    });
}
