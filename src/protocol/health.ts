// What probes and operators ask: whether the server lives, whether it is ready, what it counts.

import { defineCall } from "./call.ts";
import { Type } from "./schema.ts";

const done = Type.Object({ success: Type.Literal(true) });
const asked = { method: "GET", at_root: true, bearer: false, body: null, status: 200, errors: [], cost: 0 } as const;

const livenessDoc = "Liveness: answers while the process does.";

export const health_calls = {
  name: defineCall({
    ...asked,
    path: "/",
    doc: "Which program answers here, to anyone, whether it sends mail, such as a link to who forgot the password, and what this one of it is called, where that is set.",
    reply: Type.Object({
      success: Type.Literal(true),
      name: Type.String(),
      version: Type.String(),
      sends_mail: Type.Boolean(),
      instance: Type.Optional(Type.Object({ name: Type.String(), icon: Type.String() })),
    }),
  }),
  livez: defineCall({ ...asked, path: "/livez", doc: livenessDoc, reply: done }),
  healthz: defineCall({ ...asked, path: "/healthz", doc: `${livenessDoc} Another name of \`/livez\`.`, reply: done }),
  readyz: defineCall({
    ...asked,
    path: "/readyz",
    doc: "Readiness: `unavailable` while the database doesn't answer or the server stops.",
    reply: done,
  }),
  metrics: defineCall({
    ...asked,
    path: "/metrics",
    doc: "What the server counts, in Prometheus's text format.",
    reply: null,
    gives: { "text/plain": Type.String() },
  }),
} as const;
