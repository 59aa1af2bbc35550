// How many sockets each address has open and how fast it opens them. It knows only addresses that have a socket, or
// opened one lately, and refuses before anything is made for a socket.

import type { Throttle } from "../accounts/throttle.ts";
import { type Failure, failure } from "../protocol/outcome.ts";

export interface Connections {
  /** Why the address may open no further socket now; null when it may. Takes nothing. */
  refusal(address: string): Failure | null;
  opened(address: string): void;
  closed(address: string): void;
  /** Addresses that have a socket. */
  readonly addresses: number;
}

/** `per_address` open at once, and new ones as fast as `pace` lets them. */
export function createConnections(per_address: number, pace: Throttle): Connections {
  const open = new Map<string, number>();
  return {
    refusal(address) {
      if ((open.get(address) ?? 0) >= per_address) {
        return failure("limit_reached", "This address has too many open sockets.", { limit: "connections_per_address" })
          .error;
      }
      const retry_after_ms = pace.wait(address);
      if (retry_after_ms === 0) return null;
      return failure("rate_limited", "This address opens sockets too fast.", { retry_after_ms }).error;
    },
    opened(address) {
      pace.take(address);
      open.set(address, (open.get(address) ?? 0) + 1);
    },
    closed(address) {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    },
    get addresses() {
      return open.size;
    },
  };
}
