// Slots: what a cluster shares out among its nodes. A server's room lies in the slot of its id, and one more slot is for
// people and for the work that only one node does. Every node can say which node a slot should go to, without asking.

/** Rooms lie in the slots from 0 up to it. */
export const room_slots = 256;
/** The slot of presence, profiles, friendships, and of upkeep. */
export const people_slot = room_slots;
export const all_slots = room_slots + 1;

/** The slot of a server's id. Ids follow the clock, so all their bits are mixed. */
export function slotOf(id: number): number {
  return mixed(id % 2 ** 32, Math.floor(id / 2 ** 32)) % room_slots;
}

/**
 * Which of these nodes a slot should go to: for each slot they stand in an order of their own, so that when one goes
 * its slots are spread over all others, and no other slot moves. Null where there is none.
 */
export function shareOf(slot: number, nodes: Iterable<number>): number | null {
  let best: { node: number; weight: number } | null = null;
  for (const node of nodes) {
    const weight = mixed(slot + 1, node + 1);
    if (!best || weight > best.weight || (weight === best.weight && node > best.node)) best = { node, weight };
  }
  return best?.node ?? null;
}

/** 32 bits of two numbers of 32 bits (the finalizer of MurmurHash3). */
function mixed(low: number, high: number): number {
  let bits = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
