// What the operations on servers do. What changes one is done by its room, which stores the entry with it.

import type { Statement } from "../../db/engine/driver.ts";
import type { ServerOverview } from "../../db/queries/server-overview.ts";
import { type Outcome, success } from "../../protocol/outcome.ts";
import { audited, type Done } from "../audit.ts";
import type { OperationHandlers } from "../catalogue.ts";
import { amongAdmins, missing } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";
import { timeOf } from "./accounts.ts";

type ServerOperation = "server.list" | "server.show" | "server.transfer" | "server.delete";

const DEFAULT_AMOUNT = 50;

export function serverHandlers(on: OperatorServices): OperationHandlers<ServerOperation> {
  const { rooms } = on.store;
  return {
    async "server.list"({ amount = DEFAULT_AMOUNT, anchor = 0 }) {
      const ids = await rooms.idsAfter(anchor, amount + 1);
      const found: ServerOverview[] = [];
      for (const id of ids.slice(0, amount)) {
        const one = await rooms.overview(id);
        if (one) found.push(one);
      }
      return success({ servers: found.map(shown), has_more: ids.length > amount });
    },

    async "server.show"({ server_id }) {
      const found = await rooms.overview(server_id);
      return found ? success({ server: shown(found) }) : missing("server", server_id);
    },

    async "server.transfer"({ server_id, user_id }, by) {
      const also = await storedWith(on, server_id, { type: "server.transfer", by, user_id });
      if (!also.ok) return also;
      const given = await on.actors.request(`room:${server_id}`, "hand_over", { user_id, also: also.value });
      if (!given.ok) return given;
      on.actors.tell("presence", "catch_up", { user_ids: [user_id] });
      return success({});
    },

    async "server.delete"({ server_id }, by) {
      const also = await storedWith(on, server_id, { type: "server.delete", by });
      if (!also.ok) return also;
      const removed = await on.actors.request(`room:${server_id}`, "remove", { also: also.value });
      return removed.ok ? success({}) : removed;
    },
  };
}

/**
 * What is stored with the change that the server's room makes. Refused where the server is another administrator's, now or
 * when it is stored.
 */
async function storedWith(on: OperatorServices, server_id: number, done: Done): Promise<Outcome<readonly Statement[]>> {
  const { rooms, people, operations } = on.store;
  const { by } = done;
  const owner_id = await rooms.ownerOf(server_id);
  if (owner_id === null) return missing("server", server_id);
  const nothing = { job: [], stored: () => null, find: async () => null };
  const entry = audited(on, { ...done, details: { server_id } }, nothing).job;
  if (by.door === "command_line") return success(entry);
  const owner = owner_id === by.id ? null : await people.byId(owner_id);
  if (owner && owner.admin_since !== null) return amongAdmins();
  const right = operations.mayAct({ actor_id: by.id, login: by.login, now: on.clock(), user_id: owner_id });
  return success([right, ...entry]);
}

function shown({ created_at, locked_at, owner_name, ...of }: ServerOverview) {
  const locked_date = locked_at === null ? null : timeOf(locked_at);
  return { ...of, owner: owner_name, created_date: timeOf(created_at), locked_date };
}
