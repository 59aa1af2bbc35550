// The body of a call as JSON, whatever its content type says: read no further than its limit, in a bounded time, and paid
// for before it is parsed, since what is no JSON takes as long.

import type { Allowance } from "../actors/session/allowances.ts";
import { limits } from "../domain/limits.ts";
import { lengthCost } from "../domain/token-bucket.ts";
import { isDeeperThan } from "../protocol/frame.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { pay } from "./http.ts";

/** What the body holds; its address pays for its length. */
export async function readJson(request: Request, allowance: Allowance, clock: () => number): Promise<Outcome<unknown>> {
  const body = await readBody(request, clock);
  if (!body.ok) return body;
  const paid = pay(allowance, lengthCost(body.value.bytes));
  return paid.ok ? jsonOf(body.value.text) : paid;
}

interface Body {
  text: string;
  bytes: number;
}

/** The body as text; `too_large` without reading more than the limit. */
async function readBody(request: Request, clock: () => number): Promise<Outcome<Body>> {
  const too_large = failure("too_large", `A body has at most ${limits.http_body_bytes} bytes.`);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const deadline_ms = clock() + limits.http_body_deadline_ms;
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limits.http_body_bytes) return too_large;
      // Who sends nothing at all is cut off by the server itself.
      if (clock() > deadline_ms) return failure("bad_request", "The body took too long.", { path: "" });
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

const no_json = failure("bad_request", "The body is not JSON.", { path: "" });
