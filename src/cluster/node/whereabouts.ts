// Where an actor is: a session at the node that has its socket, a room in the slot of its server, people in theirs, and a
// node's own at that node.

import { nodeOfId } from "../../domain/ids.ts";
import { people_slot, slotOf } from "../slots.ts";

/** The slot in which the actor lies; null for a session's and a node's own, which lie in none. */
export function slotOfAddress(address: string): number | null {
  const server_id = serverOfAddress(address);
  if (server_id !== null) return slotOf(server_id);
  return address.startsWith("session:") || address.startsWith("node:") ? null : people_slot;
}

/** The node of an actor that lies in no slot: the one that has the session's socket, or that whose own it is. */
export function nodeOfAddress(address: string): number {
  // A node's number is what it leaves, too.
  return nodeOfId(Number(address.slice(address.indexOf(":") + 1)));
}

/** The server whose room it is; null for all else. */
export function serverOfAddress(address: string): number | null {
  return address.startsWith("room:") ? Number(address.slice("room:".length)) : null;
}
