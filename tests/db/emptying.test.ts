// An emptied database is as a new one, whatever was in it, and is written to as before: the suites of the store rest on it.

import { afterAll, expect, test } from "bun:test";
import { openEmbedded } from "../../src/db/engine/embedded.ts";
import { alice, bob, carol, PeopledStore } from "./describe-store.ts";
import { emptyDatabase } from "./emptying.ts";
import { addMessages, addOrchard, messageOf, orchard } from "./queries/community.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "./temporary.ts";

afterAll(removeTemporaryDirectories);

const upload = {
  user_id: alice,
  type: "image/png",
  width: 1,
  height: 1,
  bytes: 1,
  created_at: 1,
  key: null,
  name: null,
};

/** Something in every table that triggers have a hand in, and something that is gone. */
async function fill(db: PeopledStore): Promise<void> {
  for (const id of [alice, bob, carol]) await db.addUser(id, `user ${id}`);
  await db.setFriendship(alice, bob, "friend", "friend");
  await db.store.logins.create({ id: 40, user_id: alice, created_at: 1, expires_at: 9 }, `hash of user ${alice}`);
  for (const id of [41, 42]) await db.store.uploads.create({ ...upload, id, hash: `hash ${id}` }, null);
  await db.store.users.update(alice, { profile_pic: "/api/v1/uploads/41" }, 5, 41);
  await addOrchard(db);
  await addMessages(
    db,
    [11, 12, 13].map((id) => messageOf(id, { mentions: [bob], attachments: [], content: `apples ${id}` })),
  );
  await db.store.messages.addReaction({ message_id: 11, emoji: "🍎", user_id: bob, created_at: 5, seq: 14 });
  await db.store.readStates.mark({ user_id: bob, channel_id: orchard + 3, last_read_id: 11, seq: 15 });
  await db.store.messages.remove({ id: 12, user_id: alice, seq: 16, now: 16 });
  await db.store.logins.remove(40);
  await db.removeUser(carol, 17);
}

test("an emptied database is as a new one, and is written to as before", async () => {
  const url = await temporaryDatabaseUrl();
  const driver = await openEmbedded({ url });
  const db = new PeopledStore();
  await db.openOver(driver, url);
  const as_new = await db.tables();
  await fill(db);
  const full = await db.tables();
  await emptyDatabase(driver);
  expect(await db.tables()).toEqual(as_new);
  await fill(db);
  expect(await db.tables()).toEqual(full);
  const found = await db.store.messages.search({
    ...{ server_id: orchard, channel_ids: [orchard + 3], query: "apples", before: 0, amount: 10 },
  });
  expect(found.messages.map(({ id }) => id)).toEqual([13, 11]);
  await db.plain.close();
});
