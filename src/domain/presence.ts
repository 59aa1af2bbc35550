// What others see of a person's presence, and what has to be told when it changes. Pure.

/** What a person chose to be seen as. */
export type ChosenStatus = "online" | "idle" | "dnd" | "invisible";
/** What others see. */
export type SeenStatus = "online" | "idle" | "dnd" | "offline";

/** When a user was last online, in Unix milliseconds. */
export interface LastSeen {
  readonly id: number;
  readonly last_online: number;
}

/** What is stored of a person, as far as their presence goes. */
export interface Person {
  readonly id: number;
  readonly name: string;
  readonly status: ChosenStatus;
  /** Unix milliseconds. */
  readonly last_online: number;
}

export interface Presence {
  /** Has a session, or had one less than the grace time ago. */
  readonly connected: boolean;
  readonly chosen: ChosenStatus;
  /** The game on top, null when none. */
  readonly playing: string | null;
}

export interface SeenPresence {
  readonly status: SeenStatus;
  readonly playing: string | null;
}

export type PresenceChange = "came_online" | "went_offline" | "status" | "playing" | "stopped_playing";

export const OFFLINE: SeenPresence = { status: "offline", playing: null };

export function seenPresence({ connected, chosen, playing }: Presence): SeenPresence {
  if (!connected || chosen === "invisible") return OFFLINE;
  return { status: chosen, playing };
}

/** What changed in the eyes of others, in the order in which they should hear of it; empty when nothing did. */
export function presenceDiff(before: SeenPresence, after: SeenPresence): PresenceChange[] {
  const changes: PresenceChange[] = [];
  const was_online = before.status !== "offline";
  const is_online = after.status !== "offline";
  if (is_online && !was_online) changes.push("came_online");
  if (before.playing !== after.playing) changes.push(after.playing === null ? "stopped_playing" : "playing");
  if (was_online && !is_online) changes.push("went_offline");
  if (was_online && is_online && before.status !== after.status) changes.push("status");
  return changes;
}

/** Those of the two fields that look different now; null when neither does. */
export function seenChanges(before: SeenPresence, after: SeenPresence): Partial<SeenPresence> | null {
  const changes = {
    ...(before.status !== after.status && { status: after.status }),
    ...(before.playing !== after.playing && { playing: after.playing }),
  };
  return Object.keys(changes).length === 0 ? null : changes;
}
