// What is found of a write whose answer was lost: nothing before it was done, and then what its answer would have said.

import { expect, test } from "bun:test";
import type { Write } from "../../../src/db/engine/write.ts";
import { alice, bob, carol, describeStore, type PeopledStore } from "../describe-store.ts";
import {
  addMessages,
  addOrchard,
  addServer,
  changesOf,
  foundingOf,
  known_seq,
  meadow,
  memberOf,
  messageOf,
  orchard,
  PLENTY,
  save,
  structureOf,
} from "./community.ts";

const now = 6_000;
const login = { id: 80, user_id: bob, created_at: now, expires_at: 9_000 };
const for_bob = { purpose: "reset", user_id: bob, email: null } as const;
const link = { ...for_bob, token_hash: "reset", created_at: now, expires_at: 9_000 };
const registration_invite = { code: "orange", creator_id: bob, created_at: now, expires_at: null, max_uses: 1 };
const invite = {
  ...{ code: "apple", server_id: orchard, creator_id: alice, created_at: now },
  ...{ expires_at: null, max_uses: null, uses: 0 },
};
const upload = {
  id: 70,
  user_id: bob,
  hash: "h",
  type: "image/png",
  width: 1,
  height: 1,
  bytes: 1,
  created_at: now,
  key: null,
  name: null,
};
const reaction = { message_id: 11, emoji: "👍", user_id: bob };
const dave = { id: 4, name: "Dave", name_key: "dave", email: null, password_hash: "hash of Dave", created_at: now };
const asking = { mine: "outgoing", theirs: "incoming", was: { mine: "none", theirs: "none" } } as const;
const blocking = { mine: "blocked", theirs: "incoming", was: { mine: "outgoing", theirs: "incoming" } } as const;
const friends = { user_id: bob, peer_id: carol, at_most: PLENTY, requests_at_most: PLENTY, now };

const bot = {
  ...{ id: 89, owner_id: bob, name: "Bot", name_key: "bot", at_most: PLENTY, note: null, now },
  token: { login: 91, token_hash: "a" },
};

const replaced = { bot_id: 89, owner_id: bob, was: 88 };

type Word = (db: PeopledStore) => Write<unknown>;

