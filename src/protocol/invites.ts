// What an invite leads to, for who has no account yet: a page shows it before anybody logs in.

import type { Static } from "typebox";
import { limits, rates } from "../domain/limits.ts";
import { defineCall } from "./call.ts";
import { Id, nullable } from "./message.ts";
import { Type } from "./schema.ts";

const { invite_misses_per_address: missed } = rates;

export const invite_calls = {
  read_invite: defineCall({
    method: "GET",
    path: "/invites/:code",
    doc: `The server that an invite leads to, as long as it lets somebody in; \`not_found\` for one that doesn't, any more or at all. After ${missed.burst} that don't an address has ${missed.per_s} a second, and else gets \`rate_limited\`.`,
    bearer: false,
    params: Type.Object({ code: Type.String({ minLength: 1, maxLength: limits.invite_code_length }) }),
    body: null,
    status: 200,
    reply: Type.Object({
      success: Type.Literal(true),
      server: Type.Object({
        id: Id,
        name: Type.String(),
        image: nullable(Type.String()),
        num_members: Type.Integer(),
      }),
    }),
    errors: ["not_found"],
    cost: 2,
  }),
} as const;

/** A server as a stranger with an invite sees it. */
export type InvitingServer = Static<(typeof invite_calls)["read_invite"]["reply"]>["server"];
