// Uploads, and what keeps them from being swept: a live message, a server's or a user's picture.

import { expect, test } from "bun:test";
import type { Upload } from "../../../src/domain/community.ts";
import { alice, bob, describeStore } from "../describe-store.ts";
import { addMessages, addOrchard, addServer, foundingOf, known_seq, messageOf, orchard, save } from "./community.ts";

describeStore("uploads", (db) => {
  function uploadOf(id: number, upload: Partial<Upload> = {}): Upload {
    const image = { type: "image/png", width: 10, height: 20, bytes: 300, key: null, name: "a.png" };
    return { id, user_id: alice, hash: `hash ${id}`, ...image, created_at: id, ...upload };
  }

  const add = (upload: Upload) => db.store.uploads.create(upload, null);
  const url = (id: number) => `https://orchard.example/api/v1/uploads/${id}`;
  const attach = ({ id, key, type, width, height, bytes }: Upload) => {
    return { id, url: url(id), key, name: "a.png", type, width, height, bytes };
  };
  const sweepable = async () => (await db.store.uploads.sweepable(1_000, 10)).map(({ id }) => id);

  test("an upload is read as it was given, and listed for its owner alone", async () => {
    const [first, second] = [uploadOf(11), uploadOf(12)];
    await add(first);
    await add(second);
    await add(uploadOf(13, { user_id: bob }));
    expect(await db.store.uploads.byId(11)).toEqual(first);
    expect(await db.store.uploads.byId(14)).toBeNull();
    expect(await db.store.uploads.ownedBy(alice, [12, 13, 11, 14])).toEqual([second, first]);
    expect(await db.store.uploads.ownedBy(alice, [])).toEqual([]);
    expect(await db.store.maxId()).toBe(13);
  });

  test("what nothing refers to can be swept once it is old enough, the oldest first", async () => {
    for (const id of [13, 11, 12]) await add(uploadOf(id));
    expect((await db.store.uploads.sweepable(13, 10)).map(({ id }) => id)).toEqual([11, 12]);
    expect(await db.store.uploads.sweepable(13, 1)).toEqual([uploadOf(11)]);
  });

  test("an attachment is kept until its last message is deleted or purged", async () => {
    await addOrchard(db);
    const [first, second] = [uploadOf(11), uploadOf(12)];
    for (const upload of [first, second]) await add(upload);
    await addMessages(db, [
      messageOf(21, { attachments: [attach(first), attach(second), attach(first)] }),
      messageOf(22, { attachments: [attach(second)] }),
    ]);
    expect(await sweepable()).toEqual([]);
    await db.store.messages.edit({ ...messageOf(21), content: "new", edited_at: 30 });
    expect(await sweepable()).toEqual([]);
    await db.store.messages.remove({ id: 21, user_id: alice, seq: 40, now: 40 });
    expect(await sweepable()).toEqual([11]);
    await db.store.rooms.remove(orchard, { seq: 6_050, known_seq, now: 50 });
    expect(await sweepable()).toEqual([11]);
    await db.store.rooms.purge(10);
    expect(await sweepable()).toEqual([11, 12]);
  });

  test("a server's image is kept until it is changed or the server is removed", async () => {
    for (const id of [11, 12]) await add(uploadOf(id));
    const founding = foundingOf(orchard, { image: url(11) });
    const { server } = founding.structure;
    await db.store.rooms.create({ ...founding, upload_id: 11 });
    expect(await sweepable()).toEqual([12]);
    const showing = (upload_id: number) => ({
      ...{ server: { ...server, image: url(upload_id) }, picture: { user_id: alice, upload_id } },
    });
    await save(db, orchard, { ...showing(12), now: 30 });
    expect(await sweepable()).toEqual([11]);
    await save(db, orchard, { server: { ...server, image: url(11).replace("orchard", "elsewhere") }, now: 31 });
    expect(await sweepable()).toEqual([11, 12]);
    await save(db, orchard, { ...showing(12), now: 32 });
    await db.store.rooms.remove(orchard, { seq: 6_050, known_seq, now: 50 });
    expect(await sweepable()).toEqual([11, 12]);
  });

  test("a user's picture is kept until it is changed or the user is removed", async () => {
    for (const id of [11, 12]) await add(uploadOf(id));
    await db.store.users.update(alice, { profile_pic: url(11) }, 20, 11);
    expect(await sweepable()).toEqual([12]);
    await db.store.users.update(alice, { profile_pic: url(12) }, 21, 12);
    expect(await sweepable()).toEqual([11]);
    await db.store.users.update(alice, { bio: "hello" }, 22);
    expect(await sweepable()).toEqual([11]);
    await db.store.users.update(alice, { profile_pic: `https://elsewhere.example${url(12)}` }, 23, 12);
    expect(await sweepable()).toEqual([11]);
    await db.removeUser(alice, 30);
    expect(await sweepable()).toEqual([11, 12]);
  });

  test("what only looks like an upload of somebody's keeps none", async () => {
    await add(uploadOf(11, { user_id: bob }));
    await db.store.users.update(alice, { profile_pic: url(11) }, 20);
    await addServer(db, orchard, { image: url(11) });
    expect(await sweepable()).toEqual([11]);
  });

  test("what went is not shown any more: a picture must be there, and one's own", async () => {
    await add(uploadOf(11, { user_id: bob }));
    const show = (id: number) => db.isStale(db.plain.users.update(alice, { profile_pic: url(id), bio: "new" }, 20, id));
    expect([await show(11), await show(12)]).toEqual([true, true]);
    expect(await db.store.users.profiles([alice])).toMatchObject([{ profile_pic: null, bio: null, seq: 0 }]);
    expect(await sweepable()).toEqual([11]);
  });

  test("removing tells whether it is gone, and none has its hash any more, and spares what came to be referred to", async () => {
    await addServer(db, orchard);
    const [first, second, alone, kept] = [
      uploadOf(11, { hash: "shared" }),
      uploadOf(12, { hash: "shared" }),
      uploadOf(13),
      uploadOf(14),
    ];
    for (const upload of [first, second, alone, kept]) await add(upload);
    await addMessages(db, [messageOf(21, { attachments: [attach(kept)] })]);
    const remove = ({ id, hash }: Upload) => db.store.uploads.remove({ id, hash });
    expect(await Promise.all([first, alone, kept, uploadOf(99)].map(remove))).toEqual([
      { is_gone: true, is_last: false },
      { is_gone: true, is_last: true },
      { is_gone: false, is_last: true },
      { is_gone: true, is_last: true },
    ]);
    expect(await db.store.uploads.byId(14)).toEqual(kept);
    expect(await remove(second)).toEqual({ is_gone: true, is_last: true });
    expect(await Promise.all([11, 12, 13].map(db.store.uploads.byId))).toEqual([null, null, null]);
  });

  test("a removed upload's id is never given again", async () => {
    await add(uploadOf(112));
    await db.store.uploads.remove({ id: 112, hash: "hash 112" });
    expect(await db.store.maxId()).toBe(112);
  });
});
