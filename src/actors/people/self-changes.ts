// The events that bring somebody's copy of their own topic up to date, from its rows. It only computes.

import type { ChangedFriendship, SelfChanges } from "../../db/queries/self-topics.ts";
import { shownRelation } from "../../domain/friendship.ts";
import type { SyncedEvent } from "../../protocol/community/sync.ts";

/** Oldest first. */
export function selfChanges({ friendships, memberships, read_states }: SelfChanges, since: number): SyncedEvent[] {
  const events = [
    ...friendships.map((friendship) => friendEvent(friendship, since)),
    ...memberships.map(
      ({ server, left, seq }): SyncedEvent =>
        left
          ? { type: "server_deleted", topic: "self", seq, data: { server_id: server.id } }
          : { type: "server_added", topic: "self", seq, data: { server } },
    ),
    ...read_states.map(({ seq, ...data }): SyncedEvent => ({ type: "read_state_changed", topic: "self", seq, data })),
  ];
  return events.sort((one, other) => one.seq - other.seq);
}

function friendEvent({ peer_id, name, state, added_seq, seq }: ChangedFriendship, since: number): SyncedEvent {
  const shown = shownRelation(state);
  const type = shown === "none" ? "friend_deleted" : added_seq > since ? "friend_added" : "friend_changed";
  return { type, topic: "self", seq, data: { user_id: peer_id, name, state: shown } };
}
