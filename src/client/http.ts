// The HTTP calls, typed by the server's literals.

import type { CallBody, CallName, CallReply, calls } from "../protocol/http.ts";
import { RequestError } from "./errors.ts";

type Place<Name extends CallName> = Pick<(typeof calls)[Name], "method" | "path">;

const places: { readonly [Name in CallName]: Place<Name> } = {
  register: { method: "POST", path: "/user/register" },
  login: { method: "POST", path: "/user/login" },
  logout: { method: "POST", path: "/user/logout" },
  change_password: { method: "POST", path: "/user/password" },
  delete_user: { method: "DELETE", path: "/user" },
  profile: { method: "GET", path: "/user/profile" },
  validate_jwt: { method: "GET", path: "/validate_jwt" },
};

/** As much of `fetch` as is used. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{ json(): Promise<unknown> }>;

export interface CallOptions<Name extends CallName> {
  /** Where the server is, as in `https://orchard.example.org`. */
  url: string;
  body?: CallBody<Name>;
  token?: string;
  fetch?: Fetch;
}

/** One HTTP call; rejects with a `RequestError`, `disconnected` when no answer of the server's came. */
export async function callHttp<Name extends CallName>(
  name: Name,
  { url, body, token, fetch = globalThis.fetch }: CallOptions<Name>,
): Promise<CallReply<Name>> {
  const { method, path } = places[name];
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers["authorization"] = `Bearer ${token}`;
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const answer = await answerOf(fetch(`${url.replace(/\/+$/, "")}/api/v1${path}`, init));
  if (answer.success === true) return answer as CallReply<Name>;
  throw new RequestError(answer.code ?? "internal", answer.message ?? "The call failed.");
}

type Answer = { success?: boolean; code?: RequestError["code"]; message?: string };

async function answerOf(response: ReturnType<Fetch>): Promise<Answer> {
  try {
    return (await (await response).json()) as Answer;
  } catch (error) {
    throw new RequestError("disconnected", `The server can't be reached: ${error}`);
  }
}
