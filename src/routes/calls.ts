// The HTTP calls, mounted from their literals: read the body, check it, find out who calls, ask the accounts, answer.
// What a call does stands in `accounts/`.

import { Elysia } from "elysia";
import type { Accounts, Caller, SignedIn } from "../accounts/accounts.ts";
import type { Allowances } from "../actors/session/allowances.ts";
import { limits } from "../domain/limits.ts";
import { lengthCost } from "../domain/token-bucket.ts";
import { isDeeperThan } from "../protocol/frame.ts";
import { type CallLiteral, type CallName, calls } from "../protocol/http.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { validate } from "../protocol/validate.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, bearerToken, failureResponse, jsonResponse, pay, signedIn } from "./http.ts";

type AnyCall = (body: unknown, by: Caller | SignedIn) => Promise<Outcome<unknown>>;

export interface CallDependencies {
  accounts: Accounts;
  allowances: Allowances;
  clientKey: ClientKey;
  clock(): number;
}

export function callRoutes(on: CallDependencies) {
  const { accounts, clientKey } = on;
  const app = new Elysia({ name: "calls", prefix: "/api/v1" });
  for (const name of Object.keys(calls) as CallName[]) {
    const call: CallLiteral = calls[name];
    const perform = accounts[name] as AnyCall;
    const handle = async ({ request, server }: Asking) => {
      const address = clientKey(request, server?.requestIP(request)?.address);
      const outcome = await answer(call, perform, on, request, address);
      return outcome.ok ? jsonResponse(call.status, outcome.value) : failureResponse(outcome.error);
    };
    app.route(call.method, call.path, handle, { parse: "none" });
  }
  return app;
}

async function answer(
  call: CallLiteral,
  perform: AnyCall,
  { accounts, allowances, clock }: CallDependencies,
  request: Request,
  address: string,
): Promise<Outcome<unknown>> {
  const by = await caller(accounts, allowances, call, request, address);
  if (!by.ok) return by;
  if (!call.body) return perform(null, by.value);
  const body = await readBody(request, clock);
  if (!body.ok) return body;
  // Paid for before it is parsed: what is no JSON takes as long.
  const paid = pay(allowances.ofAddress(address), lengthCost(body.value.bytes));
  if (!paid.ok) return paid;
  const json = jsonOf(body.value.text);
  if (!json.ok) return json;
  const checked = validate(call.body, json.value);
  if (!checked.ok) return checked;
  // A body may take its time: who called must still be the one who calls.
  const still = call.bearer ? await signedIn(accounts, request, address) : by;
  return still.ok ? perform(checked.value, still.value) : still;
}

/** Who calls, when they may: the address pays, and then the user. */
async function caller(
  accounts: Accounts,
  allowances: Allowances,
  { bearer, cost }: CallLiteral,
  request: Request,
  address: string,
): Promise<Outcome<Caller | SignedIn>> {
  const paid = pay(allowances.ofAddress(address), cost);
  if (!paid.ok) return paid;
  if (!bearer) return success({ address, token: bearerToken(request.headers.get("authorization")) });
  const by = await signedIn(accounts, request, address);
  if (!by.ok) return by;
  const paid_too = pay(allowances.ofUser(by.value.claims.user_id), cost);
  return paid_too.ok ? by : paid_too;
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

/** As JSON, whatever its content type says. */
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
