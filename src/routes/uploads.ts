// The calls that carry bytes: an image in, for who is logged in, and out again, for whoever has its id. What is
// answered is described by our own record alone; ids are numbers, so that no address leads out of the uploads.

import { Elysia } from "elysia";
import type { Throttle } from "../accounts/throttle.ts";
import { partyOf } from "../actors/parties.ts";
import { type Allowances, tooMuch } from "../actors/session/allowances.ts";
import type { Authenticator } from "../actors/session/authenticator.ts";
import type { Upload } from "../domain/community.ts";
import { pathOf } from "../protocol/call.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { image_types, UPLOAD_NONCE_HEADER, UploadNonce, upload_calls } from "../protocol/uploads.ts";
import { validate } from "../protocol/validate.ts";
import type { Uploads } from "../uploads/uploads.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, failureResponse, jsonResponse, pay, signedIn } from "./http.ts";
import { isKnown } from "./tags.ts";
import type { UploadReceiver } from "./upload-body.ts";

export interface UploadRoutesDependencies {
  authenticator: Authenticator;
  uploads: Uploads;
  receiver: UploadReceiver;
  allowances: Allowances;
  clientKey: ClientKey;
  /**
   * By address, for uploads that aren't there: an id is all that keeps an upload to whom it was told, so nobody may try
   * many. What is found costs nothing of it: a page of a hundred images is no guess.
   */
  misses: Pick<Throttle, "wait" | "owe">;
}

const { upload, read_upload } = upload_calls;

const not_found = failure("not_found", "There is no such upload.");

export function uploadRoutes(on: UploadRoutesDependencies) {
  const { authenticator, uploads, receiver, allowances, clientKey, misses } = on;
  const addressOf = ({ request, server }: Asking) => clientKey(request, server?.requestIP(request)?.address);
  const payFor = (asking: Asking, cost: number) => pay(allowances.ofAddress(addressOf(asking)), cost);

  async function take(asking: Asking): Promise<Response> {
    const { request } = asking;
    const paid = payFor(asking, upload.cost);
    if (!paid.ok) return failureResponse(paid.error);
    const bySignedIn = () => signedIn(authenticator, request, addressOf(asking));
    const by = await bySignedIn();
    if (!by.ok) return failureResponse(by.error);
    const { user_id, login } = by.value.claims;
    const admitted = uploads.admit(user_id);
    if (!admitted.ok) return failureResponse(admitted.error);
    const nonce = nonceOf(request);
    if (!nonce.ok) return failureResponse(nonce.error);
    const outcome = await receiver.receive(request, partyOf(user_id, addressOf(asking)), async (file) => {
      // The file may have taken its time: who sent it must still be logged in.
      const still = await bySignedIn();
      return still.ok ? uploads.add(user_id, file, nonce.value, login) : still;
    });
    return outcome.ok ? jsonResponse(201, outcome.value) : failureResponse(outcome.error);
  }

  async function give(id: string, asking: Asking): Promise<Response> {
    const { request } = asking;
    const paid = payFor(asking, read_upload.cost);
    if (!paid.ok) return failureResponse(paid.error);
    const address = addressOf(asking);
    const retry_after_ms = misses.wait(address);
    if (retry_after_ms > 0) return failureResponse(tooMuch(retry_after_ms).error);
    const found = /^[1-9]\d{0,15}$/.test(id) ? await uploads.find(Number(id)) : null;
    if (!found) {
      misses.owe(address);
      return failureResponse(not_found.error);
    }
    const headers = headersOf(found);
    if (isKnown(request, headers.etag)) return new Response(null, { status: 304, headers });
    const body = await uploads.read(found);
    if (!body.ok) return failureResponse(body.error);
    return body.value ? new Response(body.value, { headers }) : failureResponse(not_found.error);
  }

  return new Elysia({ name: "uploads" })
    .post(pathOf(upload), ({ request, server }) => take({ request, server }), { parse: "none" })
    .get(pathOf(read_upload), ({ params, request, server }) => give(params.id, { request, server }));
}

/** Under which nonce it is uploaded; null for none. */
function nonceOf({ headers }: Request): Outcome<string | null> {
  const given = headers.get(UPLOAD_NONCE_HEADER);
  return given === null ? success(null) : validate(UploadNonce, given, UPLOAD_NONCE_HEADER);
}

/** An upload never changes; the same bytes have the same tag. Opened as a page, it may do nothing. */
function headersOf({ id, type, hash }: Upload) {
  return {
    "content-type": type,
    "content-disposition": `inline; filename="${id}.${Object.entries(image_types).find(([one]) => one === type)?.[1]}"`,
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "x-content-type-options": "nosniff",
    etag: `"${hash}"`,
    // What CORS says depends on it; without this line the answer would vary by everything, which no cache keeps.
    vary: "origin",
  };
}
