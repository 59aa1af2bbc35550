// What a node tells the others of itself, as it stands in the database: its version, and what it speaks. Nodes speak two
// protocols, their own and the one before, so that a cluster can be brought to the next version node by node.

import { hostname } from "node:os";
import { migrations } from "../../db/migrations/index.ts";
import type { SeenNode } from "./decisions.ts";

/** What nodes of this version say to each other; one more with each change that others wouldn't understand. */
export const node_protocol = 1;

export type NodeDescription = {
  version: string;
  /** The newest protocol that it speaks; it speaks the one before, too. */
  protocol: number;
  /** How many migrations of the database it knows. */
  migrations: number;
  /** The cluster's name, which all nodes have to have; empty where it isn't said. */
  cluster: string;
  /** The machine's name and the process's number, by which an operator finds it. */
  host: string;
  pid: number;
  /** Where its process takes the lines of others, as `host:port`; empty where they can't reach it. */
  line_at: string;
  /** Unix milliseconds, by its own clock: for people alone. */
  started_ms: number;
};

const nothing: NodeDescription = {
  ...{ version: "?", protocol: node_protocol, migrations: 0, cluster: "" },
  ...{ host: "?", pid: 0, line_at: "", started_ms: 0 },
};

/** What is there of it: another version may have written something else. */
export function descriptionOf({ description }: Pick<SeenNode, "description">): NodeDescription {
  let read: Partial<Record<keyof NodeDescription, unknown>>;
  try {
    read = JSON.parse(description) ?? {};
  } catch {
    read = {};
  }
  const standing = Object.entries(nothing).map(([name, value]) => {
    const given = read[name as keyof NodeDescription];
    return [name, typeof given === typeof value ? given : value];
  });
  return Object.fromEntries(standing) as NodeDescription;
}

/** This process, as the others are told of it. */
export function describing(version: string, line_at: string, now_ms: number, cluster = ""): NodeDescription {
  const known = { protocol: node_protocol, migrations: migrations.length, cluster };
  return { version, ...known, host: hostname(), pid: process.pid, line_at, started_ms: now_ms };
}
