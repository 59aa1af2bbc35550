// Uploads, and what keeps them from being swept: a live message, a server's or a user's picture.

import { expect, test } from "bun:test";
import type { Upload } from "../../../src/domain/community.ts";
import { alice, bob, describeStore } from "../describe-store.ts";
import { addMessages, addServer, messageOf, orchard } from "./community.ts";

describeStore("uploads", (db) => {
  function uploadOf(id: number, upload: Partial<Upload> = {}): Upload {
    const image = { type: "image/png", width: 10, height: 20, bytes: 300 };
    return { id, user_id: alice, hash: `hash ${id}`, ...image, created_at: id, ...upload };
  }

  const url = (id: number) => `https://orchard.example/api/v1/uploads/${id}`;
  const attach = ({ id, type, width, height, bytes }: Upload) => ({ id, url: url(id), type, width, height, bytes });
  const sweepable = async () => (await db.store.uploads.sweepable(1_000, 10)).map(({ id }) => id);

  test("an upload is read as it was given, and listed for its owner alone", async () => {
    const [first, second] = [uploadOf(11), uploadOf(12)];
    await db.store.uploads.create(first);
    await db.store.uploads.create(second);
    await db.store.uploads.create(uploadOf(13, { user_id: bob }));
    expect(await db.store.uploads.byId(11)).toEqual(first);
    expect(await db.store.uploads.byId(14)).toBeNull();
    expect(await db.store.uploads.ownedBy(alice, [12, 13, 11, 14])).toEqual([second, first]);
    expect(await db.store.uploads.ownedBy(alice, [])).toEqual([]);
    expect(await db.store.maxId()).toBe(13);
  });

  test("what nothing refers to can be swept once it is old enough, the oldest first", async () => {
    for (const id of [13, 11, 12]) await db.store.uploads.create(uploadOf(id));
    expect((await db.store.uploads.sweepable(13, 10)).map(({ id }) => id)).toEqual([11, 12]);
    expect(await db.store.uploads.sweepable(13, 1)).toEqual([uploadOf(11)]);
  });

  test("an attachment is kept until its last message is deleted or purged", async () => {
    await addServer(db, orchard);
    const [first, second] = [uploadOf(11), uploadOf(12)];
    for (const upload of [first, second]) await db.store.uploads.create(upload);
    await addMessages(db, [
      messageOf(21, { attachments: [attach(first), attach(second), attach(first)] }),
      messageOf(22, { attachments: [attach(second)] }),
    ]);
    expect(await sweepable()).toEqual([]);
    await db.store.messages.edit({ ...messageOf(21), content: "new", edited_at: 30 });
    expect(await sweepable()).toEqual([]);
    await db.store.messages.remove({ id: 21, seq: 40, now: 40 });
    expect(await sweepable()).toEqual([11]);
    await db.store.rooms.remove(orchard, { seq: 50, now: 50 });
    expect(await sweepable()).toEqual([11]);
    await db.store.rooms.purge(10);
    expect(await sweepable()).toEqual([11, 12]);
  });

  test("a server's image is kept until it is changed or the server is removed", async () => {
    for (const id of [11, 12]) await db.store.uploads.create(uploadOf(id));
    const { server } = await addServer(db, orchard, { image: url(11) });
    expect(await sweepable()).toEqual([12]);
    await db.store.rooms.save(orchard, { server: { ...server, image: `${url(12)}?size=64` }, now: 30 });
    expect(await sweepable()).toEqual([11]);
    await db.store.rooms.save(orchard, { server: { ...server, image: "https://elsewhere.example/12" }, now: 31 });
    expect(await sweepable()).toEqual([11, 12]);
    await db.store.rooms.save(orchard, { server: { ...server, image: url(12) }, now: 32 });
    await db.store.rooms.remove(orchard, { seq: 50, now: 50 });
    expect(await sweepable()).toEqual([11, 12]);
  });

  test("a user's picture is kept until it is changed or the user is removed", async () => {
    for (const id of [11, 12]) await db.store.uploads.create(uploadOf(id));
    await db.store.users.update(alice, { profile_pic: url(11) }, 20);
    expect(await sweepable()).toEqual([12]);
    await db.store.users.update(alice, { profile_pic: url(12) }, 21);
    expect(await sweepable()).toEqual([11]);
    await db.store.users.update(alice, { bio: "hello" }, 22);
    expect(await sweepable()).toEqual([11]);
    await db.removeUser(alice, 30);
    expect(await sweepable()).toEqual([11, 12]);
  });

  test("a reference that was there before its upload counts", async () => {
    await db.store.users.update(alice, { profile_pic: url(11) }, 20);
    await db.store.uploads.create(uploadOf(11));
    expect(await sweepable()).toEqual([]);
  });

  test("removing names the hashes that are nobody's any more, and spares what came to be referred to", async () => {
    await db.store.uploads.create(uploadOf(11, { hash: "shared" }));
    await db.store.uploads.create(uploadOf(12, { hash: "shared" }));
    await db.store.uploads.create(uploadOf(13));
    const kept = uploadOf(14);
    await db.store.uploads.create(kept);
    await db.store.messages.add(messageOf(21, { attachments: [attach(kept)] }));
    expect(await db.store.uploads.remove([11, 13, 14, 99])).toEqual(["hash 13"]);
    expect(await db.store.uploads.byId(14)).toEqual(kept);
    expect(await db.store.uploads.remove([12])).toEqual(["shared"]);
    expect(await db.store.uploads.remove([])).toEqual([]);
  });

  test("of two with one hash, removed together, the hash is named once", async () => {
    await db.store.uploads.create(uploadOf(11, { hash: "shared" }));
    await db.store.uploads.create(uploadOf(112, { hash: "shared" }));
    expect(await db.store.uploads.remove([11, 112])).toEqual(["shared"]);
    expect(await db.store.maxId()).toBe(112);
  });
});
