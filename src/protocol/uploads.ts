// The calls that carry bytes, beside the JSON calls of `http.ts`: a file in, and out again; what an upload is answered
// with, where it is then found, and which images there may be.

import type { Static } from "typebox";
import { limits, rates } from "../domain/limits.ts";
import { API, type Contents, defineCall } from "./call.ts";
import { Nonce } from "./community/entities.ts";
import { file_types } from "./file-types.ts";
import { Id, nullable } from "./message.ts";
import { Type } from "./schema.ts";

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

/** `width` and `height` are null where it is no image. */
export const UploadReply = Type.Object({
  success: Type.Literal(true),
  id: Id,
  url: Type.String(),
  name: Type.String(),
  width: nullable(Type.Integer()),
  height: nullable(Type.Integer()),
  type: Type.String(),
  bytes: Type.Integer(),
});
export type UploadReply = Static<typeof UploadReply>;

/** Of small versions: the longer side at most, in pixels. */
export const small_sizes = [128, 512, 1024] as const;
export type SmallSize = (typeof small_sizes)[number];

const types = Object.keys(image_types);
const images: Contents = Object.fromEntries(types.map((type) => [type, null]));
const files: Contents = Object.fromEntries([...types, ...file_types].map((type) => [type, null]));
const { uploads_per_user: uploaded, upload_misses_per_address: missed } = rates;

const FileName = Type.String({ maxLength: 4 * limits.file_name_length, description: "name of the file" });
const Key = Type.String({ pattern: "^[\\w-]{22}$", description: "key of an upload, 128 random bits" });
const size = Type.Optional(Type.Enum(small_sizes.map(String), { description: "of a small version" }));

const reading = {
  bearer: false,
  headers: Type.Object({
    "If-None-Match": Type.Optional(Type.String({ description: "tags that are known already" })),
    Range: Type.Optional(Type.String({ description: "a range of bytes" })),
    "If-Range": Type.Optional(Type.String({ description: "the tag of which a range is wanted, else all of it" })),
  }),
  body: null,
  status: 200,
  reply: null,
  gives_headers: {
    ETag: "The tag of the bytes.",
    "Cache-Control":
      "`public, max-age=31536000, immutable` for a picture of a person or a server, else `private, max-age=31536000, immutable`",
    "Content-Disposition": "What to call it; for all but images, that it is to be saved.",
  },
  also: { 206: "The range asked for.", 304: "`If-None-Match` names its tag.", 416: "There is no such range." },
  errors: ["not_found"],
  cost: 2,
} as const;

export const upload_calls = {
  upload: defineCall({
    method: "POST",
    path: "/uploads",
    doc: [
      `Keeps a file. What begins as an image does (${types.map((type) => `\`${type}\``).join(", ")}) must be one, whatever it is called or declared to be; it loses its EXIF, XMP and IPTC, with place, camera and time, and keeps its pixels, its colours and its turn: \`width\` and \`height\` are those that a viewer sees. Any other file is kept as it came, videos too, with whatever they carry; its \`width\` and \`height\` are null, and \`type\` follows from what its name ends in, from a closed list: ${file_types.map((type) => `\`${type}\``).join(", ")}. \`bytes\` is how many are kept.`,
      "`name` is the file's name in the form, or the parameter where there is no form, without folders and signs that aren't seen; a file without one is called by its id. `url` is a path, to be resolved against the server's address, or whole where the server knows the address it has for clients.",
      `What nothing refers to (an attachment of a message, a server's image, a \`profile_pic\`) is removed ${limits.upload_orphan_age_ms / 3_600_000} hours after it came, or within the hour after the last reference has gone. A picture, which must be an image, is referred to by its \`url\`, alone or behind an address.`,
      `The body is the bytes of the file, or \`multipart/form-data\` with one file in its field \`file\`; at most ${limits.upload_bytes} bytes where the operator didn't choose otherwise (\`upload_bytes\` of \`ready\`), in at most ${limits.upload_deadline_ms / 1000} seconds, or at ${limits.upload_least_bytes_per_s} bytes a second where that takes longer. \`${UPLOAD_NONCE_HEADER}\` is the upload's nonce: the same user and header again get the first upload, whatever bytes come with it; \`conflict\` when it was removed since.`,
      `\`bad_request\` has \`details.path: "file"\`: nothing at all, a damaged image, or one of more than ${limits.image_pixels} pixels or ${limits.image_side} on a side. Where the header can't be a nonce, it is \`${UPLOAD_NONCE_HEADER}\`. \`too_large\` also: an image of more than ${limits.image_bytes} bytes. \`rate_limited\`: each user has ${uploaded.burst} at once and ${uploaded.per_s} a second. \`limit_reached\`: more bytes than a user may have uploaded. \`unavailable\`: there is no room for it now.`,
    ].join("\n\n"),
    bearer: true,
    params: Type.Object({ name: Type.Optional(FileName) }),
    headers: Type.Object({ [UPLOAD_NONCE_HEADER]: Type.Optional(UploadNonce) }),
    body: null,
    takes: {
      "application/octet-stream": null,
      "multipart/form-data": Type.Object({ file: Type.Unsafe<Uint8Array>({}) }),
    },
    status: 201,
    reply: UploadReply,
    errors: ["unauthorized", "too_large", "conflict", "limit_reached"],
    cost: 20,
  }),
  read_upload: defineCall({
    method: "GET",
    path: "/uploads/:id/:key",
    doc: [
      "The bytes, for anyone who has the `url`: its key is 128 random bits, so that nobody can guess it. Who is shown a message is shown the `url` of its files; with the last message that has a file the file ends. An upload never changes, so that a cache may keep it: anybody's that of a person's or a server's picture, all others only the reader's own.",
      `Images are handed out as what they are, all other files to be saved, and neither does anything as a page. \`size\` asks for an image's small version, at most so many pixels on its longer side: a still WebP, made once. Where the image is no larger, or no smaller one can be made of it, the image itself is the answer. After ${missed.burst} that aren't there an address has ${missed.per_s} a second, and else gets \`rate_limited\`.`,
    ].join("\n\n"),
    params: Type.Object({ id: Id, key: Key, size }),
    ...reading,
    gives: files,
  }),
  read_picture: defineCall({
    method: "GET",
    path: "/uploads/:id",
    doc: "The same without a key: a person's or a server's picture, and what was uploaded before uploads had keys.",
    params: Type.Object({ id: Id, size }),
    ...reading,
    gives: images,
  }),
} as const;

/** Where the server answers with an upload. */
export function uploadPath({ id, key }: UploadPlace): string {
  return `${API}/uploads/${id}${key === null ? "" : `/${key}`}`;
}

interface UploadPlace {
  id: number;
  key: string | null;
}

/** An upload's `url`: behind the server's public address, or a path, to be resolved against the address it has. */
export function uploadUrl(upload: UploadPlace, public_url = ""): string {
  return public_url + uploadPath(upload);
}

/** What a file is called that its owner gave no name. */
export function nameOfUpload({ id, type, name }: { id: number; type: string; name: string | null }): string {
  return name ?? `${id}.${isImageType(type) ? image_types[type] : "bin"}`;
}

export function isImageType(type: string): type is ImageType {
  return Object.hasOwn(image_types, type);
}
