// Reads a user's friends and requests and has the presence registry describe them, as one consistent picture: when a
// relation changes between the read and the description, it reads again.

import type { FriendshipRow } from "../../db/friendships.ts";
import type { Store } from "../../db/store.ts";
import type { Friend } from "../../protocol/entities.ts";
import { success } from "../../protocol/outcome.ts";
import type { Actors } from "../addresses.ts";
import type { SessionId } from "../gateway.ts";
import type { Reply } from "../kernel/system.ts";
import type { RelatedPerson } from "../presence.ts";

export interface RelatedPeopleDependencies {
  actors: Actors;
  store: Pick<Store, "friendships">;
}

/**
 * Friends and pending requests, newest first. The answer comes in the presence registry's own turn, so that frames
 * sent from within it can't be overtaken by what the registry pushes. With `watch_with`, that session follows the
 * friends' presence from then on. Rejects when the database can't be read.
 */
export async function describeRelatedPeople(
  { actors, store }: RelatedPeopleDependencies,
  user_id: number,
  watch_with: SessionId | null,
  reply: Reply<Friend[]>,
  known_revision = 0,
): Promise<void> {
  let revision: number | null = known_revision;
  while (revision !== null) {
    const relations = relatedPeople(await store.friendships.listFor(user_id));
    const request = { user_id, revision, relations, watch_with };
    revision = await new Promise<number | null>((resolve) => {
      actors.ask("presence", "describe", request, (outcome) => {
        if (outcome.ok && outcome.value.stale) return resolve(outcome.value.revision);
        if (!outcome.ok) reply(outcome);
        else if (!outcome.value.stale) reply(success(outcome.value.friends));
        resolve(null);
      });
    });
  }
}

function relatedPeople(rows: FriendshipRow[]): RelatedPerson[] {
  return rows.filter(({ state }) => state !== "blocked").map(({ state, ...peer }) => ({ peer, relation: state }));
}
