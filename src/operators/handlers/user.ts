// What the operations do that look at accounts and say how they stand.

import { onceHeard } from "../../accounts/once-heard.ts";
import { momentOf } from "../../domain/moments.ts";
import { nameKey } from "../../domain/names.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import { carryOut, type Done } from "../audit.ts";
import type { Input, OperationHandlers } from "../catalogue.ts";
import { DEFAULT_AMOUNT, type Operator } from "../operation.ts";
import { missing, noTime, refusedToBots } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";
import { shownAccounts, timeOf } from "./accounts.ts";

type UserOperation = "user.list" | "user.show" | "user.suspend" | "user.unsuspend" | "user.logout" | "user.admin";

export function userHandlers(on: OperatorServices): OperationHandlers<UserOperation> {
  const { standing } = on.store;
  const done = () => success({});
  return {
    "user.list": (input) => list(on, input),
    "user.show": (input) => show(on, input),
    "user.suspend": (input, by) => suspend(on, input, by),

    async "user.unsuspend"({ user_id }, by) {
      const user = await on.store.people.byId(user_id);
      if (!user) return missing("user", user_id);
      if (user.suspended_at === null) return failure("conflict", "This account is not suspended.");
      const audit: Done = { type: "user.unsuspend", by, user_id };
      return carryOut(on, audit, { write: () => standing.unsuspend(user_id), answer: done });
    },

    "user.logout": ({ user_id }, by) =>
      onceHeard(
        on,
        carryOut(
          on,
          { type: "user.logout", by, user_id },
          {
            write: () => standing.endLogins(user_id),
            answer: done,
            tell: () => void on.actors.tell("presence", "revoke", { user_id, logins: null }),
          },
        ),
      ),

    async "user.admin"({ user_id, admin }, by) {
      const refused = await refusedToBots(on, user_id);
      if (refused) return refused;
      const keeps_one = by.door === "http";
      const now = on.clock();
      const change = { user_id, since: admin ? now : null, now, keeps_one };
      const audit: Done = { type: "user.admin", by, user_id, details: { admin } };
      const last = failure("conflict", "This is the last administrator: the command line can take the right away.");
      const isLast = async () => (keeps_one && !admin && (await standing.isLastAdmin(user_id, now)) ? last : null);
      return carryOut(on, audit, { write: () => standing.setAdmin(change), answer: done }, isLast);
    },
  };
}

async function list(on: OperatorServices, { search, status, amount, anchor }: Input<"user.list">) {
  const limit = amount ?? DEFAULT_AMOUNT;
  const found = await on.store.people.list({
    ...{ after: anchor ?? 0, limit: limit + 1, now: on.clock(), status: status ?? null },
    ...{ name: search === undefined ? null : nameKey(search), email: search?.toLowerCase() ?? null },
  });
  return success({ users: await shownAccounts(on, found.slice(0, limit)), has_more: found.length > limit });
}

async function show(on: OperatorServices, { user_id }: Input<"user.show">) {
  const { people } = on.store;
  const row = await people.byId(user_id);
  const [account] = row ? await shownAccounts(on, [row]) : [];
  if (!account) return missing("user", user_id);
  const [servers_owned, logins] = await Promise.all([
    people.owned(user_id),
    on.store.logins.listOf(user_id, on.clock()),
  ]);
  return success({
    user: {
      ...account,
      servers_owned,
      logins: logins.map(({ id, device, address, created_at, used_at }) => {
        return { id, device, address, created_date: timeOf(created_at), used_date: timeOf(used_at) };
      }),
    },
  });
}

async function suspend(
  on: OperatorServices,
  { user_id, until, reason }: Input<"user.suspend">,
  by: Operator,
): Promise<Outcome<object>> {
  const at = on.clock();
  const until_ms = until === undefined ? null : momentOf(until, at, "after");
  if (until !== undefined && (until_ms === null || until_ms <= at)) {
    return noTime("until", "is no time to come");
  }
  if (by.door === "http" && by.id === user_id) return failure("forbidden", "You would lock yourself out.");
  const details = until_ms === null ? {} : { until: timeOf(until_ms) };
  const suspended = carryOut<number[], object>(
    on,
    { type: "user.suspend", by, user_id, details },
    {
      write: () => on.store.standing.suspend({ user_id, at, until: until_ms, reason: reason || null }),
      answer: () => success({}),
      tell(bots) {
        for (const id of [user_id, ...bots]) {
          on.actors.tell("presence", "revoke", { user_id: id, logins: null, suspended: true });
        }
      },
    },
  );
  return onceHeard(on, suspended);
}
