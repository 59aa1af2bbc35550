// The handler of each operation.

import type { OperationHandlers, OperationName } from "../catalogue.ts";
import type { OperatorServices } from "../services.ts";
import { inviteHandlers } from "./invite.ts";
import { userHandlers } from "./user.ts";

export function operationHandlers(on: OperatorServices): OperationHandlers<OperationName> {
  return { ...userHandlers(on), ...inviteHandlers(on) };
}
