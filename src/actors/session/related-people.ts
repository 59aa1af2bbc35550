// Reads a user's friends, requests and blocks and has the presence registry describe them, as one consistent picture:
// when a relation changes between the read and the description, it reads again.

import type { FriendshipRow } from "../../db/queries/friendships.ts";
import type { Store } from "../../db/store.ts";
import type { Friend } from "../../protocol/entities.ts";
import { success } from "../../protocol/outcome.ts";
import type { Actors } from "../calls.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Reply } from "../kernel/system.ts";
import type { Following } from "../people/calls.ts";

export interface RelatedPeopleDependencies {
  actors: Actors;
  store: Pick<Store, "friendships">;
}

/** An entry as it is stored, and the person as they look now. */
export interface RelatedEntry {
  row: FriendshipRow;
  friend: Friend;
}

/**
 * Friends and pending requests, newest first. The answer comes in the presence registry's own turn, so that frames
 * sent from within it can't be overtaken by what the registry pushes. With `watch_with`, that session follows the
 * friends' presence from then on. Rejects when the database can't be read.
 */
export async function describeRelatedPeople(
  on: RelatedPeopleDependencies,
  user_id: number,
  watch_with: SessionId | null,
  reply: Reply<Friend[]>,
  known_revision = 0,
): Promise<void> {
  const following: Following | null = watch_with === null ? null : { session: watch_with, topic: "friends" };
  const answer: Reply<RelatedEntry[]> = (read) => {
    if (!read.ok) return reply(read);
    reply(success(read.value.flatMap(({ friend }) => (friend.type === "none" ? [] : friend))));
  };
  await readRelatedPeople(on, user_id, following, answer, known_revision);
}

/** The same with blocks, as `following` wishes. */
export async function readRelatedPeople(
  { actors, store }: RelatedPeopleDependencies,
  user_id: number,
  following: Following | null,
  reply: Reply<RelatedEntry[]>,
  known_revision = 0,
): Promise<void> {
  let revision: number | null = known_revision;
  while (revision !== null) {
    const rows = await store.friendships.listFor(user_id);
    const relations = rows.map(({ id, name, status, last_online, state }) => ({
      peer: { id, name, status, last_online },
      relation: state,
    }));
    const request = { user_id, revision, relations, following };
    revision = await new Promise<number | null>((resolve) => {
      actors.ask("presence", "describe", request, (outcome) => {
        if (outcome.ok && outcome.value.stale) return resolve(outcome.value.revision);
        if (!outcome.ok) reply(outcome);
        else if (!outcome.value.stale) {
          const { friends } = outcome.value;
          reply(success(rows.flatMap((row, at) => (friends[at] ? { row, friend: friends[at] } : []))));
        }
        resolve(null);
      });
    });
  }
}
