// What somebody missed of their own topic, as it is answered: read beside the registry, until what was read is just what
// has been told. It tells nobody anything.

import type { ReadSelf } from "../../db/queries/self-topics.ts";
import { limits } from "../../domain/limits.ts";
import { RESET, type SyncedTopic } from "../../protocol/community/sync.ts";
import { busy, success } from "../../protocol/outcome.ts";
import type { Reply } from "../kernel/actor.ts";
import type { PresenceCalls } from "./calls.ts";
import type { PresenceDependencies } from "./registry.ts";
import { selfChanges } from "./self-changes.ts";
import type { SelfTopics } from "./self-topics.ts";

/** Times that somebody's own topic is read to answer one request, where more of it is told meanwhile. */
const READINGS = 8;

type AnsweringDependencies = Pick<PresenceDependencies, "selfSince" | "hints_lag" | "compactedTo">;

export function answerSince(
  on: AnsweringDependencies,
  self_topics: SelfTopics,
  user_id: number,
  since: number,
  reply: Reply<PresenceCalls["self_since"]["reply"]>,
  left = READINGS,
): void {
  const told = self_topics.told(user_id);
  const is_all_told = told > 0 && !on.hints_lag;
  if (is_all_told && since >= told) return reply(success({ told, answer: { seq: since, events: [] } }));
  const failed = () => reply(busy());
  if (left === 0) return failed();
  const used = ({ seq, changes, has_more }: ReadSelf) => {
    if (has_more) return reply(success({ told, answer: RESET }));
    // The row that was told last may have been purged since: then what is stored ends before what was told.
    const read_to = Math.max(seq, told);
    self_topics.whenTold(user_id, read_to, (now) => {
      if (now > read_to) return answerSince(on, self_topics, user_id, since, reply, left - 1);
      reply(success({ told: now, answer: synced(selfChanges(changes, since), since, now, on.compactedTo()) }));
    });
  };
  on.selfSince(user_id, since, limits.sync_changes + 1)
    .then(used)
    .catch(failed);
}

function synced(
  events: ReturnType<typeof selfChanges>,
  since: number,
  told: number,
  compacted_to: number,
): SyncedTopic {
  if (since >= told) return { seq: since, events: [] };
  return since < compacted_to || events.length > limits.sync_changes ? RESET : { seq: told, events };
}
