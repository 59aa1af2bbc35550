// What the tests of people share: requests by their parameters, and what has come of events.

import type { Frame, Json, TestClient } from "../../harness/client.ts";
import type { Present } from "../../harness/server.ts";

/** A request of the community dialect; the whole reply. */
export const ask = ({ client }: { client: TestClient }, type: string, data: Json = {}) => client.ask({ type, data });

/** The request is answered `bad_request` for that field of its `data`, and the socket lives. */
export async function refuse({ client }: Present, type: string, data: Json, path: string): Promise<void> {
  const reply = await client.ask({ type, data });
  if (reply["code"] !== "bad_request" || reply["details"]?.path !== path) {
    throw new Error(`not refused for '${path}': ${JSON.stringify(reply)}`);
  }
  await client.ask({ type: "ping" });
}

/** The events among the frames that came so far. */
export async function eventsOf(client: TestClient): Promise<Frame[]> {
  return (await client.rest()).filter(({ topic }) => topic !== undefined);
}

/** Makes two people friends; afterwards neither has anything unread. */
export async function befriend(one: Present, other: Present): Promise<void> {
  await ask(one, "add_friend", { user_id: other.id });
  await ask(other, "update_friend", { user_id: one.id, action: "accept" });
  await Promise.all([one.client.rest(), other.client.rest()]);
}

export const forgetId = ({ id: _, ...reply }: Frame) => reply;
