// What the log of operations shows. A user who is gone is named as such.

import { momentOf } from "../../domain/moments.ts";
import { deleted_user_name } from "../../domain/names.ts";
import { type Outcome, success } from "../../protocol/outcome.ts";
import type { Input, OperationHandlers, Output } from "../catalogue.ts";
import { DEFAULT_AMOUNT } from "../operation.ts";
import { noTime } from "../refusals.ts";
import type { OperatorServices } from "../services.ts";
import { findWho } from "../who.ts";
import { timeOf } from "./accounts.ts";

export function auditHandlers(on: OperatorServices): OperationHandlers<"audit.list"> {
  return { "audit.list": (input) => list(on, input) };
}

async function list(
  on: OperatorServices,
  { who, what, since, amount, anchor }: Input<"audit.list">,
): Promise<Outcome<Output<"audit.list">>> {
  const since_ms = since === undefined ? 0 : momentOf(since, on.clock(), "before");
  if (since_ms === null) return noTime("since", "is no time");
  const user_id = who === undefined ? success(null) : await findWho(on.store, who);
  if (!user_id.ok) return user_id;
  const limit = amount ?? DEFAULT_AMOUNT;
  const of = { type: what ?? null, user_id: user_id.value, since: since_ms };
  const found = await on.store.operations.page({ ...of, before: anchor || Number.MAX_SAFE_INTEGER, limit: limit + 1 });
  const page = found.slice(0, limit);
  const ids = page.flatMap((entry) => [entry.actor_id, entry.user_id]).filter((id) => id !== null);
  const names = new Map((await on.store.users.byIds([...new Set(ids)])).map(({ id, name }) => [id, name]));
  const named = (id: number | null) => (id === null ? null : { id, name: names.get(id) ?? deleted_user_name });
  const entries = page.map(({ id, created_at, type, door, actor_id, user_id, details }) => {
    return { id, created_date: timeOf(created_at), type, door, actor: named(actor_id), user: named(user_id), details };
  });
  return success({ entries, has_more: found.length > limit });
}
