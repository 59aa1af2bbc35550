// The upgrade to the socket, as an HTTP call. What is said on the socket stands in the messages, pushes and events.

import { defineCall } from "./call.ts";
import { Type } from "./schema.ts";

const upgrade = {
  method: "GET",
  path: "/subscribe",
  bearer: false,
  bearer_welcome: true,
  params: Type.Object({
    auth: Type.Optional(Type.String({ description: "the token; browsers and proxies print addresses" })),
  }),
  headers: Type.Object({
    Upgrade: Type.Literal("websocket"),
    "Sec-WebSocket-Version": Type.Literal("13"),
    "Sec-WebSocket-Key": Type.String({ description: "16 bytes in Base64" }),
    "Sec-WebSocket-Protocol": Type.Optional(Type.String({ description: "`orchard, auth.<token>`, from a page" })),
  }),
  body: null,
  status: 101,
  reply: null,
  errors: ["unknown_type", "forbidden", "limit_reached"],
  cost: 0,
} as const;

const doc =
  "Opens the socket. Its token comes as `Authorization: Bearer <token>`, as a subprotocol beside `orchard`, or in the address; of several, in this order, the first counts. With a bad one the upgrade succeeds, and the socket closes with 4001. `unknown_type`: it isn't asked for as an upgrade. `forbidden`: a page of an origin that the operator doesn't admit. `limit_reached`: this address has too many open sockets.";

export const socket_calls = {
  subscribe: defineCall({ ...upgrade, at_root: true, doc }),
  subscribe_below_api: defineCall({ ...upgrade, doc: "The same as `/subscribe`." }),
} as const;
