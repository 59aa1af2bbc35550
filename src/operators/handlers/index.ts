// The handler of each operation.

import type { OperationHandlers, OperationName } from "../catalogue.ts";
import type { OperatorServices } from "../services.ts";
import { auditHandlers } from "./audit.ts";
import { clusterHandlers } from "./cluster.ts";
import { inviteHandlers } from "./invite.ts";
import { passwordHandlers } from "./passwords.ts";
import { removalHandlers } from "./removal.ts";
import { reportHandlers } from "./report.ts";
import { secretHandlers } from "./secret.ts";
import { serverHandlers } from "./server.ts";
import { settingsHandlers } from "./settings.ts";
import { statsHandlers } from "./stats.ts";
import { userHandlers } from "./user.ts";

export function operationHandlers(on: OperatorServices): OperationHandlers<OperationName> {
  return {
    ...userHandlers(on),
    ...passwordHandlers(on),
    ...removalHandlers(on),
    ...serverHandlers(on),
    ...reportHandlers(on),
    ...inviteHandlers(on),
    ...auditHandlers(on),
    ...secretHandlers(on),
    ...clusterHandlers(on),
    ...statsHandlers(on),
    ...settingsHandlers(on),
  };
}
