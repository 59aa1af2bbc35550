// Which reads stay out of the way of the quick ones.

import { expect, test } from "bun:test";
import type { Statement } from "../../../src/db/engine/driver.ts";
import { accessOver } from "../../../src/db/engine/query.ts";
import { roomMembersOf } from "../../../src/db/queries/room-members.ts";

test("who goes through a server's members by name holds up no quick read", async () => {
  const statements: Statement[] = [];
  const access = accessOver({
    async query(statement) {
      statements.push(statement);
      return [];
    },
  });
  const members = roomMembersOf(access);
  const slice = { server_id: 1, after: 0, limit: 500 };
  for (const filter of [{}, { role_id: 2 }, { user_ids: [3] }]) await members.named({ ...slice, ...filter }, "a");
  expect(statements.map(({ lane }) => lane)).toEqual(["search", "search", "search"]);
  await members.members({ ...slice, limit: 1 });
  expect(statements.at(-1)?.lane).toBe("quick");
});
