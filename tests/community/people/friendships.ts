// What the tests of friends share: the requests in short, and what is expected of entries and of what is told.

import { expect } from "bun:test";
import type { Frame, Json } from "../../harness/client.ts";
import type { Present } from "../../harness/server.ts";
import { ask } from "./acquaintances.ts";

const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

export const entry = ({ id, name }: Present, state: string) => ({ user_id: id, name, state, since });

export const event = (type: string, { id, name }: Present, state: string) => ({
  ...{ type, topic: "self", seq: expect.any(Number) },
  data: { user_id: id, name, state },
});

/** The console's push. */
export const update = ({ id }: Present, type: string) => ({
  type: "friend-list-update",
  data: expect.objectContaining({ id, type }),
});

type Person = { id: number };

export const add = (who: Present, whom: Person) => ask(who, "add_friend", { user_id: whom.id });

export function act(who: Present, action: string, whom: Person): Promise<Frame> {
  return ask(who, "update_friend", { user_id: whom.id, action });
}

export const drop = (who: Present, whom: Person) => ask(who, "delete_friend", { user_id: whom.id });

export const listOf = async (who: Present): Promise<Json[]> => (await ask(who, "get_friends"))["data"].friends;

/** Nothing that came so far is unread afterwards. */
export const quiet = (...people: Present[]) => Promise.all(people.map(({ client }) => client.rest()));
