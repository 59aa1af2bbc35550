// What a node counts and measures, in one place for whoever shows it: from its membership, its parts, and its wire.

import type { Lifelines } from "../lifelines/lifelines.ts";
import type { Membership } from "../membership/membership.ts";
import type { NatsWire } from "../streams/nats-wire.ts";
import type { SharedWriting } from "../writing/shared-writing.ts";
import type { ClusterNode } from "./node.ts";
import { standingOf } from "./standing.ts";
import type { WithoutOwner } from "./without-owner.ts";

export interface ReadingsParts {
  version: string;
  membership: Membership;
  node: ClusterNode | null;
  wire: NatsWire;
  without_owner: WithoutOwner;
  lifelines: Pick<Lifelines, "certaintyOf">;
  writing: Pick<SharedWriting, "counts">;
}

export function readingsOf({ version, membership, node, wire, without_owner, lifelines, writing }: ReadingsParts) {
  const { moves, resumes, holds, fenced, links, answered } = node?.readings() ?? nothing;
  const { nodes, free_slots } = standingOf(membership, links);
  const lined = membership.nodes.filter(({ holder }) => lifelines.certaintyOf(holder) === "there");
  const with_line = new Set(lined.map(({ number }) => number));
  const states = Object.groupBy(nodes, ({ state }) => state);
  return {
    ...{ version, number: membership.place.number, free_slots: free_slots ?? 0, resumes, holds, fenced },
    nodes: Object.fromEntries(Object.entries(states).map(([state, those]) => [state, those.length])),
    slots: nodes.find(({ is_asked }) => is_asked)?.slots ?? 0,
    ...{ slots_moved: moves, takeover_ms: without_owner.last_ms, lease_left_ms: membership.leaseLeftMs },
    ...{ is_nats_reached: wire.state.is_reached, nats_reconnects: wire.state.reconnects },
    ...{ groups_sent: writing.counts.sent, groups_doubted: writing.counts.doubted },
    peers: new Map(
      [...links].map(([number, link]) => {
        return [number, { ...link, ...(answered?.get(number) ?? unasked), has_line: with_line.has(number) }];
      }),
    ),
  };
}

type Counted = ReturnType<ClusterNode["readings"]>;

const nothing: Counted = { moves: 0, resumes: 0, holds: 0, fenced: 0, links: new Map(), answered: new Map() };
const unasked = { answers: 0, answers_ms: 0 };