const writes: Record<string, Word> = {
  "users.create": ({ plain }) => plain.users.create(dave),
  "users.update": ({ plain }) => plain.users.update(bob, { bio: "new" }, now),
  "users.end": ({ plain }) => plain.users.end({ id: bob, checked_hash: "hash of Bob", seq: now, now }),
  "logins.create": ({ plain }) => plain.logins.create(login, "hash of Bob"),
  "logins.remove": ({ plain }) => plain.logins.remove(79),
  "logins.removeOf": ({ plain }) => plain.logins.removeOf(bob, 79, { login: 79, now }),
  "logins.replaceAll": ({ plain }) =>
    plain.logins.replaceAll({ user_id: bob, checked_hash: "hash of Bob", password_hash: "new", login }),
  "logins.resetPassword": ({ plain }) =>
    plain.logins.resetPassword({ user_id: bob, token_hash: "reset", password_hash: "new", now }),
  "registrationInvites.create": ({ plain }) =>
    plain.registrationInvites.create({ ...registration_invite, code: "another" }),
  "registrationInvites.remove": ({ plain }) => plain.registrationInvites.remove("orange"),
  "links.create": ({ plain }) => plain.links.create({ ...link, token_hash: "another" }),
  "links.offer": ({ plain }) =>
    plain.links.offer({ ...link, token_hash: "another" }, "hash of Bob", { login: 79, now }),
  "links.confirmEmail": ({ plain }) =>
    plain.links.confirmEmail({ token_hash: "confirm", user_id: bob, email: "bob@example.org", now }),
  "friendships.change": ({ plain }) => plain.friendships.change({ ...friends, ...asking, seq: now }),
  "friendships.change, numbered higher": ({ plain }) => plain.friendships.change({ ...friends, ...asking, seq: 1 }),
  "rooms.create": ({ plain }) => plain.rooms.create(foundingOf(meadow)),
  "rooms.save": ({ plain }) => plain.rooms.save(orchard, changesOf({ server: structureOf(orchard).server, now })),
  "rooms.save, with who left": ({ plain }) => {
    const left_members = [
      { user_id: bob, seq: now },
      { user_id: carol, seq: now + 1 },
    ];
    return plain.rooms.save(orchard, changesOf({ left_members, now }));
  },
  "rooms.join": ({ plain }) => {
    const [member, { server }] = [memberOf(5, { seq: now }), structureOf(orchard, { seq: now })];
    const joining = { server_id: orchard, member, server, invite_code: "pear", known_seq, at_most: PLENTY, now };
    return plain.rooms.join(joining);
  },
  "rooms.remove": ({ plain }) => plain.rooms.remove(orchard, { seq: now, known_seq, now }),
  "invites.create": ({ plain }) => plain.invites.create(invite, PLENTY, null),
  "invites.remove": ({ plain }) => plain.invites.remove(orchard, "pear"),
  "messages.add": ({ plain }) => plain.messages.add(messageOf(20)),
  "messages.edit": ({ plain }) => plain.messages.edit({ ...messageOf(11), content: "new", edited_at: now, seq: now }),
  "messages.remove": ({ plain }) => plain.messages.remove({ id: 11, user_id: alice, seq: now, now }),
  "messages.pin": ({ plain }) => plain.messages.pin({ id: 11, user_id: alice, pin_order: now, seq: now }),
  "messages.addReaction": ({ plain }) => plain.messages.addReaction({ ...reaction, created_at: now, seq: now }),
  "messages.removeReaction": ({ plain }) => plain.messages.removeReaction({ ...reaction, emoji: "🍎", seq: now }),
  "readStates.mark": ({ plain }) =>
    plain.readStates.mark({ user_id: bob, channel_id: orchard + 3, last_read_id: 12, seq: now }),
  "readStates.mark, numbered higher": ({ plain }) =>
    plain.readStates.mark({ user_id: bob, channel_id: orchard + 3, last_read_id: 12, seq: 1 }),
  "uploads.create": ({ plain }) => plain.uploads.create(upload, null),
  "uploads.remove, the last of its bytes": ({ plain }) => plain.uploads.remove({ id: 71, hash: "alone" }),
  "uploads.remove, one of several of its bytes": ({ plain }) => plain.uploads.remove({ id: 72, hash: "shared" }),
  "bots.create": ({ plain }) => plain.bots.create({ ...bot, id: 90, name: "B", name_key: "b" }, undefined),
  "bots.replaceToken": ({ plain }) =>
    plain.bots.replaceToken({ ...replaced, token: { login: 92, token_hash: "new" }, now }, undefined),
  "standing.suspend": ({ plain }) => plain.standing.suspend({ user_id: bob, at: now, until: null, reason: null }),
  "settings.put": ({ plain }) => plain.settings.put("epoch", "2"),
  "settings.replace": ({ plain }) => plain.settings.replace("epoch", "1", "2"),
  "settings.putIfAbsent": ({ plain }) => plain.settings.putIfAbsent("secret", "first"),
};

/** What the next round or call does in any case. */
const sweeps: Record<string, Word> = {
  "users.setLastOnline": ({ plain }) => plain.users.setLastOnline([{ id: bob, last_online: now }]),
  "logins.noteUse": ({ plain }) => plain.logins.noteUse([79], now),
  "logins.removeExpired": ({ plain }) => plain.logins.removeExpired(now),
  "registrationInvites.removeExpired": ({ plain }) => plain.registrationInvites.removeExpired(now),
  "links.removeExpired": ({ plain }) => plain.links.removeExpired(now),
  "rooms.purge": ({ plain }) => plain.rooms.purge(10),
  "readStates.purge": ({ plain }) => plain.readStates.purge(10),
  "made.forget": ({ plain }) => plain.made.forget({ before: now, limit: 10 }),
  "tombstones.remove": ({ plain }) => plain.tombstones.remove("members", { rows: [1], before: now }),
  "tombstones.forgetFormer": ({ plain }) => plain.tombstones.forgetFormer({ before: now, limit: 10 }),
};

