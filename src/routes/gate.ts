// What decides, before anything is made for a socket, whether it may be opened now.

import { throttlesOf } from "../accounts/throttle.ts";
import type { Bounds, Rates } from "../domain/limits.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type ClientKey, createClientKey, type Network } from "./client-address.ts";
import { type Connections, createConnections } from "./connections.ts";

export interface Gate {
  connections: Connections;
  clientKey: ClientKey;
}

export interface GateSettings {
  rate_limits: boolean;
  rates: Rates;
  bounds: Pick<Bounds, "connections_per_address">;
  trusted_proxies: Network[];
}

export function createGate(settings: GateSettings, clock: () => number, metrics: Metrics): Gate {
  const { rate_limits, bounds, trusted_proxies } = settings;
  const pace = throttlesOf(settings, clock, metrics.rateLimited)("connects_per_address", "connect");
  const per_address = rate_limits ? bounds.connections_per_address : Infinity;
  return { connections: createConnections(per_address, pace), clientKey: createClientKey(trusted_proxies) };
}
