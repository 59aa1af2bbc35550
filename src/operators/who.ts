// Whom a text means: somebody's name, in any case, or `id:123`.

import type { Store } from "../db/store.ts";
import { nameKey } from "../domain/names.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";

/** The id of that account. One of somebody who is gone is an id, too. */
export async function findWho({ users }: Pick<Store, "users">, who: string): Promise<Outcome<number>> {
  const [, id] = /^id:(\d{1,16})$/.exec(who) ?? [];
  if (id !== undefined) return success(Number(id));
  const user = await users.byNameKey(nameKey(who));
  return user ? success(user.id) : failure("not_found", `There is nobody called ${JSON.stringify(who)}.`);
}
