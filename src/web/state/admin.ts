// Whether who is logged in runs the server, and the calls of those who do. To all others there are no such calls.

import { effect, signal } from "@preact/signals";
import { RequestError } from "../../client/index.ts";
import { connection } from "./account.ts";
import { client } from "./cache.ts";

export const is_admin = signal(false);

type Query = Readonly<Record<string, string | number | undefined>>;

/** One call below `/api/v1`, refused as all others are. */
export async function callAdmin<Answer>(method: string, path: string, given: Query | object = {}): Promise<Answer> {
  const headers: Record<string, string> = { accept: "application/json" };
  const token = client.value?.token;
  if (token) headers["authorization"] = `Bearer ${token}`;
  const has_body = method !== "GET";
  if (has_body) headers["content-type"] = "application/json";
  const response = await fetch(`/api/v1${path}${has_body ? "" : queryOf(given as Query)}`, {
    ...{ method, headers },
    ...(has_body && { body: JSON.stringify(given) }),
  }).catch(() => {
    throw new RequestError("disconnected", "The server can't be reached.");
  });
  const answer = await response.json().catch(() => null);
  if (answer?.success === true) return answer as Answer;
  throw new RequestError(
    answer?.code ?? "internal",
    answer?.message ?? "The server's answer makes no sense.",
    answer?.details,
  );
}

function queryOf(given: Query): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && value !== "") query.set(name, String(value));
  return query.size > 0 ? `?${query}` : "";
}

/** Asked once a log-in. */
let asked_for: unknown = null;
effect(() => {
  const mine = client.value;
  if (!mine) {
    asked_for = null;
    is_admin.value = false;
    return;
  }
  if (connection.value !== "ready" || asked_for === mine) return;
  asked_for = mine;
  callAdmin("GET", "/admin/settings").then(
    () => {
      is_admin.value = true;
    },
    () => {},
  );
});
