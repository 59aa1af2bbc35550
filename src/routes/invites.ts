// The call that shows where an invite leads, to whoever has its code.

import { Elysia } from "elysia";
import { pathOf } from "../protocol/call.ts";
import { invite_calls } from "../protocol/invites.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, failureResponse, jsonResponse } from "./http.ts";
import type { InvitePreviews } from "./invite-previews.ts";

export interface InviteRoutesDependencies {
  previews: Pick<InvitePreviews, "read">;
  clientKey: ClientKey;
}

export function inviteRoutes({ previews, clientKey }: InviteRoutesDependencies) {
  async function show(params: Record<string, string>, { request, server }: Asking): Promise<Response> {
    const address = clientKey({ request, server });
    const found = await previews.read(params, address);
    return found.ok ? jsonResponse(200, { success: true, server: found.value }) : failureResponse(found.error);
  }
  return new Elysia({ name: "invites" }).get(pathOf(invite_calls.read_invite), ({ params, ...asking }) =>
    show(params, asking),
  );
}
