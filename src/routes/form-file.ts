// The file in a form that comes as `multipart/form-data`, handed on piece by piece while the form is still coming. The
// body is cut at the boundary, and Bun reads the heads of the few parts there may be; what is in them is only looked
// through for the boundary. No more of it is held than a head, or what might be the beginning of a boundary.

import { limits } from "../domain/limits.ts";
import { type Failure, failure } from "../protocol/outcome.ts";

/** What takes the bytes of a body, in their order, and says what is wrong with them. */
export interface BodySink {
  /** What the file is called; null for nothing. */
  readonly name: string | null;
  /** Resolves when the next may come. */
  write(chunk: Uint8Array): Promise<Failure | null>;
  /** When all has come. */
  end(): Failure | null;
}

type Take = (bytes: Uint8Array) => Promise<void>;

const END_OF_LINE = "\r\n";
const END_OF_HEAD = "\r\n\r\n";

const malformed = failure("bad_request", "The form is malformed.", { path: "file" }).error;
const no_file = failure("bad_request", "The form wants one file, in its field `file`.", { path: "file" }).error;
const too_many = failure("bad_request", `A form has at most ${limits.upload_form_parts} fields.`, {
  path: "file",
}).error;

export function isForm(content_type: string): boolean {
  return /^multipart\/form-data\b/i.test(content_type);
}

/** Hands to `take` what is in the field `file`; `bad_request` where there is none, or several. */
export function formSink(content_type: string, take: Take): BodySink {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(content_type) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return { name: null, write: async () => malformed, end: () => malformed };
  return new FormSink(Buffer.from(`--${boundary}`), take);
}

type State = "before" | "at_boundary" | "in_head" | "in_file" | "in_other" | "behind";

class FormSink implements BodySink {
  readonly #delimiter: Buffer;
  readonly #take: Take;
  #state: State = "before";
  /** What has come and is not handed on yet. */
  #held = Buffer.alloc(0);
  #fault: Failure | null = null;
  #parts = 0;
  #files = 0;
  name: string | null = null;

  constructor(delimiter: Buffer, take: Take) {
    this.#delimiter = delimiter;
    this.#take = take;
  }

  async write(chunk: Uint8Array): Promise<Failure | null> {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (!this.#fault && (await this.#step()));
    return this.#fault;
  }

  end(): Failure | null {
    if (this.#fault) return this.#fault;
    if (this.#state !== "behind") return malformed;
    return this.#files === 1 ? null : no_file;
  }

  /** Whether there may be more to do with what has come. */
  async #step(): Promise<boolean> {
    if (this.#state === "at_boundary") return this.#beginPart();
    if (this.#state === "in_head") return this.#endHead();
    if (this.#state !== "behind") return this.#passOn();
    this.#held = Buffer.alloc(0);
    return false;
  }

  #beginPart(): boolean {
    if (this.#held.length < END_OF_LINE.length) return false;
    const next = this.#held.toString("latin1", 0, 2);
    this.#state = next === "--" ? "behind" : "in_head";
    if (next === "--") return true;
    this.#parts += 1;
    if (this.#parts > limits.upload_form_parts) this.#fault = too_many;
    else if (next !== END_OF_LINE) this.#fault = malformed;
    return true;
  }

  async #endHead(): Promise<boolean> {
    const head_end = this.#held.subarray(0, limits.upload_form_head_bytes).indexOf(END_OF_HEAD);
    const boundary_at = this.#held.indexOf(this.#delimiter);
    const is_broken = boundary_at >= 0 && (head_end < 0 || boundary_at < head_end + END_OF_HEAD.length);
    if (is_broken || (head_end < 0 && this.#held.length >= limits.upload_form_head_bytes)) this.#fault = malformed;
    if (this.#fault || head_end < 0) return false;
    const head = this.#held.subarray(END_OF_LINE.length, head_end);
    this.#held = this.#held.subarray(head_end + END_OF_HEAD.length);
    const field = await fieldOf(head);
    if (field === "malformed") this.#fault = malformed;
    else if (field === "words" || (field && this.#files > 0)) this.#fault = no_file;
    else this.#begin(field);
    return true;
  }

  #begin(field: { name: string } | null): void {
    this.#state = field ? "in_file" : "in_other";
    if (!field) return;
    this.#files += 1;
    this.name = field.name;
  }

  /** Up to the next boundary, or as far as none can have begun; the line's end before one is none of the content. */
  async #passOn(): Promise<boolean> {
    const found = this.#held.indexOf(this.#delimiter);
    const kept = this.#delimiter.length - 1 + END_OF_LINE.length;
    const end = found >= 0 ? found : Math.max(0, this.#held.length - kept);
    const ends_line = found >= END_OF_LINE.length && this.#held.toString("latin1", found - 2, found) === END_OF_LINE;
    const content = this.#held.subarray(0, ends_line ? found - END_OF_LINE.length : end);
    this.#held = Buffer.from(this.#held.subarray(found >= 0 ? found + this.#delimiter.length : end));
    if (this.#state === "in_file" && content.length > 0) await this.#take(content);
    if (found >= 0) this.#state = "at_boundary";
    return found >= 0;
  }
}

/** What the field `file` is, where the part is that; null for every other. */
async function fieldOf(head: Buffer): Promise<{ name: string } | "words" | "malformed" | null> {
  const alone = Buffer.concat([Buffer.from("--x\r\n"), head, Buffer.from("\r\n\r\n\r\n--x--\r\n")]);
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const form = await new Response(alone, { headers }).formData().catch(() => null);
  if (!form) return "malformed";
  const field = form.get("file");
  if (field === null) return null;
  return typeof field === "string" ? "words" : { name: field.name };
}
