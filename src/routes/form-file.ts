// The one field of a form that is wanted, where it comes as `multipart/form-data`: an upload's file, handed on piece by
// piece while the form is still coming. The body is cut at the boundary, and Bun reads the heads of the few parts there
// may be; what is in them is only looked through for the boundary. No more of it is held than a head, or what might be
// the beginning of a boundary.

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

/** The field that is wanted of a form; all others are passed over. */
export interface WantedField {
  readonly name: string;
  /** Words in it are refused. */
  readonly is_file: boolean;
  /** Where it isn't there once, as a sentence. */
  readonly missing: string;
}

const END_OF_LINE = "\r\n";
const END_OF_HEAD = "\r\n\r\n";

const MALFORMED = "The form is malformed.";
const TOO_MANY = `A form has at most ${limits.upload_form_parts} fields.`;

const the_file: WantedField = {
  name: "file",
  is_file: true,
  missing: "The form wants one file, in its field `file`.",
};

export function isForm(content_type: string): boolean {
  return /^multipart\/form-data\b/i.test(content_type);
}

/** Hands to `take` what is in the field; `bad_request`, with its name for the path, where there is none, or several. */
export function formSink(content_type: string, take: Take, wanted: WantedField = the_file): BodySink {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(content_type) ?? [];
  const boundary = quoted ?? plain;
  const malformed = faultOf(wanted, MALFORMED);
  if (boundary === undefined) return { name: null, write: async () => malformed, end: () => malformed };
  return new FormSink(Buffer.from(`--${boundary}`), take, wanted);
}

type State = "before" | "at_boundary" | "in_head" | "in_field" | "in_other" | "behind";

class FormSink implements BodySink {
  readonly #delimiter: Buffer;
  readonly #take: Take;
  readonly #wanted: WantedField;
  #state: State = "before";
  /** What has come and is not handed on yet. */
  #held = Buffer.alloc(0);
  #fault: Failure | null = null;
  #parts = 0;
  #found = 0;
  name: string | null = null;

  constructor(delimiter: Buffer, take: Take, wanted: WantedField) {
    this.#delimiter = delimiter;
    this.#take = take;
    this.#wanted = wanted;
  }

  async write(chunk: Uint8Array): Promise<Failure | null> {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (!this.#fault && (await this.#step()));
    return this.#fault;
  }

  end(): Failure | null {
    if (this.#fault) return this.#fault;
    if (this.#state !== "behind") this.#refuse(MALFORMED);
    else if (this.#found !== 1) this.#refuse(this.#wanted.missing);
    return this.#fault;
  }

  #refuse(message: string): void {
    this.#fault = faultOf(this.#wanted, message);
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
    if (this.#parts > limits.upload_form_parts) this.#refuse(TOO_MANY);
    else if (next !== END_OF_LINE) this.#refuse(MALFORMED);
    return true;
  }

  async #endHead(): Promise<boolean> {
    const head_end = this.#held.subarray(0, limits.upload_form_head_bytes).indexOf(END_OF_HEAD);
    const boundary_at = this.#held.indexOf(this.#delimiter);
    const is_broken = boundary_at >= 0 && (head_end < 0 || boundary_at < head_end + END_OF_HEAD.length);
    if (is_broken || (head_end < 0 && this.#held.length >= limits.upload_form_head_bytes)) this.#refuse(MALFORMED);
    if (this.#fault || head_end < 0) return false;
    const head = this.#held.subarray(END_OF_LINE.length, head_end);
    this.#held = this.#held.subarray(head_end + END_OF_HEAD.length);
    const field = await fieldOf(head, this.#wanted);
    if (field === "malformed") this.#refuse(MALFORMED);
    else if (field === "words" || (field && this.#found > 0)) this.#refuse(this.#wanted.missing);
    else this.#begin(field);
    return true;
  }

  #begin(field: { name: string | null } | null): void {
    this.#state = field ? "in_field" : "in_other";
    if (!field) return;
    this.#found += 1;
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
    if (this.#state === "in_field" && content.length > 0) await this.#take(content);
    if (found >= 0) this.#state = "at_boundary";
    return found >= 0;
  }
}

const faultOf = ({ name }: WantedField, message: string) => failure("bad_request", message, { path: name }).error;

/** What the wanted field is, where the part is that; null for every other. */
async function fieldOf(
  head: Buffer,
  { name, is_file }: WantedField,
): Promise<{ name: string | null } | "words" | "malformed" | null> {
  const alone = Buffer.concat([Buffer.from("--x\r\n"), head, Buffer.from("\r\n\r\n\r\n--x--\r\n")]);
  const headers = { "content-type": "multipart/form-data; boundary=x" };
  const form = await new Response(alone, { headers }).formData().catch(() => null);
  if (!form) return "malformed";
  const field = form.get(name);
  if (field === null) return null;
  if (typeof field !== "string") return { name: field.name };
  return is_file ? "words" : { name: null };
}
