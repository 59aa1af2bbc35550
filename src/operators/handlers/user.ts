// What the operations on accounts do.

import { notFound, success } from "../../protocol/outcome.ts";
import type { OperationHandlers } from "../catalogue.ts";
import type { OperatorServices } from "../services.ts";
import { shownAccounts, timeOf } from "./accounts.ts";

export function userHandlers(on: OperatorServices): OperationHandlers<"user.show"> {
  const { people } = on.store;
  return {
    async "user.show"({ user_id }) {
      const row = await people.byId(user_id);
      if (!row) return notFound();
      const [servers_owned, logins] = await Promise.all([people.owned(user_id), people.logins(user_id, on.clock())]);
      const [account] = await shownAccounts(on, [row]);
      if (!account) return notFound();
      return success({
        user: {
          ...account,
          servers_owned,
          logins: logins.map(({ id, created_at, expires_at }) => {
            return { id, created_date: timeOf(created_at), expires_date: timeOf(expires_at) };
          }),
        },
      });
    },
  };
}