async function setUp(db: PeopledStore): Promise<void> {
  await addOrchard(db);
  await addServer(db, 3_000, { owner_id: carol });
  await save(db, 3_000, { members: [memberOf(bob)], now: 5_000 });
  await db.addUser(5, "Eve");
  await addMessages(db, [messageOf(11), messageOf(12)]);
  await db.store.messages.addReaction({ ...reaction, emoji: "🍎", created_at: 13, seq: 13 });
  await db.store.readStates.mark({ user_id: bob, channel_id: orchard + 3, last_read_id: 11, seq: 5_100 });
  await db.store.logins.create({ ...login, id: 79 }, "hash of Bob");
  await db.store.registrationInvites.create(registration_invite);
  await db.store.links.create(link);
  await db.store.links.create({ ...link, token_hash: "confirm", purpose: "confirm" });
  await db.store.invites.create({ ...invite, code: "pear" }, PLENTY, null);
  await db.store.uploads.create({ ...upload, id: 71, hash: "alone" }, null);
  for (const id of [72, 73]) await db.store.uploads.create({ ...upload, id, hash: "shared" }, null);
  await db.store.settings.put("epoch", "1");
  await db.store.bots.create({ ...bot, token: { login: 88, token_hash: "old" } }, undefined);
  await db.setFriendship(bob, alice, "friend", "friend", 5_200);
}

/** What is found out doesn't say how far a topic went before. */
function withoutBefore(stored: unknown): unknown {
  return JSON.parse(JSON.stringify(stored), (name, value) => (name === "after" ? null : value));
}

describeStore("a lost answer", (db) => {
  test.each(Object.entries(writes))("to %s is found once it was done, and only then", async (_, word) => {
    await setUp(db);
    const write = word(db);
    expect(await write.find()).toBeNull();
    const performed = await db.plain.writer.perform(write);
    if (performed.state !== "stored") throw new Error(performed.state);
    expect(await write.find()).toEqual(withoutBefore(performed.value));
  });

  test.each(Object.entries(sweeps))("to %s is not looked for", async (_, word) => {
    await setUp(db);
    const write = word(db);
    await db.plain.writer.perform(write);
    expect(await write.find()).toBeNull();
  });

  test("to a change of a friendship is not taken from an earlier one", async () => {
    await db.setFriendship(bob, carol, "outgoing", "incoming", 5_000);
    const block = db.plain.friendships.change({ ...friends, ...blocking, seq: 3_000 });
    expect(await block.find()).toBeNull();
    const performed = await db.plain.writer.perform(block);
    expect(performed).toMatchObject({ state: "stored", value: { mine: { seq: 5_001 }, theirs: null } });
    expect(await block.find()).toMatchObject({ mine: { seq: 5_001 }, theirs: null });
  });

  test("to a join is found though the account that joined has ended since", async () => {
    await setUp(db);
    const join = writes["rooms.join"]?.(db);
    const performed = join && (await db.plain.writer.perform(join));
    expect(performed).toMatchObject({ state: "stored" });
    await db.removeUser(5, 7_000);
    expect(await join?.find()).toMatchObject({ self: [{ user_id: 5, after: null }] });
  });

  test("to the making of a server is found though its owner's membership has changed since", async () => {
    const { create } = db.plain.rooms;
    const write = create(foundingOf(meadow));
    expect(await db.plain.writer.perform(write)).toMatchObject({ state: "stored" });
    await save(db, meadow, { members: [memberOf(alice, { nickname: "Al", seq: 7_000 })], now: 7_000 });
    expect(await write.find()).toMatchObject({ self: [{ user_id: alice }] });
  });

  test("to a join is not taken from an earlier one", async () => {
    await setUp(db);
    const server = structureOf(orchard).server;
    const joining = { server_id: orchard, server, invite_code: "pear", known_seq, at_most: PLENTY, now };
    expect(await db.plain.rooms.join({ ...joining, member: memberOf(bob, { seq: now }) }).find()).toBeNull();
  });

  test("to a refused write is not found", async () => {
    await setUp(db);
    const refused = [
      db.plain.rooms.save(orchard, { ...changesOf({ left_members: [{ user_id: bob, seq: now }], now }), known_seq: 0 }),
      db.plain.rooms.remove(orchard, { seq: now, known_seq: 0, now }),
      db.plain.users.end({ id: bob, checked_hash: "another", seq: now, now }),
      db.plain.invites.create(invite, 0, null),
    ];
    for (const write of refused) {
      expect(await db.isStale(write)).toBe(true);
      expect(await write.find()).toBeNull();
    }
  });
});
