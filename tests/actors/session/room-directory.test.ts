// Where things are, of which more have been seen than are remembered.

import { expect, test } from "bun:test";
import { createRoomDirectory } from "../../../src/actors/session/room-directory.ts";
import type { Store } from "../../../src/db/store.ts";
import { limits } from "../../../src/domain/limits.ts";

/** Each channel is in the server of its own number. */
const rooms = {
  serversOf: async (_kind: string, ids: readonly number[]) => ids.map((id) => ({ id, server_id: id })),
};

test("what is forgotten while others are looked up is found with them", async () => {
  const directory = createRoomDirectory({ rooms } as unknown as Pick<Store, "rooms" | "messages" | "invites">);
  const many = (from: number) => Array.from({ length: limits.directory_entries / 2 }, (_, index) => from + index);
  await directory.findAll("channel", [1]);
  await directory.findAll("channel", many(2));
  const found = await directory.findAll("channel", [1, ...many(limits.directory_entries)]);
  expect(found.get(1)).toBe(1);
  expect(found.size).toBe(1 + limits.directory_entries / 2);
});
