// The calls that carry bytes, beside the JSON calls of `http.ts`: an image in, and out again; what an upload is answered
// with, where it is then found, and which images there may be.

import Type, { type Static } from "typebox";
import { limits, rates } from "../domain/limits.ts";
import { API, type Contents, defineCall } from "./call.ts";
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

const types = Object.keys(image_types);
const images: Contents = Object.fromEntries(types.map((type) => [type, null]));
const { uploads_per_user: uploaded, upload_misses_per_address: missed } = rates;

export const upload_calls = {
  upload: defineCall({
    method: "POST",
    path: "/uploads",
    doc: [
      `Keeps an image: ${types.map((type) => `\`${type}\``).join(", ")}, known by its content, whatever it is called or declared to be. Its head is read, its bytes are kept and handed out as they came, with whatever they carry: a photograph may say where it was taken. \`width\` and \`height\` are those that a viewer sees, a photograph turned upright. \`url\` is a path, to be resolved against the server's address, or whole where the server knows the address it has for clients.`,
      `What nothing refers to (an attachment of a message, a server's image, a \`profile_pic\`) is removed ${limits.upload_orphan_age_ms / 3_600_000} hours after it came, or within the hour after the last reference has gone. A picture is referred to by its \`url\`, alone or behind an address.`,
      `The body is the bytes of the file, or \`multipart/form-data\` with one file in its field \`file\`; at most ${limits.upload_bytes} bytes, in at most ${limits.upload_deadline_ms / 1000} seconds. \`${UPLOAD_NONCE_HEADER}\` is the upload's nonce: the same user and header again get the first upload, whatever bytes come with it; \`conflict\` when it was removed since.`,
      `\`bad_request\` has \`details.path: "file"\`: no image of these types, a damaged one, or one of more than ${limits.image_pixels} pixels or ${limits.image_side} on a side. Where the header can't be a nonce, it is \`${UPLOAD_NONCE_HEADER}\`. \`rate_limited\`: each user has ${uploaded.burst} at once and ${uploaded.per_s} a second. \`limit_reached\`: more bytes than a user may have uploaded. \`unavailable\`: there is no room for it now.`,
    ].join("\n\n"),
    bearer: true,
    headers: Type.Object({ [UPLOAD_NONCE_HEADER]: Type.Optional(UploadNonce) }),
    body: null,
    takes: { ...images, "multipart/form-data": Type.Object({ file: Type.Unsafe<Uint8Array>({}) }) },
    status: 201,
    reply: UploadReply,
    errors: ["unauthorized", "too_large", "conflict", "limit_reached"],
    cost: 20,
  }),
  read_upload: defineCall({
    method: "GET",
    path: "/uploads/:id",
    doc: `The bytes, for anyone who has the id: 52 random bits, so that nobody can guess it. An upload never changes, so that any cache may keep it for ever; as a page it may do nothing. \`HEAD\` is answered, and so are ranges where uploads are kept in a folder. After ${missed.burst} that aren't there an address has ${missed.per_s} a second, and else gets \`rate_limited\`.`,
    bearer: false,
    params: Type.Object({ id: Id }),
    headers: Type.Object({
      "If-None-Match": Type.Optional(Type.String({ description: "tags that are known already" })),
      Range: Type.Optional(Type.String({ description: "a range of bytes" })),
    }),
    body: null,
    status: 200,
    reply: null,
    gives: images,
    gives_headers: {
      ETag: "The tag of the bytes.",
      "Cache-Control": "`public, max-age=31536000, immutable`",
      "Content-Disposition": "What to call it.",
    },
    also: {
      206: "The range asked for, where uploads are kept in a folder.",
      304: "`If-None-Match` names its tag.",
      416: "There is no such range.",
    },
    errors: ["not_found"],
    cost: 2,
  }),
} as const;

/** Where the server answers with an upload. */
export function uploadPath(id: number): string {
  return `${API}/uploads/${id}`;
}

/** An upload's `url`: behind the server's public address, or a path, to be resolved against the address it has. */
export function uploadUrl(id: number, public_url = ""): string {
  return public_url + uploadPath(id);
}
