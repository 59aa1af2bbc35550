// What some requests come to is known only when they are done: whoever asked owes it, and may ask that much less.

import { afterEach, expect, test } from "bun:test";
import { categoryId, roleId } from "../../bench/neighbours/land.ts";
import { tokenOf } from "../../bench/seed.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { TestClient } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import { addressOf, from, openTown, type Town } from "./town.ts";

const BURST = 200;
/** Refilled so slowly that no test sees it. */
const scarce = { burst: BURST, per_s: 0.001 };
const [OWNER, SERVER] = [101, 2];

let town: Town;
afterEach(() => town.stop());

test.each([0, 50, 150])("a session of somebody with %i friends costs by their number", async (count) => {
  const friends = JSON.stringify(Array.from({ length: count }, (_, at) => (at < OWNER - 1 ? at + 1 : at + 2)));
  town = await openTown(
    (land) => {
      for (const pair of [`${OWNER}, value`, `value, ${OWNER}`]) {
        land.run(`INSERT INTO friendships (user_id, peer_id, state, since, seq)
          SELECT ${pair}, 'friend', 1, 1 FROM json_each('${friends}')`);
      }
    },
    { rates: { ...rates, user_requests: scarce } },
  );
  const cost = limits.session_cost + Math.floor(count / limits.friends_per_token);
  for (let left = BURST; left >= limits.session_cost; left -= cost) {
    const { client } = await town.person(OWNER);
    if (count > 0) await client.take("friend-list-update");
    await client.close();
  }
  const refused = await TestClient.open(town.url, await tokenOf(OWNER), from(addressOf(OWNER)));
  expect((await refused.closed).code).toBe(4008);
});

test.each([0, 4, 40])("the deletion of a role costs by the %i channels that name it", async (channels) => {
  town = await openTown(
    (land) => {
      land.server(SERVER, { owner: OWNER, members: [OWNER], channels, roles: 2, overwrites: 1 });
    },
    { rates: { ...rates, session_requests: scarce } },
  );
  const owner = await town.person(OWNER);
  await done(owner, "delete_role", { role_id: roleId(SERVER, 1) });
  let asked = 0;
  while ((await owner.client.ask({ type: "ping" }))["type"] === "pong") asked += 1;
  // The role's own row is one of them; 20 are what the request costs in any case.
  expect(asked).toBe(BURST - 20 - Math.floor((channels + 1) / limits.rows_per_token));
});

test.each([0, 4, 40])("who sees a category costs by the %i channels in it, its name doesn't", async (inside) => {
  town = await openTown(
    (land) => {
      const channels = inside + 1;
      land.server(SERVER, { owner: OWNER, members: [OWNER], channels, roles: 2, overwrites: 1, is_hidden: true });
    },
    { rates: { ...rates, session_requests: scarce } },
  );
  const owner = await town.person(OWNER);
  const category_id = categoryId(SERVER);
  await done(owner, "update_category", { category_id, changes: { name: "Hidden" } });
  await done(owner, "update_category", { category_id, changes: { overwrites: [] } });
  let asked = 0;
  while ((await owner.client.ask({ type: "ping" }))["type"] === "pong") asked += 1;
  // The category's own row is one of what is counted; 5 are what each request costs in any case.
  expect(asked).toBe(BURST - 10 - Math.floor((inside + 1) / limits.rows_per_token));
});
