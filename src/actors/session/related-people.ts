// Reads a user's friends, requests and blocks and has the presence registry describe them, as one consistent picture:
// when a relation changes between the read and the description, it reads again.

import type { FriendshipRow } from "../../db/queries/friendships.ts";
import type { Store } from "../../db/store.ts";
import type { Friend } from "../../protocol/entities.ts";
import { success } from "../../protocol/outcome.ts";
import type { Asking } from "../calls.ts";
import type { SessionId } from "../delivery/gateway.ts";
import type { Reply } from "../kernel/actor.ts";
import type { Following, RelatedPerson } from "../people/calls.ts";

export interface RelatedPeopleDependencies {
  actors: Asking;
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
  let revision: number | null = known_revision;
  while (revision !== null) {
    const rows = await on.store.friendships.listFor(user_id);
    revision = await new Promise<number | null>((resolve) => {
      describeRows(on.actors, user_id, rows, revision, following, (read) => {
        if (read.ok && "stale" in read.value) return resolve(read.value.stale);
        if (!read.ok) reply(read);
        else if ("entries" in read.value) {
          reply(success(shownIn(read.value.entries.map(({ friend }) => friend))));
        }
        resolve(null);
      });
    });
  }
}

/** What was read, as the registry takes it. */
export function relationsIn(rows: readonly FriendshipRow[]): RelatedPerson[] {
  return rows.map(({ id, name, status, last_online, state }) => ({
    peer: { id, name, status, last_online },
    relation: state,
  }));
}

/** Those that the console's list shows. */
export function shownIn(friends: readonly Friend[]): Friend[] {
  return friends.filter(({ type }) => type !== "none");
}

/** What was read as the registry describes it; `stale` is the revision under which to read again. */
export type DescribedRows = { entries: RelatedEntry[]; self_seq: number } | { stale: number };

/** Has the registry describe what was read under the revision; with null, whatever has changed since. */
export function describeRows(
  actors: Asking,
  user_id: number,
  rows: readonly FriendshipRow[],
  revision: number | null,
  following: Following | null,
  reply: Reply<DescribedRows>,
): void {
  actors.ask("presence", "describe", { user_id, revision, relations: relationsIn(rows), following }, (outcome) => {
    if (!outcome.ok) return reply(outcome);
    if (outcome.value.stale) return reply(success({ stale: outcome.value.revision }));
    const { friends, self_seq } = outcome.value;
    const entries = rows.flatMap((row, at) => (friends[at] ? { row, friend: friends[at] } : []));
    reply(success({ entries, self_seq }));
  });
}
