// How many requests a process sends a database server at once, groups of writes aside, and how many of them may be reads
// that take long. A server takes only so many from all together, and a renewal of a lease must not wait behind them: so
// nodes share a bound, each by how many they are. Must not count what is sent for leases.

import pLimit from "p-limit";
import { limits } from "../../domain/limits.ts";
import type { Lane } from "./lanes.ts";

type Work<Value> = () => Promise<Value>;

export class RequestsAtOnce {
  readonly #all = pLimit(limits.remote_database_requests);
  /** One is left to quick reads, whatever the rest do. */
  readonly #long = pLimit(limits.remote_database_requests - 1);
  readonly #lanes = {
    "catching-up": pLimit(limits.remote_database_lane_reads),
    search: pLimit(limits.remote_database_lane_reads),
  };

  get at_most(): number {
    return this.#all.concurrency;
  }

  /** So many processes send from now on; what is under way beyond that ends first. */
  share(processes: number): void {
    const requests = requestsOfEach(processes);
    if (requests === this.at_most) return;
    this.#all.concurrency = requests;
    this.#long.concurrency = requests - 1;
    for (const lane of Object.values(this.#lanes)) lane.concurrency = laneReadsOf(requests);
  }

  request<Value>(send: Work<Value>): Promise<Value> {
    return this.#all(send);
  }

  /** A read of that lane, before its request has its turn. */
  read<Value>(lane: Lane, read: Work<Value>): Promise<Value> {
    return lane === "quick" ? read() : this.#lanes[lane](() => this.#long(read));
  }
}

function requestsOfEach(processes: number): number {
  const { remote_database_requests: most, remote_database_requests_of_all: all } = limits;
  return Math.min(most, Math.max(limits.remote_database_least_requests, Math.floor(all / processes)));
}

/** Both lanes together have two thirds at most. */
function laneReadsOf(requests: number): number {
  return Math.min(limits.remote_database_lane_reads, Math.max(1, Math.floor(requests / 3)));
}
