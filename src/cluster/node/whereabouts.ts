// At which node an actor is: a session where its socket is, a room where its slot is, and people where theirs is.

import type { Address } from "../../actors/calls.ts";
import { nodeOfId } from "../../domain/ids.ts";
import { people_slot, slotOf } from "../slots.ts";

/** The slot in which the actor lies; null for a session, which lies in none. */
export function slotOfAddress(address: string): number | null {
  const colon = address.indexOf(":");
  const [kind, key] = colon === -1 ? [address, ""] : [address.slice(0, colon), address.slice(colon + 1)];
  if (kind === "session") return null;
  return kind === "room" ? slotOf(Number(key)) : people_slot;
}

/** The node of the actor; null while nobody has its slot. */
export function nodeOfAddress(address: Address, nodeOfSlot: (slot: number) => number | null): number | null {
  const slot = slotOfAddress(address);
  return slot === null ? nodeOfId(Number(address.slice("session:".length))) : nodeOfSlot(slot);
}
