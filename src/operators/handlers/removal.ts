// What the operations do by which an account goes, or is taken along. A deletion is noted, with its entry, before anything
// of it is done, and goes on by itself from then on.

import { lastAdmin } from "../../accounts/removal.ts";
import { failure, success } from "../../protocol/outcome.ts";
import { carryOut } from "../audit.ts";
import type { OperationHandlers } from "../catalogue.ts";
import { missing } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";

export function removalHandlers(on: OperatorServices): OperationHandlers<"user.delete" | "user.export"> {
  const { users, people, standing } = on.store;
  return {
    async "user.delete"({ user_id, messages = false }, by) {
      if (!(await people.byId(user_id))) return missing("user", user_id);
      const noted = await carryOut(
        on,
        { type: "user.delete", by, user_id, details: { messages } },
        {
          write() {
            const begun = users.beginRemoval({ user_id, messages, created_at: on.clock() });
            return by.door === "http" ? standing.leavingAnAdmin(user_id, on.clock(), begun) : begun;
          },
          answer: () => success({}),
        },
        async () => (by.door === "http" && (await standing.isLastAdmin(user_id, on.clock())) ? lastAdmin() : null),
      );
      if (!noted.ok) return noted;
      const has_ended = await on.removals.end(user_id);
      on.actors.tell("upkeep", "noted", { work: "removals" });
      return has_ended ? success({}) : failure("unavailable", "It has begun, and goes on as soon as it can.");
    },

    async "user.export"({ user_id }, by) {
      // Of an account that ends meanwhile there would be a part alone.
      const isAllowed = async () => (await users.byId(user_id)) !== null;
      const opened = await on.exports.open({ user_id, who: null, isAllowed });
      if (!opened.ok) return opened;
      const { zip } = opened.value;
      const done = { type: "user.export", by, user_id } as const;
      const noted = await carryOut(on, done, { write: () => nothing, answer: () => success({ file: zip }) });
      if (!noted.ok) await zip.cancel();
      return noted;
    },
  };
}

/** What an export changes in the database. */
const nothing = { job: [], stored: () => true, find: async () => true };
