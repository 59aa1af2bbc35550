// The secret that signs tokens.

import { Type } from "../../protocol/schema.ts";
import { defineOperation } from "../operation.ts";

export const secretRotate = defineOperation({
  name: "secret.rotate",
  command: "secret rotate",
  http: null,
  doc: "Makes a new secret that signs tokens. Every log-in ends, and sockets close with 4002, unless the old one is still accepted.",
  input: Type.Object({
    keep_logins: Type.Optional(Type.Boolean({ description: "accepts the old secret until its last token expires" })),
  }),
  output: Type.Object({ logins_ended: Type.Integer({ minimum: 0 }) }),
  errors: ["conflict"],
  changes: true,
});

export const secret_operations = [secretRotate] as const;
