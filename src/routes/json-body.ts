// The body of a call as JSON, whatever its content type says: read no further than its limit, in a bounded time, and paid
// for before it is parsed, since what is no JSON takes as long.

import type { Allowance } from "../actors/session/allowances.ts";
import { limits } from "../domain/limits.ts";
import { lengthCost } from "../domain/token-bucket.ts";
import { isDeeperThan } from "../protocol/frame.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { isForm } from "./form-file.ts";
import { pay } from "./http.ts";
import { no_json, readFormText, too_slow, tooLarge } from "./json-form.ts";

/** What the body holds; its address pays for its length. */
export async function readJson(request: Request, allowance: Allowance, clock: () => number): Promise<Outcome<unknown>> {
  const text = await readText(request, allowance, clock, limits.http_body_bytes);
  return text.ok ? jsonOf(text.value) : text;
}

/**
 * The same of a body that may be a form, with the JSON in its field `payload`, or in `payload_json` where there may be
 * files beside it.
 */
export async function readPayload(
  request: Request,
  allowance: Allowance,
  clock: () => number,
  most_bytes: number,
): Promise<Outcome<unknown>> {
  const type = request.headers.get("content-type") ?? "";
  const text = isForm(type)
    ? await readFormText(request, { allowance, clock, most_bytes })
    : await readText(request, allowance, clock, most_bytes);
  if (!text.ok) return text;
  const is_urlencoded = /^application\/x-www-form-urlencoded\b/i.test(type);
  return jsonOf(is_urlencoded ? (new URLSearchParams(text.value).get("payload") ?? "") : text.value);
}

async function readText(
  request: Request,
  allowance: Allowance,
  clock: () => number,
  most_bytes: number,
): Promise<Outcome<string>> {
  const body = await readBody(request, clock, most_bytes);
  if (!body.ok) return body;
  const paid = pay(allowance, lengthCost(body.value.bytes));
  return paid.ok ? success(body.value.text) : paid;
}

interface Body {
  text: string;
  bytes: number;
}

/** The body as text; `too_large` without reading more than the limit. */
async function readBody(request: Request, clock: () => number, most_bytes: number): Promise<Outcome<Body>> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const deadline_ms = clock() + limits.http_body_deadline_ms;
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > most_bytes) return tooLarge(most_bytes);
      // Who sends nothing at all is cut off by the server itself.
      if (clock() > deadline_ms) return too_slow;
      text += decoder.decode(chunk, { stream: true });
    }
    return success({ text: text + decoder.decode(), bytes });
  } catch {
    return no_json;
  }
}

function jsonOf(text: string): Outcome<unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (!isDeeperThan(json, limits.frame_depth)) return success(json);
    return failure("bad_request", `A body has at most ${limits.frame_depth} levels.`, { path: "" });
  } catch {
    return no_json;
  }
}
