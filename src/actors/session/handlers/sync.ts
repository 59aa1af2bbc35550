// `sync`: what a client's copy lacks, put together from those who own its topics: rooms, people, oneself. Who they are
// is in `sync-owners.ts`; how their answers come to be of one moment, in `sync-passes.ts`.

import type { IdGenerator } from "../../../domain/ids.ts";
import type { Pools } from "../../../domain/pools.ts";
import { GONE, RESET } from "../../../protocol/community/sync.ts";
import { worded } from "../../../protocol/outcome.ts";
import type { Topic } from "../../delivery/gateway.ts";
import type { Slices } from "../../kernel/slices.ts";
import { inTurn } from "../../parties.ts";
import { parseTopics, roomFor } from "../asked-topics.ts";
import type { Handlers } from "../handler.ts";
import { endingOf, type ReadingDependencies } from "./reading.ts";
import { withinBytes } from "./sync-bytes.ts";
import { ownersOf } from "./sync-owners.ts";
import { askAll, type Owner } from "./sync-passes.ts";

export interface SyncDependencies extends ReadingDependencies {
  ids: IdGenerator;
  /** Another one, and clients must throw away what they keep. */
  epoch: string;
  /** Bounds how many gather at once; after a restart, everybody does. */
  pools: Pick<Pools, "syncs">;
  slices: Slices;
}

export function syncHandlers(on: SyncDependencies): Handlers<"sync"> {
  return {
    async sync({ epoch, topics }, from, reply) {
      const asked = parseTopics(Object.keys(topics), (topic) => topic);
      if (!asked.ok) return reply(asked);
      const now = await reachedFor(on.ids, topics);
      const mayBeKnown = (topic: string) => epoch === on.epoch && (topics[topic] ?? 0) <= now;
      const answerable = asked.value.filter(({ topic }) => mayBeKnown(topic));
      const unknown = asked.value.filter(({ topic }) => !mayBeKnown(topic));
      const room_for = roomFor(on, from.session, answerable);
      if (!room_for.ok) return reply(room_for);
      await inTurn(on, from, reply, async (at, isWanted) => {
        await on.slices.turn();
        const owners = await ownersOf(at, from, answerable, topics);
        const endUnknown = await endingOf(on, from, unknown);
        await askAll(owners, isWanted, (answered) => {
          if (!answered.ok) return reply(answered);
          const answerOf = (topic: string) => answered.value.get(topic) ?? (mayBeKnown(topic) ? GONE : RESET);
          const answers = asked.value.map(({ topic }) => [topic, answerOf(topic)] as const);
          const kept = withinBytes(answers);
          reply(worded(`{"topics":${kept.json}}`));
          const gone = answers.flatMap(([topic, answer]) => ("gone" in answer ? topic : []));
          const held = gone.filter((topic) => on.gateway.isSubscribed(from.session, topic as Topic));
          unsubscribe(owners, [...kept.dropped, ...held]);
          void endUnknown();
        });
      });
    },
  };
}

/** No number is greater that anybody was given: it is looked up where one is asked about that isn't known to be below. */
async function reachedFor(ids: IdGenerator, seqs: Readonly<Record<string, number>>): Promise<number> {
  const known = ids.reached();
  return Object.values(seqs).some((seq) => seq > known) ? ids.readReached() : known;
}

/** What is loaded anew is subscribed to then. */
function unsubscribe(owners: readonly Owner[], dropped: readonly string[]): void {
  for (const owner of owners) {
    const topics = dropped.filter((topic) => owner.topics.includes(topic));
    if (topics.length > 0) owner.unsubscribe(topics);
  }
}
