// What makes a new secret. It is stored before it signs, and all nodes take it for good before any of them signs with it;
// with the old one die the log-ins that it signed.

import { FORMER_SECRETS, SECRET } from "../../accounts/composition.ts";
import type { FormerSecret } from "../../accounts/rotating-tokens.ts";
import { performed } from "../../db/engine/write.ts";
import { randomText } from "../../db/upkeep/kept-texts.ts";
import { limits } from "../../domain/limits.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import { carryOut } from "../audit.ts";
import type { OperationHandlers, Output } from "../catalogue.ts";
import { known } from "../known.ts";
import type { Operator } from "../operation.ts";
import type { OperatorServices } from "../services.ts";

export function secretHandlers(on: OperatorServices): OperationHandlers<"secret.rotate"> {
  return {
    async "secret.rotate"({ keep_logins = false }, by) {
      const rotated = await rotate(on, keep_logins, by);
      if (!rotated.ok || keep_logins) return rotated;
      // Who doesn't know yet may let somebody in meanwhile whom it shuts out.
      await known(on);
      on.actors.tell("presence", "revoke_all", null);
      return success({ logins_ended: await endLogins(on) });
    },
  };
}

async function rotate(on: OperatorServices, keeps: boolean, by: Operator): Promise<Outcome<Output<"secret.rotate">>> {
  const { tokens, has_fixed_secret } = on.accounts;
  if (has_fixed_secret) return failure("conflict", "ORCHARD_JWT_SECRET says which secret signs: change it there.");
  const secret = randomText();
  const until_ms = on.clock() + limits.token_age_ms;
  const standing = tokens.former();
  const former = keeps ? [...standing, { secret: tokens.secret(), until_ms }] : [];
  const { settings } = on.store;
  if (on.nodes.standing().nodes.length > 1) await introduce(on, [...standing, { secret, until_ms }]);
  return carryOut<string, Output<"secret.rotate">>(
    on,
    { type: "secret.rotate", by, user_id: null, details: { keep_logins: keeps } },
    {
      write() {
        const put = settings.put(SECRET, secret);
        return { ...put, job: [...settings.put(FORMER_SECRETS, JSON.stringify(former)).job, ...put.job] };
      },
      answer() {
        tokens.rotate(secret, former);
        return success({ logins_ended: 0 });
      },
    },
  );
}

/** Has all nodes take these secrets for good, beside the one that signs. */
async function introduce(on: OperatorServices, good: readonly FormerSecret[]): Promise<void> {
  const { tokens } = on.accounts;
  await performed(on.store.writer.perform, on.store.settings.put(FORMER_SECRETS, JSON.stringify(good)));
  tokens.rotate(tokens.secret(), good);
  await known(on);
}

/** Those that were there, a slice at a time; how many. */
async function endLogins({ store, ids }: OperatorServices): Promise<number> {
  const before = ids.next();
  for (let ended = 0; ; ) {
    const slice = await performed(
      store.writer.perform,
      store.logins.removeOlder({ id: before, limit: limits.purge_slice }),
    );
    ended += slice;
    if (slice < limits.purge_slice) return ended;
  }
}
