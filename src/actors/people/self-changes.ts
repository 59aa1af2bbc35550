// The events that bring somebody's copy of their own topic up to date, from its rows. It only computes.

import type {
  AccountNoticeRow,
  ChangedConversation,
  ChangedFriendship,
  SelfChanges,
} from "../../db/queries/self-topics.ts";
import { shownRelation } from "../../domain/friendship.ts";
import type { SyncedEvent } from "../../protocol/community/sync.ts";
import { conversationView } from "../conversation-view.ts";
import { notificationView } from "../notification-view.ts";

/** Oldest first. */
export function selfChanges(changes: SelfChanges, since: number): SyncedEvent[] {
  const { friendships, memberships, read_states, conversations, notifications, notices } = changes;
  const events = [
    ...friendships.map((friendship) => friendEvent(friendship, since)),
    ...memberships.map(
      ({ server, left, seq }): SyncedEvent =>
        left
          ? { type: "server_deleted", topic: "self", seq, data: { server_id: server.id } }
          : { type: "server_added", topic: "self", seq, data: { server } },
    ),
    ...read_states.map(({ seq, ...data }): SyncedEvent => ({ type: "read_state_changed", topic: "self", seq, data })),
    ...conversations.map((changed) => conversationEvent(changed, since)),
    ...notifications.map(({ seq, ...setting }): SyncedEvent => {
      return { type: "notification_settings_changed", topic: "self", seq, data: notificationView(setting) };
    }),
    ...notices.map(noticeEvent),
  ];
  return events.sort((one, other) => one.seq - other.seq);
}

/**
 * The same for sessions that have heard all up to `since`. Whoever left a server and came again has the end of what they
 * kept of it first, under the number of their coming.
 */
export function untoldChanges(changes: SelfChanges, since: number): SyncedEvent[] {
  const again = changes.memberships.filter(({ left, came_again }) => !left && came_again);
  const ends = again.map(({ server, seq }): SyncedEvent => {
    return { type: "server_deleted", topic: "self", seq, data: { server_id: server.id } };
  });
  return [...ends, ...selfChanges(changes, since)].sort((one, other) => one.seq - other.seq);
}

function conversationEvent(changed: ChangedConversation, since: number): SyncedEvent {
  const { conversation: row, is_gone, added_seq, seq } = changed;
  if (is_gone) return { type: "conversation_deleted", topic: "self", seq, data: { conversation_id: row.id } };
  const type = added_seq > since ? "conversation_added" : "conversation_changed";
  return { type, topic: "self", seq, data: { conversation: conversationView(row) } };
}

function noticeEvent({ type, door, created_at, seq }: AccountNoticeRow): SyncedEvent {
  const data = { operation: type, door, created_date: new Date(created_at).toISOString() };
  return { type: "account_notice", topic: "self", seq, data };
}

function friendEvent({ peer_id, name, state, added_seq, seq }: ChangedFriendship, since: number): SyncedEvent {
  const shown = shownRelation(state);
  const type = shown === "none" ? "friend_deleted" : added_seq > since ? "friend_added" : "friend_changed";
  return { type, topic: "self", seq, data: { user_id: peer_id, name, state: shown } };
}
