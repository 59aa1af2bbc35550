// What follows from a program's options: an option that is there but undefined is none.

import { type Address, addressOf } from "./address.ts";
import type { ClientOptions } from "./options.ts";
import {
  type Clock,
  default_bounds,
  default_times,
  type KeptBounds,
  type SocketConstructor,
  system_clock,
  type Times,
} from "./surroundings.ts";

export interface Settings {
  address: Address;
  times: Times;
  bounds: KeptBounds;
  clock: Clock;
  random: () => number;
  WebSocket: SocketConstructor;
}

/** Throws a `RequestError`, `bad_request`, where `url` is no address. */
export function settingsOf(options: ClientOptions): Settings {
  const { url, WebSocket = globalThis.WebSocket as unknown as SocketConstructor } = options;
  if (!WebSocket) throw new Error("This runtime has no WebSocket: hand one in as an option.");
  return {
    address: addressOf(url),
    times: definedOf<Times>({ ...options, spread_ms: options.spread_ms ?? options.backoff_first_ms }, default_times),
    bounds: definedOf<KeptBounds>(options, default_bounds),
    clock: options.clock ?? system_clock,
    random: options.random ?? Math.random,
    WebSocket,
  };
}

function definedOf<Values extends object>(
  options: { [Name in keyof Values]?: Values[Name] | undefined },
  defaults: Values,
): Values {
  const names = Object.keys(defaults) as (keyof Values)[];
  const defined = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return { ...defaults, ...Object.fromEntries(defined) };
}
