// Ends requests of strangers that have waited too long, in the background, and has those told in whose lists they were.
// Must not hold up the writer: it goes by small jobs.

import type { Store } from "../../db/store.ts";
import type { Duty } from "../../db/upkeep/duty.ts";
import { type Rounds, startRounds } from "../../db/upkeep/rounds.ts";
import type { IdGenerator } from "../../domain/ids.ts";
import { limits } from "../../domain/limits.ts";
import type { Actors } from "../calls.ts";
import { type Commit, nobodys } from "../commit/commit.ts";

export interface RequestExpiryDependencies {
  actors: Actors;
  store: Pick<Store, "conversations">;
  commit: Commit;
  ids: IdGenerator;
  duty: Duty;
  clock(): number;
}

export function startRequestExpiry(
  { actors, store, commit, ids, duty, clock }: RequestExpiryDependencies,
  onFault: (error: unknown) => void,
): Rounds {
  const round = async (isStopping: () => boolean) => {
    const limit: number = limits.conversation_expiry_slice;
    for (let ended = limit; ended === limit && !isStopping(); ) {
      const before = clock() - limits.conversation_request_age_ms;
      const slice = { before, limit, seq: ids.next() };
      await commit(nobodys, {
        write: () => store.conversations.expire(slice),
        answer: ({ self }) => {
          ended = self.length;
        },
        tell: ({ self }) => void actors.tell("presence", "conversation_written", { self }),
      });
    }
  };
  return startRounds(round, {
    ...{ every_ms: limits.conversation_expiry_ms, closing_ms: limits.purge_closing_ms, onFault, duty },
  });
}
