// What the operations on servers do. What changes one is done by its room, which stores the entry with it.

import type { Statement } from "../../db/engine/driver.ts";
import type { ServerOverview } from "../../db/queries/server-overview.ts";
import { notFound, success } from "../../protocol/outcome.ts";
import { audited, type Done } from "../audit.ts";
import type { OperationHandlers } from "../catalogue.ts";
import type { OperatorServices } from "../services.ts";
import { timeOf } from "./accounts.ts";

type ServerOperation = "server.list" | "server.show" | "server.transfer" | "server.delete";

const DEFAULT_AMOUNT = 50;

export function serverHandlers(on: OperatorServices): OperationHandlers<ServerOperation> {
  const { rooms } = on.store;
  return {
    async "server.list"({ amount = DEFAULT_AMOUNT, anchor = 0 }) {
      const found = await rooms.overviews(anchor, amount + 1);
      return success({ servers: found.slice(0, amount).map(shown), has_more: found.length > amount });
    },

    async "server.show"({ server_id }) {
      const found = await rooms.overview(server_id);
      return found ? success({ server: shown(found) }) : notFound();
    },

    async "server.transfer"({ server_id, user_id }, by) {
      const also = entryOf(on, { type: "server.transfer", by, user_id, details: { server_id } });
      const given = await on.actors.request(`room:${server_id}`, "hand_over", { user_id, also });
      return given.ok ? success({}) : given;
    },

    async "server.delete"({ server_id }, by) {
      const also = entryOf(on, { type: "server.delete", by, user_id: null, details: { server_id } });
      const removed = await on.actors.request(`room:${server_id}`, "remove", { also });
      return removed.ok ? success({}) : removed;
    },
  };
}

/** What is stored with a change that another makes. */
function entryOf(on: OperatorServices, done: Done): readonly Statement[] {
  return audited(on, done, { job: [], stored: () => null, find: async () => null }).job;
}

function shown({ created_at, locked_at, owner_name, ...of }: ServerOverview) {
  const locked_date = locked_at === null ? null : timeOf(locked_at);
  return { ...of, owner: owner_name, created_date: timeOf(created_at), locked_date };
}
