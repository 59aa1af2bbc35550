// The call that shows where an invite leads, to whoever has its code. Codes can't be guessed, and nobody may try many.

import { Elysia } from "elysia";
import type { Throttle } from "../accounts/throttle.ts";
import { type Allowances, tooMuch } from "../actors/session/allowances.ts";
import { pathOf } from "../protocol/call.ts";
import { type InvitingServer, invite_calls } from "../protocol/invites.ts";
import { notFound } from "../protocol/outcome.ts";
import { validate } from "../protocol/validate.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, failureResponse, jsonResponse, pay } from "./http.ts";

export interface InviteRoutesDependencies {
  /** Null for an invite that lets nobody in. */
  invitingServer(code: string): Promise<InvitingServer | null>;
  allowances: Allowances;
  clientKey: ClientKey;
  /** By address, for invites that lead nowhere; what leads somewhere costs nothing of it. */
  misses: Pick<Throttle, "wait" | "owe">;
}

const { read_invite } = invite_calls;

export function inviteRoutes({ invitingServer, allowances, clientKey, misses }: InviteRoutesDependencies) {
  async function show(params: Record<string, string>, { request, server }: Asking): Promise<Response> {
    const address = clientKey(request, server?.requestIP(request)?.address);
    const paid = pay(allowances.ofAddress(address), read_invite.cost);
    if (!paid.ok) return failureResponse(paid.error);
    const retry_after_ms = misses.wait(address);
    if (retry_after_ms > 0) return failureResponse(tooMuch(retry_after_ms).error);
    const place = validate(read_invite.params, params);
    if (!place.ok) return failureResponse(place.error);
    const found = await invitingServer((place.value as { code: string }).code);
    if (found) return jsonResponse(200, { success: true, server: found });
    misses.owe(address);
    return failureResponse(notFound().error);
  }
  return new Elysia({ name: "invites" }).get(pathOf(read_invite), ({ params, ...asking }) => show(params, asking));
}
