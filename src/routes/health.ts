// What operators and probes ask: whether it lives, whether it is ready, what it counts. No accounts, no secrets.

import { Elysia } from "elysia";
import type { Metrics } from "../telemetry/metrics.ts";
import { failureResponse, jsonResponse } from "./http.ts";

export interface HealthDependencies {
  version: string;
  metrics: Metrics;
  /** Whether requests can be served: the database answers and the server isn't stopping. */
  isReady(): Promise<boolean>;
}

export function healthRoutes({ version, metrics, isReady }: HealthDependencies) {
  return new Elysia({ name: "health" })
    .get("/", () => jsonResponse(200, { success: true, name: "orchard", version }))
    .get("/healthz", () => jsonResponse(200, { success: true }))
    .get("/readyz", async () =>
      (await isReady())
        ? jsonResponse(200, { success: true })
        : failureResponse({ code: "unavailable", message: "The server is not ready." }),
    )
    .get("/metrics", async () => {
      const headers = { "content-type": metrics.contentType };
      return new Response(await metrics.text(), { headers });
    });
}
