// How much each user and each address may ask for: their buckets, and what other nodes tell of what is had there.

import { type Allowances, createAllowances, unlimited } from "../actors/session/allowances.ts";
import { createToldSockets, type ToldSockets } from "../actors/told-sockets.ts";
import type { Rates } from "../domain/limits.ts";
import { createSharedRates, type SharedRates, type Spent } from "../domain/shared-rates.ts";
import type { RateScope } from "../telemetry/metrics.ts";
import { type Throttles, throttlesOf } from "./throttle.ts";

export interface Limiting {
  throttleOf: Throttles;
  allowances: Allowances;
  shared_rates: SharedRates;
  told_sockets: ToldSockets;
}

export interface LimitingServices {
  /** Milliseconds, never going back. */
  clock(): number;
  onRefused(scope: RateScope): void;
  /** Tells all other nodes; null where there are none. */
  tell: ((spent: Spent) => void) | null;
}

/** Where rates aren't limited, everything is let through. */
export function openLimiting(
  settings: { rate_limits: boolean; rates: Rates },
  { clock, onRefused, tell }: LimitingServices,
): Limiting {
  const shared_rates = createSharedRates(tell ?? (() => {}));
  const among = tell && shared_rates;
  const { rate_limits, rates } = settings;
  return {
    throttleOf: throttlesOf(settings, clock, onRefused, among),
    allowances: rate_limits ? createAllowances(rates, clock, onRefused, among) : unlimited,
    shared_rates,
    told_sockets: createToldSockets(clock),
  };
}
