// The JSON of a form that comes as `multipart/form-data`, with files beside it: of these nothing is kept, not even until
// the form has come. What has come of the JSON is held, so its address pays for each piece as it comes.

import type { Allowance } from "../actors/session/allowances.ts";
import { limits } from "../domain/limits.ts";
import { lengthCost } from "../domain/token-bucket.ts";
import { type Failure, failure, type Outcome, success } from "../protocol/outcome.ts";
import { formSink, type WantedField } from "./form-file.ts";
import { pay } from "./http.ts";

export interface FormTextSettings {
  /** Pays for the length of the whole form. */
  allowance: Allowance;
  clock(): number;
  /** Of the JSON alone; the whole may have `webhook_form_bytes`. */
  most_bytes: number;
}

const payload_json: WantedField = {
  name: "payload_json",
  is_file: false,
  missing: "The form wants its JSON once, in its field `payload_json`.",
};

export const no_json = failure("bad_request", "The body is not JSON.", { path: "" });
export const too_slow = failure("bad_request", "The body took too long.", { path: "" });
export const tooLarge = (most_bytes: number) => failure("too_large", `A body has at most ${most_bytes} bytes.`);

const form_too_large = failure("too_large", `A form has at most ${limits.webhook_form_bytes} bytes.`).error;

/** What is in the field `payload_json`; `bad_request` where it isn't there, or the form is none. */
export async function readFormText(request: Request, on: FormTextSettings): Promise<Outcome<string>> {
  if (Number(request.headers.get("content-length")) > limits.webhook_form_bytes) return refused(form_too_large);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let text_bytes = 0;
  const keep = async (bytes: Uint8Array) => {
    text_bytes += bytes.byteLength;
    if (text_bytes <= on.most_bytes) text += decoder.decode(bytes, { stream: true });
  };
  const sink = formSink(request.headers.get("content-type") ?? "", keep, payload_json);
  try {
    for await (const chunk of pieces(request, on)) {
      const error = chunk.ok ? await sink.write(chunk.value) : chunk.error;
      if (error) return refused(error);
      if (text_bytes > on.most_bytes) return tooLarge(on.most_bytes);
    }
    const error = sink.end();
    return error ? refused(error) : success(text + decoder.decode());
  } catch {
    return no_json;
  }
}

/** What comes, as long as it is paid for and neither too much nor too slow; the last says what is wrong. */
async function* pieces(request: Request, { allowance, clock }: FormTextSettings): AsyncGenerator<Outcome<Uint8Array>> {
  const began_ms = clock();
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    const before = lengthCost(bytes);
    bytes += chunk.byteLength;
    const paid = pay(allowance, lengthCost(bytes) - before);
    if (bytes > limits.webhook_form_bytes) yield refused(form_too_large);
    // Who sends nothing at all is cut off by the server itself.
    else if (clock() > began_ms + patienceFor(bytes)) yield too_slow;
    else yield paid.ok ? success(chunk) : paid;
  }
}

/** A picture may come over a slow line. */
function patienceFor(bytes: number): number {
  return Math.max(limits.http_body_deadline_ms, (1000 * bytes) / limits.upload_least_bytes_per_s);
}

const refused = (error: Failure) => ({ ok: false as const, error });
