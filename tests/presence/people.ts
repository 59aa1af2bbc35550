// What the tests of presence share: making friends, waiting until those who left count as gone, and a friend list
// built as the console builds it, from pushes alone.

import type { Frame, Json } from "../harness/client.ts";
import type { Present, TestServer } from "../harness/server.ts";

/** The update that tells that this person has come or gone. */
export const statusOf = (id: number, status: 0 | 1) => (frame: Frame) =>
  frame["type"] === "friend-list-update" && frame["data"].id === id && frame["data"].status === status;

export const pushed = (friend: Json) => ({ type: "friend-list-update", data: friend });

/** Makes two people friends; afterwards neither has anything unread. */
export async function befriend(one: Present, other: Present): Promise<void> {
  await one.client.ask({ type: "send-friend-request", message: other.name });
  await other.client.ask({ type: "accept-friend-request", message: String(one.id) });
  await Promise.all([one.client.rest(), other.client.rest()]);
}

/** Whoever has left before this call counts as gone after it: somebody else leaves now, and their friend hears of it. */
export async function graceOver(server: Pick<TestServer, "friends">): Promise<void> {
  const [observer, leaver] = await server.friends();
  await leaver.client.close();
  await observer.client.take(statusOf(leaver.id, 0));
  await observer.client.close();
}

/** By id: everybody of whom these frames told. */
export function friendList(frames: readonly Frame[]): Map<number, Json> {
  const list = new Map<number, Json>();
  for (const { type, data } of frames) {
    if (type === "friend-list-update" && data.type === "none") list.delete(data.id);
    else if (type === "friend-list-update") list.set(data.id, data);
    else if (type === "now-playing" && list.has(data.who)) {
      list.set(data.who, { ...list.get(data.who), playing: data.app || null });
    }
  }
  return list;
}
