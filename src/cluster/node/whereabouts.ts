// Where an actor is: a session at the node that has its socket, a room in the slot of its server, and people in theirs.

import { nodeOfId } from "../../domain/ids.ts";
import { people_slot, slotOf } from "../slots.ts";

/** The slot in which the actor lies; null for a session, which lies in none. */
export function slotOfAddress(address: string): number | null {
  const colon = address.indexOf(":");
  const [kind, key] = colon === -1 ? [address, ""] : [address.slice(0, colon), address.slice(colon + 1)];
  if (kind === "session") return null;
  return kind === "room" ? slotOf(Number(key)) : people_slot;
}

/** The node that has the session's socket. */
export function nodeOfSession(address: string): number {
  return nodeOfId(Number(address.slice("session:".length)));
}

/** The server whose room it is; null for all else. */
export function serverOfAddress(address: string): number | null {
  return address.startsWith("room:") ? Number(address.slice("room:".length)) : null;
}
