// What decides, before anything is made for a socket, whether it may be opened now.

import type { Throttles } from "../accounts/throttle.ts";
import type { ToldSockets } from "../actors/told-sockets.ts";
import type { Bounds } from "../domain/limits.ts";
import { type ClientKey, createClientKey, type Network } from "./client-address.ts";
import { type Connections, createConnections } from "./connections.ts";

export interface Gate {
  connections: Connections;
  clientKey: ClientKey;
}

export interface GateSettings {
  rate_limits: boolean;
  bounds: Pick<Bounds, "connections_per_address">;
  trusted_proxies: Network[];
}

export interface GateServices {
  throttleOf: Throttles;
  told_sockets: Pick<ToldSockets, "elsewhere">;
}

export function createGate(settings: GateSettings, { throttleOf, told_sockets }: GateServices): Gate {
  const { rate_limits, bounds, trusted_proxies } = settings;
  const pace = throttleOf("connects_per_address", "connect");
  const per_address = rate_limits ? bounds.connections_per_address : Infinity;
  const connections = createConnections(per_address, pace, told_sockets.elsewhere);
  return { connections, clientKey: createClientKey(trusted_proxies) };
}
