// The HTTP calls, mounted from their literals: read the body, check it, find out who calls, ask the accounts, answer.
// What a call does stands in `accounts/`.

import { Elysia } from "elysia";
import type { Accounts, Caller, SignedIn } from "../accounts/accounts.ts";
import type { Allowances } from "../actors/session/allowances.ts";
import { type CallLiteral, pathOf } from "../protocol/call.ts";
import { type CallName, calls } from "../protocol/http.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { validate } from "../protocol/validate.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, bearerToken, failureResponse, jsonResponse, pay, signedIn } from "./http.ts";
import { readJson } from "./json-body.ts";

type AnyCall = (body: unknown, by: Caller | SignedIn) => Promise<Outcome<unknown>>;

export interface CallDependencies {
  accounts: Accounts;
  allowances: Allowances;
  clientKey: ClientKey;
  clock(): number;
}

export function callRoutes(on: CallDependencies) {
  const { accounts, clientKey } = on;
  const app = new Elysia({ name: "calls" });
  for (const name of Object.keys(calls) as CallName[]) {
    const call: CallLiteral = calls[name];
    const perform = accounts[name] as AnyCall;
    const handle = async ({ request, server, params }: Asking & { params: Record<string, string> }) => {
      const address = clientKey({ request, server });
      const outcome = await answer(call, perform, on, { request, address, params });
      return outcome.ok ? jsonResponse(call.status, outcome.value) : failureResponse(outcome.error);
    };
    app.route(call.method, pathOf(call), handle, { parse: "none" });
  }
  return app;
}

async function answer(
  call: CallLiteral,
  perform: AnyCall,
  { accounts, allowances, clock }: CallDependencies,
  { request, address, params }: Arrived,
): Promise<Outcome<unknown>> {
  const by = await caller(accounts, allowances, call, request, address);
  if (!by.ok) return by;
  const place = call.params ? validate(call.params, fromPath(params)) : success(null);
  if (!call.body || !place.ok) return place.ok ? perform(place.value, by.value) : place;
  const json = await readJson(request, allowances.ofAddress(address), clock);
  if (!json.ok) return json;
  const checked = validate(call.body, json.value, "", call.method === "PATCH");
  if (!checked.ok) return checked;
  // A body may take its time: who called must still be the one who calls.
  const still = call.bearer ? await signedIn(accounts, request, address) : by;
  const asked = { ...(checked.value as object), ...(place.value as object | null) };
  return still.ok ? perform(asked, still.value) : still;
}

/** A request as a route has it. */
interface Arrived {
  request: Request;
  address: string;
  /** What stands in its path. */
  params: Record<string, string>;
}

/** A number in a path is a text there. */
function fromPath(params: Record<string, string>): Record<string, string | number> {
  const read = (text: string) => (/^[1-9]\d{0,15}$/.test(text) ? Number(text) : text);
  return Object.fromEntries(Object.entries(params).map(([name, text]) => [name, read(text)]));
}

/** Who calls, when they may: the address pays, and then the user. */
async function caller(
  accounts: Accounts,
  allowances: Allowances,
  { bearer, people_only, cost }: CallLiteral,
  request: Request,
  address: string,
): Promise<Outcome<Caller | SignedIn>> {
  const paid = pay(allowances.ofAddress(address), cost);
  if (!paid.ok) return paid;
  const agent = request.headers.get("user-agent");
  if (!bearer) return success({ address, agent, token: bearerToken(request.headers.get("authorization")) });
  const by = await signedIn(accounts, request, address);
  if (!by.ok) return by;
  if (people_only && by.value.claims.is_bot) return failure("forbidden", "Bots may not do this.");
  const paid_too = pay(allowances.ofUser(by.value.claims.user_id), cost);
  return paid_too.ok ? by : paid_too;
}
