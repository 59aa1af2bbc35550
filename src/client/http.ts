// The HTTP calls, typed by the server's literals. Each settles: with the server's answer, with its refusal, or saying
// why there was none.

import type { CallBody, CallName, CallReply, calls } from "../protocol/http.ts";
import type { InvitingServer } from "../protocol/invites.ts";
import { addressOf } from "./address.ts";
import { late, RequestError, refusalOf } from "./errors.ts";
import { type Clock, default_times, system_clock } from "./surroundings.ts";
import { type Patience, within } from "./waiting.ts";

type Place<Name extends CallName> = Pick<(typeof calls)[Name], "method" | "path">;

const places: { readonly [Name in CallName]: Place<Name> } = {
  register: { method: "POST", path: "/user/register" },
  login: { method: "POST", path: "/user/login" },
  reset_password: { method: "POST", path: "/user/reset" },
  setup: { method: "POST", path: "/user/setup" },
  logout: { method: "POST", path: "/user/logout" },
  change_password: { method: "POST", path: "/user/password" },
  delete_user: { method: "DELETE", path: "/user" },
  forgot: { method: "POST", path: "/user/forgot" },
  set_email: { method: "POST", path: "/user/email" },
  confirm_email: { method: "POST", path: "/user/email/confirm" },
  profile: { method: "GET", path: "/user/profile" },
  logins: { method: "GET", path: "/user/logins" },
  end_login: { method: "DELETE", path: "/user/logins/:id" },
  add_bot: { method: "POST", path: "/bots" },
  bots: { method: "GET", path: "/bots" },
  change_bot: { method: "PATCH", path: "/bots/:id" },
  change_bot_token: { method: "POST", path: "/bots/:id/token" },
  delete_bot: { method: "DELETE", path: "/bots/:id" },
  validate_jwt: { method: "GET", path: "/validate_jwt" },
  push_key: { method: "GET", path: "/push/key" },
  add_push_subscription: { method: "POST", path: "/push/subscriptions" },
  delete_push_subscription: { method: "DELETE", path: "/push/subscriptions" },
};

interface Call {
  method: string;
  headers: Record<string, string>;
  body?: string;
}

/** As much of `fetch` as is used. */
export type Fetch = (
  url: string,
  init: Call & { redirect: "manual"; signal: AbortSignal },
) => Promise<{ json(): Promise<unknown>; status?: number; type?: string }>;

export interface FetchOptions extends Patience {
  fetch?: Fetch | undefined;
  clock?: Clock | undefined;
  /** From the call to the end of its answer; then it is rejected with `deadline`. */
  deadline_ms?: number | undefined;
}

export interface CallOptions<Name extends CallName> extends FetchOptions {
  /** Where the server is, as in `https://orchard.example.org`. */
  url: string;
  body?: CallBody<Name>;
  token?: string;
}

export interface InviteOptions extends FetchOptions {
  url: string;
  code: string;
}

/** One HTTP call; rejects with a `RequestError`, `disconnected` when no answer of the server's came. */
export async function callHttp<Name extends CallName>(
  name: Name,
  { url, body, token, ...options }: CallOptions<Name>,
): Promise<CallReply<Name>> {
  const { method, path } = places[name];
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers["authorization"] = `Bearer ${token}`;
  const { place, rest } = placed(path, body);
  const call = rest === undefined ? { method, headers } : { method, headers, body: JSON.stringify(rest) };
  const answer = await answerTo(`${addressOf(url).http}/api/v1${place}`, call, options);
  if (answer.success === true) return answer as CallReply<Name>;
  throw refusalOf(answer);
}

/** The server that an invite leads to, for who has no account yet; rejects with `not_found` where it lets nobody in. */
export async function readInvite({ url, code, ...options }: InviteOptions): Promise<InvitingServer> {
  const address = `${addressOf(url).http}/api/v1/invites/${encodeURIComponent(code)}`;
  const answer = await answerTo(address, { method: "GET", headers: {} }, options);
  if (answer.success === true) return (answer as unknown as { server: InvitingServer }).server;
  throw refusalOf(answer);
}

/** Where a call goes to, and what is left for its body: what has a name in the path stands there. */
function placed(path: string, body: unknown): { place: string; rest: unknown } {
  if (!path.includes(":")) return { place: path, rest: body };
  const left = { ...(body as Readonly<Record<string, unknown>>) };
  const place = path.replace(/:(\w+)/g, (_, name) => {
    const value = encodeURIComponent(String(left[name]));
    delete left[name];
    return value;
  });
  return { place, rest: Object.keys(left).length > 0 ? left : undefined };
}

/** Whether the server is there: rejects with why not when nothing answers, or something else. */
export async function greet(http: string, options: FetchOptions): Promise<void> {
  await answerTo(`${http}/`, { method: "GET", headers: { accept: "application/json" } }, options);
}

type Answer = { success: boolean };

function answerTo(
  address: string,
  call: Call,
  {
    fetch = globalThis.fetch,
    clock = system_clock,
    deadline_ms = default_times.http_deadline_ms,
    signal,
  }: FetchOptions,
): Promise<Answer> {
  return within({ clock, deadline_ms, signal, late: () => late(address) }, async (given_up) => {
    const response = await responseOf(address, () => fetch(address, { ...call, redirect: "manual", signal: given_up }));
    const { status, type } = response;
    if (type === "opaqueredirect" || (status !== undefined && REDIRECTS.has(status))) {
      throw noAnswer(`${address} redirects: name the address that it leads to.`);
    }
    const answer = await response.json().catch(() => null);
    if (isAnswer(answer)) return answer;
    throw noAnswer(`${address} answered ${status ?? "something"}, but not as the server does: is a proxy between?`);
  });
}

async function responseOf(address: string, begin: () => ReturnType<Fetch>): ReturnType<Fetch> {
  try {
    return await begin();
  } catch (error) {
    throw noAnswer(`${address} can't be reached: ${reasonOf(error)}`, error);
  }
}

const noAnswer = (message: string, cause?: unknown) => new RequestError("disconnected", message, {}, cause);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const isAnswer = (answer: unknown): answer is Answer =>
  typeof answer === "object" && answer !== null && "success" in answer && typeof answer.success === "boolean";

/** Node says in the cause of a failed `fetch` what failed. */
function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: string; message?: string };
  if (cause instanceof Error) return reasonOf(cause);
  const said = message ?? String(error);
  return code === undefined || said.includes(code) ? said : `${said} (${code})`;
}
