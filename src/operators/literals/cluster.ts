// How the nodes do.

import { nullable, Time } from "../../protocol/message.ts";
import { Type } from "../../protocol/schema.ts";
import { defineOperation } from "../operation.ts";

const count = Type.Integer({ minimum: 0 });
const figure = nullable(Type.Number());

/** A node as the one that is asked sees it; null is what isn't known, or isn't so of one that is alone. */
const ShownNode = Type.Object({
  number: count,
  is_asked: Type.Boolean({ description: "it is the one that answers" }),
  host: Type.String(),
  pid: count,
  version: Type.String(),
  protocol: Type.Integer({ description: "what it speaks to other nodes; it speaks the one before, too" }),
  state: Type.Enum(["alone", "joining", "serving", "leaving"]),
  started_date: Time,
  slots: nullable(Type.Integer({ minimum: 0, description: "how many of the slots that all share are its" })),
  has_people: Type.Boolean({ description: "presence and friendships are its" }),
  lag_ms: nullable(
    Type.Integer({ minimum: 0, description: "how long ago it was heard; they say something all the time" }),
  ),
  waiting_bytes: nullable(Type.Integer({ minimum: 0, description: "told to it, and not yet heard" })),
  sessions: nullable(count),
  loop_lag_p99_ms: figure,
});

export const clusterStatus = defineOperation({
  name: "cluster.status",
  command: "cluster status",
  http: { method: "GET", path: "/admin/nodes" },
  doc: "Shows the nodes that the server is made of, as the one that is asked sees them. Free slots are nobody's, and about to be taken.",
  input: Type.Object({}),
  output: Type.Object({ nodes: Type.Array(ShownNode), free_slots: nullable(count) }),
  errors: [],
  changes: false,
});

export const cluster_operations = [clusterStatus] as const;
