// The call that answers with a zip of a person's own words, as it is made. Must not answer for anybody but who asks.

import { Elysia } from "elysia";
import type { Exports } from "../accounts/exports.ts";
import { partyOf } from "../actors/parties.ts";
import type { Allowances } from "../actors/session/allowances.ts";
import type { Authenticator } from "../actors/session/authenticator.ts";
import { export_calls } from "../protocol/exports.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, failureResponse, pay, signedIn } from "./http.ts";

const { cost, path } = export_calls.export_user;

export interface ExportRoutesDependencies {
  authenticator: Authenticator;
  exports: Exports;
  allowances: Allowances;
  clientKey: ClientKey;
}

export function exportRoutes({ authenticator, exports, allowances, clientKey }: ExportRoutesDependencies) {
  async function give({ request, server }: Asking): Promise<Response> {
    const address = clientKey({ request, server });
    const paid = pay(allowances.ofAddress(address), cost);
    if (!paid.ok) return failureResponse(paid.error);
    const by = await signedIn(authenticator, request, address);
    if (!by.ok) return failureResponse(by.error);
    const { claims } = by.value;
    const { user_id } = claims;
    const paid_too = pay(allowances.ofUser(user_id), cost);
    if (!paid_too.ok) return failureResponse(paid_too.error);
    const isAllowed = async () => (await authenticator.account(claims)) !== null;
    const opened = await exports.open({ user_id, who: partyOf(user_id, address), isAllowed });
    if (!opened.ok) return failureResponse(opened.error);
    const headers = {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="${opened.value.name}"`,
      "cache-control": "no-store",
    };
    return new Response(opened.value.zip, { headers });
  }
  return new Elysia({ name: "exports", prefix: "/api/v1" }).get(path, ({ request, server }) =>
    give({ request, server }),
  );
}
