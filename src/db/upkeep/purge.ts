// What the database is rid of in the background: logins that have expired, and from where they came, links that nobody
// used in time, what was said and read in channels that are deleted, and nonces and entries of audit logs of long ago.
// Must not hold up the writer: it goes by small jobs, with a pause after each.

import { limits } from "../../domain/limits.ts";
import { performed } from "../engine/write.ts";
import type { Store } from "../store.ts";
import type { Duty } from "./duty.ts";
import { type Rounds, startRounds } from "./rounds.ts";

export interface PurgeDependencies {
  store: Pick<
    Store,
    | "conversations"
    | "logins"
    | "links"
    | "registrationInvites"
    | "rooms"
    | "readStates"
    | "made"
    | "audit"
    | "reports"
    | "operations"
    | "writer"
  >;
  duty: Duty;
  clock(): number;
  onFault(error: unknown): void;
}

/** Purges now, and then again and again. */
export function startPurge({ store, duty, clock, onFault }: PurgeDependencies): Rounds {
  const { perform } = store.writer;
  const limit = limits.purge_slice;
  const slices = [
    () => store.logins.forgetPlaces({ before: clock() - limits.login_place_age_ms, limit }),
    () => store.rooms.purge(limit),
    () => store.readStates.purge(limit),
    () => store.conversations.purge(limit),
    () => store.made.forget({ before: clock() - limits.nonce_age_ms, limit }),
    () => store.audit.forget({ before: clock() - limits.audit_age_ms, limit }),
    () => store.operations.forget({ before: clock() - limits.operation_age_ms, limit }),
    () => store.reports.forget({ before: clock() - limits.report_age_ms, limit }),
  ];
  const round = async (isStopping: () => boolean) => {
    await performed(perform, store.logins.removeExpired(clock()));
    await performed(perform, store.links.removeExpired(clock()));
    await performed(perform, store.registrationInvites.removeExpired(clock() - limits.registration_invite_kept_ms));
    for (const purgeSlice of slices) {
      while (!isStopping() && (await performed(perform, purgeSlice())) > 0) await Bun.sleep(limits.purge_pause_ms);
    }
  };
  return startRounds(round, { every_ms: limits.purge_ms, closing_ms: limits.purge_closing_ms, onFault, duty });
}
