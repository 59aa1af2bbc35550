// What there is in all. Today is a day of UTC.

import { stat } from "node:fs/promises";
import type { NodeFigures } from "../../actors/nodes.ts";
import { databasePath } from "../../db/engine/database-path.ts";
import { firstIdAt } from "../../domain/ids.ts";
import { DAY_MS } from "../../domain/moments.ts";
import { success } from "../../protocol/outcome.ts";
import type { OperationHandlers } from "../catalogue.ts";
import type { OperatorServices } from "../services.ts";

export function statsHandlers(on: OperatorServices): OperationHandlers<"stats.show"> {
  return {
    async "stats.show"() {
      const today_ms = Math.floor(on.clock() / DAY_MS) * DAY_MS;
      const [{ users, messages_since, upload_bytes }, seen, open, database_bytes, figures] = await Promise.all([
        on.store.totals(firstIdAt(today_ms)),
        on.actors.request("presence", "count", null),
        on.actors.request("presence", "count_all_sessions", null),
        bytesOf(on.database_url),
        on.nodes.figures(),
      ]);
      const online = seen.ok ? seen.value.count : 0;
      const sessions = open.ok ? open.value.sessions : 0;
      const counted = { users, online, sessions, messages_today: messages_since, upload_bytes, database_bytes };
      return success({ stats: { ...counted, ...together([...figures.values()]) } });
    },
  };
}

/** What several processes count. */
function together(all: readonly NodeFigures[]) {
  const commits = all.reduce((sum, one) => sum + one.commits, 0);
  const commit_ms = all.reduce((sum, one) => sum + one.commits * (one.commit_mean_ms ?? 0), 0);
  const latest = (name: "loop_lag_p50_ms" | "loop_lag_p99_ms") =>
    all.reduce<number | null>((most, { [name]: lag }) => (lag === null ? most : Math.max(lag, most ?? 0)), null);
  return {
    ...{ nodes: all.length, commits, commit_mean_ms: commits === 0 ? null : commit_ms / commits },
    ...{ loop_lag_p50_ms: latest("loop_lag_p50_ms"), loop_lag_p99_ms: latest("loop_lag_p99_ms") },
  };
}

/** The database's file with its journal; null where it is on a server. */
async function bytesOf(url: string): Promise<number | null> {
  if (!url.startsWith("file:")) return null;
  const path = databasePath(url);
  const sizes = ["", "-wal"].map((end) =>
    stat(path + end).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
