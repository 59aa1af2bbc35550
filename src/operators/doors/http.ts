// The door for administrators, who come by HTTP: each operation that has a call. Whether somebody is one is looked up
// with each call. All others get what an unknown call gets, whatever they bring.
// Must not take a secret that is somebody else's: administrators don't become other people.

import type { SignedIn } from "../../accounts/accounts.ts";
import { mayGuess, type ProofDependencies, proven } from "../../accounts/proofs.ts";
import type { Allowances } from "../../actors/session/allowances.ts";
import type { Authenticator } from "../../actors/session/authenticator.ts";
import type { Store } from "../../db/store.ts";
import { limits } from "../../domain/limits.ts";
import { failure, type Outcome, success } from "../../protocol/outcome.ts";
import type { ClientKey } from "../../routes/client-address.ts";
import { failureResponse, jsonResponse, pay, signedIn } from "../../routes/http.ts";
import { readJson } from "../../routes/json-body.ts";
import type { MountedCall, PathAsking } from "../../routes/mounted.ts";
import { operations } from "../catalogue.ts";
import type { OperationCall, OperationLiteral, Operator } from "../operation.ts";
import type { Operators } from "../operators.ts";
import { fromTexts } from "../texts.ts";

export interface HttpDoorDependencies {
  operators: Operators;
  accounts: Authenticator;
  parts: Omit<ProofDependencies, "store">;
  store: Pick<Store, "users">;
  allowances: Allowances;
  clientKey: ClientKey;
  clock(): number;
}

export function operatorRoutes(on: HttpDoorDependencies): MountedCall[] {
  return (operations as readonly OperationLiteral[]).flatMap((operation) => {
    const { http } = operation;
    if (http === null) return [];
    const handle = async (asking: PathAsking) => {
      const outcome = await answer(on, operation, http, asking);
      if (!outcome.ok) return failureResponse(outcome.error);
      return jsonResponse(http.status ?? 200, { success: true, ...(outcome.value as object) });
    };
    return { method: http.method, path: http.path, handle };
  });
}

async function answer(
  on: HttpDoorDependencies,
  operation: OperationLiteral,
  { method }: OperationCall,
  { request, server, params }: PathAsking,
): Promise<Outcome<unknown>> {
  const address = on.clientKey({ request, server });
  const paid = pay(on.allowances.ofAddress(address), operation.changes ? limits.operation_cost : limits.overview_cost);
  if (!paid.ok) return paid;
  const by = await administrator(on, request, address);
  if (!by.ok) return by;
  const given = method === "GET" ? queryOf(operation, request) : await bodyOf(on, request, address);
  if (!given.ok) return given;
  const input = { ...given.value, ...withoutSecret(operation), ...fromTexts(operation.input, params) };
  const may = asksForPassword(operation, input) ? await provenAgain(on, given.value["password"], by.value) : by;
  return may.ok ? on.operators.perform(operation, input, operatorOf(by.value)) : may;
}

/** Who asks, where they run the server. */
async function administrator(
  { accounts }: HttpDoorDependencies,
  request: Request,
  address: string,
): Promise<Outcome<SignedIn>> {
  const by = await signedIn(accounts, request, address);
  return by.ok && by.value.account.is_admin ? by : failure("unknown_type", "There is no such call.");
}

function operatorOf({ account: { person }, claims, address }: SignedIn): Operator {
  return { door: "http", id: person.id, name: person.name, login: claims.login, address };
}

type Fields = Record<string, unknown>;

function queryOf({ input }: OperationLiteral, request: Request): Outcome<Fields> {
  return success(fromTexts(input, Object.fromEntries(new URL(request.url).searchParams)));
}

/** The fields of the body; none where there is no body. */
async function bodyOf(
  { allowances, clock }: HttpDoorDependencies,
  request: Request,
  address: string,
): Promise<Outcome<Fields>> {
  if (request.body === null) return success({});
  const json = await readJson(request, allowances.ofAddress(address), clock);
  if (!json.ok) return json;
  const { value } = json;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return success(value as Fields);
  return failure("bad_request", "The body is not an object.", { path: "" });
}

/** Instead of a secret of somebody else's, what stands for it. */
function withoutSecret({ secret }: OperationLiteral): Fields {
  return secret ? { [secret.field]: undefined, ...(secret.unless && { [secret.unless]: true }) } : {};
}

function asksForPassword({ destroys, gives_rights }: OperationLiteral, input: Fields): boolean {
  if (destroys || gives_rights === true) return true;
  return gives_rights !== undefined && gives_rights !== false && input[gives_rights] === true;
}

/** Whether the password is the administrator's own. */
async function provenAgain(on: HttpDoorDependencies, password: unknown, by: SignedIn): Promise<Outcome<unknown>> {
  if (typeof password !== "string" || password.length > limits.login_password_length) {
    return failure("bad_request", "'password' is missing: your own, once more.", { path: "password" });
  }
  const proof = { ...on.parts, store: on.store };
  const may = await mayGuess(proof, by);
  return may.ok ? proven(proof, password, by) : may;
}
