// The calls that carry bytes: a file in, for who is logged in, and out again, for whoever has its address. What is
// answered is described by our own record alone; ids are numbers, so that no address leads out of the uploads.

import { timingSafeEqual } from "node:crypto";
import { Elysia } from "elysia";
import type { Throttle } from "../accounts/throttle.ts";
import { partyOf } from "../actors/parties.ts";
import { type Allowances, tooMuch } from "../actors/session/allowances.ts";
import type { Authenticator } from "../actors/session/authenticator.ts";
import type { Party } from "../domain/fair-share.ts";
import { pathOf } from "../protocol/call.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import {
  isImageType,
  nameOfUpload,
  type SmallSize,
  small_sizes,
  UPLOAD_NONCE_HEADER,
  UploadNonce,
  upload_calls,
} from "../protocol/uploads.ts";
import { validate } from "../protocol/validate.ts";
import { SMALL_TYPE } from "../uploads/small.ts";
import type { SeenUpload, Uploads } from "../uploads/uploads.ts";
import { rangeWanted } from "./byte-range.ts";
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
   * By address, for uploads that aren't there: what an address ends in is all that keeps an upload to whom it was told,
   * so nobody may try many. What is found costs nothing of it: a page of a hundred images is no guess.
   */
  misses: Pick<Throttle, "wait" | "owe">;
}

const { upload, read_upload, read_picture } = upload_calls;

const not_found = failure("not_found", "There is no such upload.");

export function uploadRoutes(on: UploadRoutesDependencies) {
  const { authenticator, uploads, receiver, allowances, clientKey, misses } = on;
  const addressOf = ({ request, server }: Asking) => clientKey({ request, server });
  const payFor = (asking: Asking, cost: number) => pay(allowances.ofAddress(addressOf(asking)), cost);
  const giving = givingOut(uploads);

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

  async function give({ id, key, size }: Wanted, asking: Asking): Promise<Response> {
    const { request } = asking;
    const paid = payFor(asking, read_upload.cost);
    if (!paid.ok) return failureResponse(paid.error);
    const address = addressOf(asking);
    const retry_after_ms = misses.wait(address);
    if (retry_after_ms > 0) return failureResponse(tooMuch(retry_after_ms).error);
    const small = sizeOf(size);
    if (!small.ok) return failureResponse(small.error);
    const found = /^[1-9]\d{0,15}$/.test(id) ? await uploads.find(Number(id)) : null;
    if (!found || !mayRead(found, key)) {
      misses.owe(address);
      return failureResponse(not_found.error);
    }
    if (small.value !== null) {
      const answer = await giving.small(found, small.value, request, { party: address, group: address });
      if (answer) return answer;
    }
    return giving.whole(found, request);
  }

  const sizeIn = ({ url }: Request) => new URL(url).searchParams.get("size");

  return new Elysia({ name: "uploads" })
    .post(pathOf(upload), ({ request, server }) => take({ request, server }), { parse: "none" })
    .get(pathOf(read_upload), ({ params, request, server }) =>
      give({ ...params, size: sizeIn(request) }, { request, server }),
    )
    .get(pathOf(read_picture), ({ params, request, server }) =>
      give({ id: params.id, key: null, size: sizeIn(request) }, { request, server }),
    );
}

/** What an upload is answered with that may be read. */
function givingOut(uploads: Uploads) {
  return {
    async whole(found: SeenUpload, request: Request): Promise<Response> {
      const headers = headersOf(found, found.type, found.hash);
      if (isKnown(request, headers.etag)) return new Response(null, { status: 304, headers });
      const range = rangeWanted(request.headers, found.bytes, headers.etag);
      if (range === "unsatisfiable") {
        return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${found.bytes}` } });
      }
      const body = await uploads.read(found, range ?? { from: 0, to: found.bytes });
      if (!body.ok) return failureResponse(body.error);
      if (!body.value) return failureResponse(not_found.error);
      if (!range) return new Response(body.value, { headers });
      const part = `bytes ${range.from}-${range.to - 1}/${found.bytes}`;
      return new Response(body.value, { status: 206, headers: { ...headers, "content-range": part } });
    },

    /** Null where the image itself has to do. */
    async small(found: SeenUpload, size: SmallSize, request: Request, who: Party): Promise<Response | null> {
      const headers = headersOf(found, SMALL_TYPE, `${found.hash}-${size}`);
      const body = await uploads.readSmall(found, size, who);
      if (!body.ok) return failureResponse(body.error);
      if (!body.value) return null;
      if (isKnown(request, headers.etag)) return new Response(null, { status: 304, headers });
      return new Response(body.value, { headers });
    },
  };
}

interface Wanted {
  id: string;
  /** Null: the address has none. */
  key: string | null;
  size: string | null;
}

/** Whether an address with this key, or without one, leads to it. */
function mayRead({ key, is_picture, is_there }: SeenUpload, given: string | null): boolean {
  if (given === null) return is_there && (key === null || is_picture);
  return is_there && key !== null && isSame(key, given);
}

/** In a time that doesn't tell how much of it is right. */
function isSame(key: string, given: string): boolean {
  const [one, other] = [Buffer.from(key), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function sizeOf(given: string | null): Outcome<SmallSize | null> {
  if (given === null) return success(null);
  const size = small_sizes.find((one) => String(one) === given);
  return size ? success(size) : failure("bad_request", `A size is one of ${small_sizes.join(", ")}.`, { path: "size" });
}

/** Under which nonce it is uploaded; null for none. */
function nonceOf({ headers }: Request): Outcome<string | null> {
  const given = headers.get(UPLOAD_NONCE_HEADER);
  return given === null ? success(null) : validate(UploadNonce, given, UPLOAD_NONCE_HEADER);
}

/** An upload never changes; the same bytes have the same tag. Opened as a page, it may do nothing. */
function headersOf(upload: SeenUpload, type: string, tag: string) {
  return {
    "content-type": type,
    "content-disposition": dispositionOf(upload),
    "cache-control": `${upload.is_picture ? "public" : "private"}, max-age=31536000, immutable`,
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "accept-ranges": "bytes",
    etag: `"${tag}"`,
    // What CORS says depends on it; without this line the answer would vary by everything, which no cache keeps.
    vary: "origin",
  };
}

/** All but images are to be saved. The plain name is for whoever doesn't know the other. */
function dispositionOf(upload: SeenUpload): string {
  const name = nameOfUpload(upload);
  const plain = name.replace(/[^\w .()+,=@!~-]/g, "_");
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const way = isImageType(upload.type) ? "inline" : "attachment";
  return `${way}; filename="${plain}"${plain === name ? "" : `; filename*=UTF-8''${exact}`}`;
}
