// How the nodes do: what is known of each, and what each counts.

import { success } from "../../protocol/outcome.ts";
import type { OperationHandlers } from "../catalogue.ts";
import type { OperatorServices } from "../services.ts";
import { timeOf } from "./accounts.ts";

export function clusterHandlers({ nodes }: OperatorServices): OperationHandlers<"cluster.status"> {
  return {
    async "cluster.status"() {
      const figures = await nodes.figures();
      const { nodes: standing, free_slots } = nodes.standing();
      const shown = standing.map(({ silent_ms, started_ms, ...known }) => ({
        ...{ ...known, lag_ms: silent_ms, started_date: timeOf(started_ms) },
        sessions: figures.get(known.number)?.sessions ?? null,
        loop_lag_p99_ms: figures.get(known.number)?.loop_lag_p99_ms ?? null,
      }));
      return success({ nodes: shown, free_slots });
    },
  };
}
