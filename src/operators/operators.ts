// Has operations done, whoever asks for them: checks the input, holds administrators to what they may, says in the log
// who had what done. Must not know how a door asks, nor say in the log what was asked for.

import type { FaultBoundary } from "../actors/kernel/actor.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { validate } from "../protocol/validate.ts";
import { findOperation, type OperationHandlers, type OperationName } from "./catalogue.ts";
import type { OperationLiteral, Operator } from "./operation.ts";
import { amongAdmins, isAnotherAdmins, missing } from "./refusals.ts";
import type { OperatorServices } from "./services.ts";
import { findWho } from "./who.ts";

export interface Operators {
  /** Checks the input, and has it done. Never rejects. */
  perform(operation: OperationLiteral, input: unknown, by: Operator): Promise<Outcome<unknown>>;
  /** Whose id it is: that of a name, or of `id:123`. */
  find(who: string): Promise<Outcome<number>>;
}

type AnyHandler = (input: unknown, by: Operator) => Promise<Outcome<unknown>>;

export function createOperators(on: OperatorServices & { onFault: FaultBoundary }): Operators {
  let handlers: OperationHandlers<OperationName> | undefined;
  /** Loaded when the first is asked for, which few starts see. */
  const handlerOf = async ({ name }: OperationLiteral): Promise<AnyHandler> => {
    const { operationHandlers } = await import("./handlers/index.ts");
    handlers ??= operationHandlers(on);
    return handlers[name as OperationName] as AnyHandler;
  };
  return {
    async perform(operation, input, by) {
      const { name } = operation;
      const outcome = await run(on, operation, handlerOf, input, by).catch((error) => ({
        ...{ ok: false as const, error: on.onFault(error, { address: "operators", call: name }) },
      }));
      const who = by.door === "http" ? { admin: by.id, address: by.address } : {};
      const told = { operation: name, door: by.door, ...who, result: outcome.ok ? "done" : outcome.error.code };
      if (operation.changes) on.log.info(told, "operation");
      else on.log.debug(told, "operation");
      return outcome;
    },

    find: (who) => findWho(on.store, who),
  };
}

async function run(
  on: OperatorServices,
  operation: OperationLiteral,
  handlerOf: (operation: OperationLiteral) => Promise<AnyHandler>,
  input: unknown,
  by: Operator,
): Promise<Outcome<unknown>> {
  const checked = validate(operation.input, input);
  if (!checked.ok) return checked;
  const handler = await handlerOf(operation);
  const allowed = await mayConcern(on, operation, checked.value as { user_id?: number }, by);
  return allowed.ok ? handler(checked.value, by) : allowed;
}

/** Administrators do nothing to each other, nor to each other's bots. */
async function mayConcern(
  { store }: OperatorServices,
  { changes }: OperationLiteral,
  { user_id }: { user_id?: number },
  by: Operator,
): Promise<Outcome<null>> {
  if (by.door !== "http" || !changes || user_id === undefined || user_id === by.id) return success(null);
  const user = await store.people.byId(user_id);
  if (!user) return missing("user", user_id);
  return (await isAnotherAdmins(store, user, by.id)) ? amongAdmins() : success(null);
}

/** The operation of that name; `unknown_type` where there is none. */
export function operationOf(name: string): Outcome<OperationLiteral> {
  const operation = findOperation(name);
  return operation ? success(operation) : failure("unknown_type", "There is no such operation.");
}
