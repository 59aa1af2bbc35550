// The calls that carry bytes, beside the JSON calls of `http.ts`: what an upload is answered with, where it is then
// found, and which images there may be. What else holds for them stands in the reference.

import Type, { type Static } from "typebox";
import { Nonce } from "./community/entities.ts";
import { Id } from "./message.ts";

/** The types that are taken, each with what a file of it is called. */
export const image_types = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/avif": "avif",
} as const;

export type ImageType = keyof typeof image_types;

/** The request's header that does for an upload what a `nonce` does for a message. */
export const UPLOAD_NONCE_HEADER = "Idempotency-Key";
/** What it may hold, of what a header can. */
export const UploadNonce = Nonce;

export const UploadReply = Type.Object({
  success: Type.Literal(true),
  id: Id,
  url: Type.String(),
  width: Type.Integer(),
  height: Type.Integer(),
  type: Type.Enum(Object.keys(image_types) as ImageType[]),
  bytes: Type.Integer(),
});
export type UploadReply = Static<typeof UploadReply>;

/** Where the server answers with an upload. */
export function uploadPath(id: number): string {
  return `/api/v1/uploads/${id}`;
}

/** An upload's `url`: behind the server's public address, or a path, to be resolved against the address it has. */
export function uploadUrl(id: number, public_url = ""): string {
  return public_url + uploadPath(id);
}
