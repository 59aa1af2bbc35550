// What the operations on servers do. What changes one is done by its room, which stores the entry with it.

import type { Statement } from "../../db/engine/driver.ts";
import type { ServerOverview } from "../../db/queries/server-overview.ts";
import { type Outcome, success } from "../../protocol/outcome.ts";
import { audited, type Done } from "../audit.ts";
import type { OperationHandlers } from "../catalogue.ts";
import type { Operator } from "../operation.ts";
import { amongAdmins, isAnotherAdmins, missing } from "../refusals.ts";
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
      const owner = await ownerFor(on, server_id, by);
      if (!owner.ok) return owner;
      const [owner_id, of] = [owner.value, { type: "server.transfer", by } as const];
      const given = { ...of, user_id, details: { server_id, before: owner_id } };
      const taken = { ...of, user_id: owner_id, details: { server_id, value: user_id } };
      const also = entries(on, owner_id === null || owner_id === user_id ? [given] : [given, taken]);
      const answer = await on.actors.request(`room:${server_id}`, "hand_over", { user_id, also });
      return told(on, answer, [user_id, owner_id]);
    },

    async "server.delete"({ server_id }, by) {
      const owner = await ownerFor(on, server_id, by);
      if (!owner.ok) return owner;
      const also = entries(on, [{ type: "server.delete", by, user_id: owner.value, details: { server_id } }]);
      return told(on, await on.actors.request(`room:${server_id}`, "remove", { also }), [owner.value]);
    },
  };
}

/** Whose the server is, null where their account has ended; refused where that is another administrator. */
async function ownerFor(on: OperatorServices, server_id: number, by: Operator): Promise<Outcome<number | null>> {
  const { rooms, people } = on.store;
  const owner_id = await rooms.ownerOf(server_id);
  if (owner_id === null) return missing("server", server_id);
  const owner = await people.byId(owner_id);
  if (owner && by.door === "http" && (await isAnotherAdmins(on.store, owner, by.id))) return amongAdmins();
  return success(owner?.id ?? null);
}

/** What is stored with the change that the server's room makes: an entry for each whom it concerns, and who acts may. */
function entries(on: OperatorServices, done: readonly Done[]): readonly Statement[] {
  return done.flatMap((one) => audited(on, one, { job: [], stored: () => null, find: async () => null }).job);
}

/** The answer, once those whom it concerns are told. */
function told(on: OperatorServices, answer: Outcome<unknown>, concerned: readonly (number | null)[]) {
  if (!answer.ok) return answer;
  on.actors.tell("presence", "catch_up", { user_ids: concerned.filter((id) => id !== null) });
  return success({});
}

function shown({ created_at, locked_at, owner_name, ...of }: ServerOverview) {
  const locked_date = locked_at === null ? null : timeOf(locked_at);
  return { ...of, owner: owner_name, created_date: timeOf(created_at), locked_date };
}
