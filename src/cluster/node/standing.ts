// How the nodes of the cluster stand, as one of them sees it: from the database who there is and who has what, from its
// streams when each was heard. For operators: nothing is decided by it.

import type { NodeStanding, Standing } from "../../actors/nodes.ts";
import type { SeenNode } from "../membership/decisions.ts";
import { descriptionOf } from "../membership/description.ts";
import type { Membership } from "../membership/membership.ts";
import { all_slots, people_slot } from "../slots.ts";
import type { LinkReading } from "../streams/links.ts";

export function standingOf(membership: Membership, links: ReadonlyMap<number, LinkReading>): Standing {
  const slots = slotsByNode(membership);
  const me = membership.place.number;
  const nodes = membership.nodes.map((node): NodeStanding => {
    const { number } = node;
    const { migrations: _, cluster: __, line_at: ___, ...described } = descriptionOf(node);
    const link = links.get(number);
    return {
      ...{ number, ...described, is_asked: number === me, state: stateOf(node) },
      ...{ slots: slots.get(number) ?? 0, has_people: membership.slot(people_slot).node === number },
      silent_ms: link ? Math.round(link.silent_ms) : null,
      waiting_bytes: link?.waiting_bytes ?? null,
    };
  });
  return { nodes, free_slots: slots.get(null) ?? 0 };
}

function slotsByNode(membership: Pick<Membership, "slot">): Map<number | null, number> {
  const counts = new Map<number | null, number>();
  for (let slot = 0; slot < all_slots; slot += 1) {
    const { node } = membership.slot(slot);
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

function stateOf({ state }: Pick<SeenNode, "state">): NodeStanding["state"] {
  return state === "serving" || state === "leaving" ? state : "joining";
}
