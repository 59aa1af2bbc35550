// Where invites lead, to be shown to whoever has their code. What an address asks for is counted, and so is each code of
// its that leads nowhere, so that nobody may try many. What was found is remembered for a moment: a link that was posted
// is asked for by all who see it.

import type { Throttle } from "../accounts/throttle.ts";
import { type Allowances, tooMuch } from "../actors/session/allowances.ts";
import { limits } from "../domain/limits.ts";
import { NewestMap } from "../domain/newest-map.ts";
import { type InvitingServer, invite_calls } from "../protocol/invites.ts";
import { notFound, type Outcome, success } from "../protocol/outcome.ts";
import { validate } from "../protocol/validate.ts";
import { pay } from "./http.ts";

const { read_invite } = invite_calls;

export interface InvitePreviewDependencies {
  /** Null for an invite that lets nobody in. */
  invitingServer(code: string): Promise<InvitingServer | null>;
  allowances: Pick<Allowances, "ofAddress">;
  /** By address, for invites that lead nowhere; what leads somewhere costs nothing of it. */
  misses: Pick<Throttle, "wait" | "owe">;
  /** Milliseconds that never go back. */
  clock(): number;
}

export type InvitePreviews = ReturnType<typeof createInvitePreviews>;

export function createInvitePreviews({ invitingServer, allowances, misses, clock }: InvitePreviewDependencies) {
  const remembered = new NewestMap<string, { server: InvitingServer; until: number }>(limits.invite_previews);

  /** As it is now; `not_found`, `rate_limited`, or `bad_request` for what is no code. */
  async function read(params: object, address: string): Promise<Outcome<InvitingServer>> {
    const paid = pay(allowances.ofAddress(address), read_invite.cost);
    if (!paid.ok) return paid;
    const retry_after_ms = misses.wait(address);
    if (retry_after_ms > 0) return tooMuch(retry_after_ms);
    const place = validate(read_invite.params, params);
    if (!place.ok) return place;
    const server = await invitingServer((place.value as { code: string }).code);
    if (server) return success(server);
    misses.owe(address);
    return notFound();
  }

  /** As it was a moment ago; null where it leads nowhere, or too much was asked for. */
  async function glance(code: string, address: string): Promise<InvitingServer | null> {
    const known = remembered.get(code);
    if (known && clock() < known.until) return known.server;
    const found = await read({ code }, address);
    if (!found.ok) return null;
    remembered.set(code, { server: found.value, until: clock() + limits.invite_preview_ms });
    return found.value;
  }

  return { read, glance };
}
