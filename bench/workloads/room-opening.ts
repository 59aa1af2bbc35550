// A server that nobody has spoken to since the start is asked for its channels: how long for one of ten members, how
// long for one of a hundred thousand.

import { makeFolder, startOrchard } from "../process.ts";
import { authQueries, seeder, serverId } from "../seed.ts";
import { LoadSocket } from "../socket.ts";
import { median } from "../stats.ts";
import { watch } from "../watch.ts";
import { lag_target, type Workload } from "../workload.ts";

const SMALL = 10;
const sizes = {
  full: { servers: 10, large: 100_000 },
  quick: { servers: 5, large: 20_000 },
  tiny: { servers: 2, large: 100 },
} as const;

export const roomOpening: Workload = {
  name: "room-opening",
  title: "a room opens: of 10 members and of 100,000",
  sides: ["orchard"],
  targets: [{ figure: "growth", at_most: 1.5 }, lag_target],
  async run(run) {
    const { servers, large } = sizes[run.scale];
    const folder = await makeFolder();
    const seed = await seeder(folder);
    seed.users(large);
    seed.servers(servers * 2 + 1);
    // The odd ones are small. The first warms the way up.
    const size = `CASE WHEN s.i % 2 = 1 THEN ${SMALL} ELSE ${large} END`;
    seed.members(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${large}) SELECT s.i AS server,
      u.i AS user FROM n AS s, n AS u WHERE s.i <= ${servers * 2 + 1} AND u.i <= ${size}`);
    seed.close();
    const subject = await startOrchard(folder, run.start);
    const [query] = (await authQueries(1)) as [string];
    const socket = await LoadSocket.open(subject.origin, query);
    try {
      const stop = await watch(subject);
      await opening(socket, 1);
      const times_ms: { small: number[]; large: number[] } = { small: [], large: [] };
      for (let server = 2; server <= servers * 2 + 1; server += 1) {
        times_ms[server % 2 === 1 ? "small" : "large"].push(await opening(socket, server));
      }
      const [small_ms, large_ms] = [median(times_ms.small), median(times_ms.large)];
      const { loop_lag_p99_ms } = await stop();
      return { small_ms, large_ms, growth: large_ms / small_ms, rooms: servers * 2 + 1, loop_lag_p99_ms };
    } finally {
      socket.drop();
      await subject.end();
    }
  },
};

async function opening(socket: LoadSocket, server: number): Promise<number> {
  const started_ms = performance.now();
  await socket.demand("get_server_channels", { server_id: serverId(server) });
  return performance.now() - started_ms;
}
