// The file in a form that came as `multipart/form-data`. It cuts the body at the boundary and has Bun read the heads of
// the few parts there may be; what is in them is only looked through for the boundary. The file is a view of the body.

import { limits } from "../domain/limits.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Part {
  head: Buffer;
  content: Bytes;
}

const END_OF_LINE = "\r\n";
const END_OF_HEAD = "\r\n\r\n";

const malformed = failure("bad_request", "The form is malformed.", { path: "file" });
const no_file = failure("bad_request", "The form wants one file, in its field `file`.", { path: "file" });
const too_many = failure("bad_request", `A form has at most ${limits.upload_form_parts} fields.`, { path: "file" });
const too_large = failure("too_large", `An upload has at most ${limits.upload_bytes} bytes.`);

export function isForm(content_type: string): boolean {
  return /^multipart\/form-data\b/i.test(content_type);
}

/** The one in its field `file`; `bad_request` where there is none, or several. */
export async function fileInForm(body: Bytes, content_type: string): Promise<Outcome<Bytes>> {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(content_type) ?? [];
  const boundary = quoted ?? plain;
  const parts =
    boundary === undefined
      ? malformed
      : partsOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength), `--${boundary}`);
  if (!parts.ok) return parts;
  const files: Bytes[] = [];
  for (const { head, content } of parts.value) {
    const field = await fileFieldOf(head);
    if (field === "malformed") return malformed;
    if (field === "words") return no_file;
    if (field === "file") files.push(content);
  }
  const [file, ...more] = files;
  if (!file || more.length > 0) return no_file;
  return file.byteLength > limits.upload_bytes ? too_large : success(file);
}

function partsOf(body: Buffer<ArrayBuffer>, delimiter: string): Outcome<Part[]> {
  const parts: Part[] = [];
  for (let at = body.indexOf(delimiter); at >= 0; ) {
    const from = at + delimiter.length;
    if (body.toString("latin1", from, from + 2) === "--") return success(parts);
    if (parts.length === limits.upload_form_parts) return too_many;
    at = body.indexOf(delimiter, from);
    const part = at < 0 ? null : partIn(body.subarray(from, at));
    if (!part) return malformed;
    parts.push(part);
  }
  return malformed;
}

/** What stands between two delimiters, from the end of the first one's line to that of its own last one. */
function partIn(lines: Buffer<ArrayBuffer>): Part | null {
  const head_end = lines.subarray(0, limits.upload_form_head_bytes).indexOf(END_OF_HEAD);
  if (!lines.toString("latin1", 0, END_OF_LINE.length).startsWith(END_OF_LINE) || head_end < 0) return null;
  const from = head_end + END_OF_HEAD.length;
  const ends_line = lines.length >= from + 2 && lines.toString("latin1", lines.length - 2) === END_OF_LINE;
  const content = lines.subarray(from, ends_line ? lines.length - 2 : lines.length);
  return { head: lines.subarray(END_OF_LINE.length, head_end), content };
}

/** What the field `file` is, where the part is that; null for every other. */
async function fileFieldOf(head: Buffer): Promise<"file" | "words" | "malformed" | null> {
  const alone = Buffer.concat([Buffer.from("--x\r\n"), head, Buffer.from("\r\n\r\n\r\n--x--\r\n")]);
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const form = await new Response(alone, { headers }).formData().catch(() => null);
  if (!form) return "malformed";
  const field = form.get("file");
  if (field === null) return null;
  return typeof field === "string" ? "words" : "file";
}
