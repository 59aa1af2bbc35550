// The HTTP calls, mounted from their literals: read the body, check it, find out who calls, ask the accounts, answer.
// What a call does stands in `accounts/`.

import { Elysia } from "elysia";
import type { Accounts, Caller, SignedIn } from "../accounts/accounts.ts";
import { limits } from "../domain/limits.ts";
import { isDeeperThan } from "../protocol/frame.ts";
import { type CallLiteral, type CallName, calls } from "../protocol/http.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { validate } from "../protocol/validate.ts";
import { failureResponse, jsonResponse, signedIn } from "./http.ts";

type AnyCall = (body: unknown, by: Caller | SignedIn) => Promise<Outcome<unknown>>;

interface Context {
  request: Request;
  server: { requestIP(request: Request): { address: string } | null } | null;
}

export function callRoutes(accounts: Accounts) {
  const app = new Elysia({ name: "calls", prefix: "/api/v1" });
  for (const name of Object.keys(calls) as CallName[]) {
    const call: CallLiteral = calls[name];
    const perform = accounts[name] as AnyCall;
    const handle = async ({ request, server }: Context) => {
      const outcome = await answer(call, perform, accounts, request, server?.requestIP(request)?.address ?? "");
      return outcome.ok ? jsonResponse(call.status, outcome.value) : failureResponse(outcome.error);
    };
    app.route(call.method, call.path, handle, { parse: "none" });
  }
  return app;
}

async function answer(
  call: CallLiteral,
  perform: AnyCall,
  accounts: Accounts,
  request: Request,
  address: string,
): Promise<Outcome<unknown>> {
  const by = call.bearer ? await signedIn(accounts, request) : success({ address });
  if (!by.ok) return by;
  const body = call.body ? await readJson(request) : success(null);
  if (!body.ok) return body;
  const checked = call.body ? validate(call.body, body.value) : body;
  return checked.ok ? perform(checked.value, by.value) : checked;
}

/** The body as JSON, whatever its content type says; `too_large` without reading more than the limit. */
async function readJson(request: Request): Promise<Outcome<unknown>> {
  const too_large = failure("too_large", `A body has at most ${limits.http_body_bytes} bytes.`);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limits.http_body_bytes) return too_large;
      text += decoder.decode(chunk, { stream: true });
    }
    const value: unknown = JSON.parse(text + decoder.decode());
    if (!isDeeperThan(value, limits.frame_depth)) return success(value);
    return failure("bad_request", `A body has at most ${limits.frame_depth} levels.`, { path: "" });
  } catch {
    return failure("bad_request", "The body is not JSON.", { path: "" });
  }
}
