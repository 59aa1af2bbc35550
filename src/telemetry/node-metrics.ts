// What one node among several counts and measures. Nothing of it is there where the process is alone.

import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import type Registry from "prom-client/lib/registry.js";

/** Of one other node, by its number. */
export interface PeerReadings {
  silent_ms: number;
  /** A line to its process is there. */
  has_line: boolean;
  /** Told to it and not yet heard. */
  waiting_bytes: number;
  /** How often some of what was said between it and this node was lost. */
  losses: number;
  /** Asked of it and answered, and how long that took in all. */
  answers: number;
  answers_ms: number;
}

export interface NodeReadings {
  number: number;
  version: string;
  /** By state, this one too. */
  nodes: Readonly<Record<string, number>>;
  slots: number;
  free_slots: number;
  /** Since it began: slots that came to have another owner, and how long the last ones were without. */
  slots_moved: number;
  takeover_ms: number;
  lease_left_ms: number;
  is_nats_reached: boolean;
  nats_reconnects: number;
  /** Writes refused, since what they rest on is another node's. */
  fenced: number;
  /** Groups of writes that went to the node that commits for all, and those of them whose end wasn't known. */
  groups_sent: number;
  groups_doubted: number;
  /** Sessions that were told what they had missed of a room that moved. */
  resumes: number;
  /** Sessions for which something is held back. */
  holds: number;
  peers: ReadonlyMap<number, PeerReadings>;
}

type Read = () => NodeReadings;

export function addNodeReadings(registers: Registry[], read: Read): void {
  addOwn(registers, read);
  addOfPeers(registers, read);
  new Gauge({
    ...{ name: "orchard_node_info", help: "1, with the node's number and version", registers },
    labelNames: ["node", "version"],
    collect() {
      const { number, version } = read();
      this.set({ node: number, version }, 1);
    },
  });
  new Gauge({
    ...{ name: "orchard_node_nodes", help: "Nodes that this one knows of, itself too, by state", registers },
    labelNames: ["state"],
    collect() {
      for (const [state, count] of Object.entries(read().nodes)) this.set({ state }, count);
    },
  });
}

function addOwn(registers: Registry[], read: Read): void {
  const gauge = (name: string, help: string, value: (readings: NodeReadings) => number) =>
    new Gauge({
      ...{ name: `orchard_node_${name}`, help, registers },
      collect() {
        this.set(value(read()));
      },
    });
  const counter = (name: string, help: string, value: (readings: NodeReadings) => number) =>
    new Counter({
      ...{ name: `orchard_node_${name}_total`, help, registers },
      collect() {
        this.reset();
        this.inc(value(read()));
      },
    });
  gauge("slots", "Slots that are this node's, of 257", ({ slots }) => slots);
  gauge("free_slots", "Slots that are nobody's", ({ free_slots }) => free_slots);
  gauge("lease_left_seconds", "How long its lease is still good", ({ lease_left_ms }) => lease_left_ms / 1_000);
  gauge(
    "takeover_seconds",
    "How long the slots last taken over were nobody's, since their owner was heard of",
    ({ takeover_ms }) => takeover_ms / 1_000,
  );
  gauge("nats_reached", "1 while NATS is reached", ({ is_nats_reached }) => Number(is_nats_reached));
  gauge("holds", "Sessions for which something is held back until another node has answered", ({ holds }) => holds);
  counter("slots_moved", "Slots that came to have another owner", ({ slots_moved }) => slots_moved);
  counter("nats_reconnects", "Connections to NATS that were made anew", ({ nats_reconnects }) => nats_reconnects);
  counter("fenced_writes", "Writes refused since another node owns what they rest on", ({ fenced }) => fenced);
  counter(
    "groups_sent",
    "Groups of writes sent to the node that commits them with others'",
    (node) => node.groups_sent,
  );
  counter(
    "groups_doubted",
    "Of those, the ones whose end wasn't known, and had to be looked for",
    (node) => node.groups_doubted,
  );
  counter("resumes", "Sessions that asked the new owner of a room what they missed", ({ resumes }) => resumes);
}

/** By the other node's number. */
function addOfPeers(registers: Registry[], read: Read): void {
  const gauge = (name: string, help: string, value: (readings: PeerReadings) => number) =>
    new Gauge({
      ...{ name: `orchard_node_${name}`, help, registers, labelNames: ["node"] },
      collect() {
        // Those that have gone aren't shown.
        this.reset();
        for (const [node, readings] of read().peers) this.set({ node }, value(readings));
      },
    });
  const counter = (name: string, help: string, value: (readings: PeerReadings) => number) =>
    new Counter({
      ...{ name: `orchard_node_${name}_total`, help, registers, labelNames: ["node"] },
      collect() {
        this.reset();
        for (const [node, readings] of read().peers) this.inc({ node }, value(readings));
      },
    });
  gauge("silent_seconds", "How long ago the other node was heard", ({ silent_ms }) => silent_ms / 1_000);
  gauge("line", "1 while there is a line to the other node's process", ({ has_line }) => Number(has_line));
  gauge("stream_waiting_bytes", "Said to the other node and not yet heard", ({ waiting_bytes }) => waiting_bytes);
  counter("stream_losses", "How often something between it and the other node was lost", ({ losses }) => losses);
  counter("asks", "Asked of the other node and answered", ({ answers }) => answers);
  counter("ask_seconds", "How long its answers took in all", ({ answers_ms }) => answers_ms / 1_000);
}
