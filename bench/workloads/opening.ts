// Sockets by the thousand, of people who have loaded nothing: what it costs to open one, until its client is told that
// the server is ready for it.

import { openStrangers } from "../crowd.ts";
import { type LoadSocket, openAll } from "../socket.ts";
import { watch } from "../watch.ts";
import { lag_target, type Workload } from "../workload.ts";

const sizes = {
  full: { warm_up: 2_000, sockets: 5_000 },
  quick: { warm_up: 500, sockets: 1_500 },
  tiny: { warm_up: 5, sockets: 20 },
} as const;
/** Handshakes under way. */
const HANDSHAKES = 64;

export const opening: Workload = {
  name: "opening",
  title: "opening: 5,000 sockets, 64 at a time, each until it is ready",
  sides: ["bare", "orchard"],
  beside: true,
  targets: [
    { figure: "cpu_per_socket_us", at_most_times_bare: 3 },
    { figure: "sockets_per_s", at_least: 5_000 },
    lag_target,
  ],
  async run(run) {
    const { warm_up, sockets } = sizes[run.scale];
    const { subject, queries } = await openStrangers(run, warm_up + sockets);
    const opened: LoadSocket[] = [];
    try {
      opened.push(...(await openAll(subject.origin, queries.slice(0, warm_up), HANDSHAKES)));
      const stop = await watch(subject);
      opened.push(...(await openAll(subject.origin, queries.slice(warm_up), HANDSHAKES)));
      const { wall_ms, server_cpu_ms, ...shares } = await stop();
      return {
        cpu_per_socket_us: (server_cpu_ms * 1000) / sockets,
        sockets_per_s: (sockets / wall_ms) * 1000,
        sockets: opened.filter(({ closed, events }) => !closed && events > 0).length - warm_up,
        ...shares,
      };
    } finally {
      for (const socket of opened) socket.drop();
      await subject.end();
    }
  },
};
