// Guards: a write whose decision no longer holds is refused as stale, leaves no trace, and holds up no neighbour.
// Each case makes one thing differ from what was decided upon.

import { describe, expect, test } from "bun:test";
import type { Write } from "../../../src/db/engine/write.ts";
import type { MadeNote } from "../../../src/db/queries/made.ts";
import type { Invite } from "../../../src/domain/community.ts";
import { alice, bob, carol, describeStore, nobody, type PeopledStore } from "../describe-store.ts";
import {
  addMember,
  addOrchard,
  addServer,
  changesOf,
  foundingOf,
  known_seq,
  meadow,
  memberOf,
  orchard,
  PLENTY,
  save,
  structureOf,
} from "./community.ts";

const now = 6_000;
const invite: Invite = {
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
const picture = (id: number) => `/api/v1/uploads/${id}`;
const login = { id: 80, user_id: alice, created_at: now, expires_at: 9_000 };
const note: MadeNote = { user_id: bob, kind: "role", server_id: orchard, nonce: "n", made: "1", created_at: now };

/** What is decided, where nothing came between. */
const decisions = {
  founding: (db: PeopledStore) =>
    db.plain.rooms.create({
      ...foundingOf(meadow, { owner_id: bob, image: picture(71) }),
      at_most: 2,
      upload_id: 71,
      note,
    }),
  saving: (db: PeopledStore) => {
    const { server, roles } = structureOf(orchard, { seq: now, image: picture(71) });
    const shown = { picture: { user_id: bob, upload_id: 71 } };
    const everything = { server, roles: [...roles], left_members: [{ user_id: carol, seq: now }], note, ...shown };
    return db.plain.rooms.save(orchard, { ...changesOf({ ...everything, now }), known_seq: 5_500 });
  },
  joining: (db: PeopledStore) => {
    const { server } = structureOf(orchard, { seq: now, num_members: 4 });
    const member = memberOf(4, { seq: now });
    const bounds = { known_seq: 5_500, at_most: 2, now };
    return db.plain.rooms.join({ server_id: orchard, member, server, invite_code: "apple", ...bounds });
  },
  ending: (db: PeopledStore) => db.plain.rooms.remove(orchard, { seq: now, known_seq: 5_500, now }),
  inviting: (db: PeopledStore) =>
    db.plain.invites.create({ ...invite, code: "pear", creator_id: bob, created_at: now }, 2, note),
  uploading: (db: PeopledStore) => db.plain.uploads.create(upload, note, { login: 79, now }),
  showing: (db: PeopledStore) => db.plain.users.update(bob, { profile_pic: picture(71), bio: "new" }, now, 71),
  removing: (db: PeopledStore) =>
    db.plain.users.end({ id: bob, checked_hash: "hash of Bob", seq: now, now }, { login: 79, now }),
  befriending: (db: PeopledStore) => {
    const change = { mine: "outgoing", theirs: "incoming", was: { mine: "none", theirs: "none" } } as const;
    return db.plain.friendships.change({
      user_id: bob,
      peer_id: carol,
      ...change,
      at_most: 2,
      requests_at_most: 2,
      seq: now,
      now,
    });
  },
  programming: (db: PeopledStore) =>
    db.plain.bots.create(
      {
        ...{ id: 90, owner_id: bob, name: "Bot", name_key: "bot", at_most: 1, note: null, now },
        token: { login: 91, token_hash: "a" },
      },
      { login: 79, now },
    ),
  replacing: (db: PeopledStore) =>
    db.plain.logins.replaceAll(
      { user_id: alice, checked_hash: "hash of Alice", password_hash: "new", login },
      { login: 78, now },
    ),
};
type Decision = keyof typeof decisions;

/** What may come between, by the decision that it undoes. */
const ended = (user_id: number) => (db: PeopledStore) => db.removeUser(user_id, 5_500);
const left = (user_id: number) => (db: PeopledStore) =>
  save(db, orchard, { left_members: [{ user_id, seq: 5_400 }], now: 5_400 });
const sweptPicture = (db: PeopledStore) => db.store.uploads.remove({ id: 71, hash: "picture" });
const made = (db: PeopledStore) => db.store.uploads.create({ ...upload, id: 72 }, note);
const loggedOut = (login: number) => (db: PeopledStore) => db.store.logins.remove(login);
const befriended = (user_id: number, peer_id: number) => (db: PeopledStore) =>
  db.setFriendship(user_id, peer_id, "friend", "none", 5_500);
const inServers = (count: number, user_id: number) => async (db: PeopledStore) => {
  for (let id = 3_000; id < 3_000 + 100 * count; id += 100) {
    await addServer(db, id);
    await addMember(db, id, user_id, { seq: 5_100 });
  }
};
const withApple = (instead: Partial<Invite>) => async (db: PeopledStore) => {
  await db.store.invites.remove(orchard, "apple");
  await db.store.invites.create({ ...invite, ...instead, created_at: 0 }, PLENTY, null);
};
const newHash = (user_id: number, checked_hash: string) => (db: PeopledStore) =>
  db.store.logins.replaceAll({ user_id, checked_hash, password_hash: "newer", login: { ...login, id: 81, user_id } });

const between: Record<Decision, Record<string, (db: PeopledStore) => Promise<unknown>>> = {
  founding: {
    "the owner's account ended": ended(bob),
    "the owner is in as many servers as they may be": inServers(1, bob),
    "the picture was swept": sweptPicture,
    "the nonce was used": made,
  },
  saving: {
    "a member's account ended": (db) => db.removeUser(bob, now),
    "a channel has a seq that the room has not seen": (db) =>
      save(db, orchard, { deleted_channels: [{ id: 5, seq: 5_501 }], now: 5_501 }),
    "a category has one": (db) =>
      save(db, orchard, { deleted_categories: [{ id: orchard + 2, seq: 5_501 }], now: 5_501 }),
    "a role has one": (db) => save(db, orchard, { deleted_roles: [{ id: orchard + 1, seq: 5_501 }], now: 5_501 }),
    "a member has one": (db) => addMember(db, orchard, bob, { seq: 5_501 }),
    "the server has one": (db) =>
      save(db, orchard, { server: structureOf(orchard, { seq: 5_501 }).server, now: 5_501 }),
    "the picture was swept": sweptPicture,
    "the nonce was used": made,
  },
  joining: {
    "who joins has ended their account": ended(4),
    "they are in as many servers as they may be": inServers(2, 4),
    "they were banned": (db) =>
      save(db, orchard, { bans: [{ user_id: 4, reason: null, banned_by: alice, created_at: now }], now: 5_500 }),
    "a member's account ended": (db) => db.removeUser(bob, now),
    "the invite was removed": (db) => db.store.invites.remove(orchard, "apple"),
    "the invite expired": withApple({ expires_at: now }),
    "the invite was used up": withApple({ max_uses: 3, uses: 3 }),
    "the server ended": (db) => db.store.rooms.remove(orchard, { seq: 5_400, known_seq, now: 5_400 }),
  },
  ending: {
    "a member's account ended": (db) => db.removeUser(bob, now),
  },
  inviting: {
    "who invites is no member any more": left(bob),
    "who invites has ended their account": ended(bob),
    "the server has as many as it may have": (db) => db.store.invites.create({ ...invite, code: "plum" }, PLENTY, null),
    "the nonce was used": made,
  },
  uploading: {
    "who uploads has ended their account": ended(bob),
    "who uploads has logged out": loggedOut(79),
    "the nonce was used": made,
  },
  showing: {
    "the picture was swept": sweptPicture,
    "the picture is another's": async (db) => {
      await sweptPicture(db);
      await db.store.uploads.create({ ...upload, id: 71, user_id: alice }, null);
    },
  },
  removing: {
    "a server is owned": (db) => addServer(db, meadow, { owner_id: bob }),
    "the password is another": newHash(bob, "hash of Bob"),
    "it ended already": ended(bob),
    "who ends it has logged out": loggedOut(79),
  },
  befriending: {
    "one's own account ended": ended(bob),
    "the other's account ended": ended(carol),
    "one stands otherwise to the other": befriended(bob, carol),
    "the other stands otherwise to one": befriended(carol, bob),
    "one's own list is full": async (db) => {
      await befriended(bob, alice)(db);
      await befriended(bob, 4)(db);
    },
    "the other's list is full": async (db) => {
      await befriended(carol, alice)(db);
      await befriended(carol, 4)(db);
    },
  },
  programming: {
    "whose it is has ended their account": ended(bob),
    "whose it is has logged out": loggedOut(79),
    "they have as many as they may": (db) =>
      db.store.bots.create(
        {
          ...{ id: 89, owner_id: bob, name: "Other", name_key: "other", at_most: 1, note: null, now },
          token: { login: 88, token_hash: "b" },
        },
        undefined,
      ),
  },
  replacing: {
    "who replaces it has logged out": loggedOut(78),
    "the password is another": newHash(alice, "hash of Alice"),
    "the account ended": async (db) => {
      await db.store.rooms.remove(orchard, { seq: 5_400, known_seq, now: 5_400 });
      await db.removeUser(alice, 5_500);
    },
  },
};

const isDecision = (name: string): name is Decision => name in decisions;

describeStore("a guard", (db) => {
  /** All that is stored, aside from what the neighbours leave. */
  const trace = async () => {
    const tables = await db.tables();
    const settings = (tables.get("settings") ?? []).filter(({ key }) => key !== "before" && key !== "after");
    return new Map([...tables, ["settings", settings]]);
  };

  async function setUp(): Promise<void> {
    await addOrchard(db);
    await db.addUser(4, "Dave");
    await db.store.invites.create(invite, PLENTY, null);
    await db.store.uploads.create({ ...upload, id: 71, hash: "picture" }, null);
    await db.store.logins.create({ ...login, id: 78 }, "hash of Alice");
    await db.store.logins.create({ ...login, id: 79, user_id: bob }, "hash of Bob");
    await db.setFriendship(bob, 4, "none", "outgoing", 5_300);
  }

  /** In one group with a write before it and one after it. */
  async function performBetweenOthers(write: Write<unknown>): Promise<string[]> {
    const { perform } = db.plain.writer;
    const { put } = db.plain.settings;
    const value = String(Math.random());
    const all = await Promise.all([perform(put("before", value)), perform(write), perform(put("after", value))]);
    const puts = await Promise.all([db.store.settings.get("before"), db.store.settings.get("after")]);
    expect(puts).toEqual([value, value]);
    return all.map(({ state }) => state);
  }

  for (const [name, cases] of Object.entries(between)) {
    if (!isDecision(name)) throw new Error(`nobody decides on ${name}`);
    const decide = decisions[name];

    describe(`of ${name}`, () => {
      test("lets it through while all holds", async () => {
        await setUp();
        const before = await trace();
        expect(await performBetweenOthers(decide(db))).toEqual(["stored", "stored", "stored"]);
        expect(await trace()).not.toEqual(before);
      });

      for (const [what, happen] of Object.entries(cases)) {
        test(`refuses it where ${what}, and does nothing of it`, async () => {
          await setUp();
          await happen(db);
          const before = await trace();
          expect(await performBetweenOthers(decide(db))).toEqual(["stored", "stale", "stored"]);
          expect(await trace()).toEqual(before);
        });
      }
    });
  }

  test("of two with the same nonce, decided in the same turn, lets the first through", async () => {
    await setUp();
    const { perform } = db.plain.writer;
    const writes = [decisions.uploading(db), db.plain.uploads.create({ ...upload, id: 73 }, note)];
    const states = (await Promise.all(writes.map((write) => perform<unknown>(write)))).map(({ state }) => state);
    expect(states).toEqual(["stored", "stale"]);
    expect(await db.store.uploads.byId(73)).toBeNull();
  });

  test("of two who take the last place in a list, decided in the same turn, lets the first through", async () => {
    await setUp();
    const { perform } = db.plain.writer;
    const change = (peer_id: number) => {
      const states = { mine: "blocked", theirs: "none", was: { mine: "none", theirs: "none" } } as const;
      return perform(
        db.plain.friendships.change({
          user_id: bob,
          peer_id,
          ...states,
          at_most: 1,
          requests_at_most: 1,
          seq: now,
          now,
        }),
      );
    };
    expect((await Promise.all([change(alice), change(carol)])).map(({ state }) => state)).toEqual(["stored", "stale"]);
    expect(await db.store.friendships.count(bob)).toEqual({ relations: 1, requests: 0 });
  });

  test("of two requests for the last place, decided in the same turn, lets the first through; what is none needs no place", async () => {
    await setUp();
    const { perform } = db.plain.writer;
    const asks = (
      peer_id: number,
      mine: "outgoing" | "blocked" = "outgoing",
      theirs: "incoming" | "none" = "incoming",
    ) => {
      const states = { mine, theirs, was: { mine: "none", theirs: "none" } } as const;
      const change = { user_id: bob, peer_id, ...states, at_most: PLENTY, requests_at_most: 1, seq: now, now };
      return perform(db.plain.friendships.change(change));
    };
    const states = (await Promise.all([asks(alice), asks(carol)])).map(({ state }) => state);
    expect(states).toEqual(["stored", "stale"]);
    expect(await asks(carol, "blocked", "none")).toMatchObject({ state: "stored" });
    expect(await db.store.friendships.count(bob)).toEqual({ relations: 2, requests: 1 });
  });

  test("asks for no room in a list that does not grow", async () => {
    await setUp();
    await db.setFriendship(bob, carol, "incoming", "outgoing", 5_500);
    const accepted = { mine: "friend", theirs: "friend", was: { mine: "incoming", theirs: "outgoing" } } as const;
    const change = { user_id: bob, peer_id: carol, ...accepted, at_most: 1, requests_at_most: 0, seq: now, now };
    expect(await db.isStale(db.plain.friendships.change(change))).toBe(false);
  });

  test("counts the invites that still let somebody in, once the others are cleared away", async () => {
    await setUp();
    await db.store.invites.create({ ...invite, code: "fig", created_at: 1, expires_at: now - 1 }, PLENTY, null);
    expect(await db.isStale(decisions.inviting(db))).toBe(false);
    expect(await db.store.invites.find("fig")).toBeNull();
  });

  test("of what nobody is there for is refused", async () => {
    await setUp();
    const founding = { ...foundingOf(meadow, { owner_id: nobody }), at_most: 2, note: null };
    expect(await db.isStale(db.plain.rooms.create(founding))).toBe(true);
    expect(await db.isStale(db.plain.uploads.create({ ...upload, user_id: nobody }, null))).toBe(true);
  });
});
