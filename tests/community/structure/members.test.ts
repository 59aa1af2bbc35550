import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { type Present, startServer, type TestServer, uniqueName } from "../../harness/server.ts";
import { befriend, graceOver } from "../../presence/people.ts";
import {
  addRole,
  anOrchard,
  another,
  expectHidden,
  expectMalformed,
  expectRefused,
  giveRoles,
  NOTHING,
  type Orchard,
  promote,
  quiet,
  told,
  toldSelf,
  typesTold,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const byId = (people: Present[]) => people.map(({ id }) => id).sort((one, other) => one - other);
const idsOf = ({ members }: Json): number[] => members.map(({ user_id }: Json) => user_id);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The page of those whom a filter leaves. */
const filtered = (asker: Present, { server_id }: Orchard, filter: Json, more: Json = {}) =>
  done(asker, "get_server_members", { server_id, amount: 100, anchor: 0, filter, ...more });

conversation("get_server_members", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    const role_id = await promote(orchard, bob, []);
    await done(bob, "update_member", { server_id, user_id: bob.id, changes: { nickname: "Bobby" } });
    const page = await done(alice, "get_server_members", { server_id, amount: 100, anchor: 0 });
    const joined = { joined_date: expect.stringMatching(TIME), timed_out_until: null };
    const shared = { profile_pic: null, status: "online", ...joined };
    const members = [
      { user_id: alice.id, name: alice.name, nickname: null, roles: [], ...shared },
      { user_id: bob.id, name: bob.name, nickname: "Bobby", roles: [role_id], ...shared },
    ].sort((one, other) => one.user_id - other.user_id);
    expect(page).toEqual({ members, next_anchor: null, seq: expect.any(Number) });
    await quiet(alice);
    await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
    const [event] = await alice.client.rest();
    expect(event?.["seq"]).toBeGreaterThan(page.seq);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      const page = { server_id, amount: 10, anchor: 0 };
      await expectHidden(mallory, "get_server_members", page, { server_id: NOTHING });
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    const page = { server_id, amount: 10, anchor: 0 };
    await expectMalformed(alice, "get_server_members", { server_id, anchor: 0 }, "amount");
    await expectMalformed(alice, "get_server_members", { ...page, amount: 101 }, "amount");
    await expectMalformed(alice, "get_server_members", { ...page, anchor: -1 }, "anchor");
    await expectMalformed(alice, "get_server_members", { ...page, filter: { name: "" } }, "filter.name");
  },
  also: {
    async "goes on after the anchor, without gap or repeat"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const more = await Promise.all(Array.from({ length: 5 }, () => server.join()));
      await inviteInto(server_id, alice, ...more);
      const everybody = byId([alice, bob, ...more]);
      const pages: number[][] = [];
      for (let anchor: number | null = 0; anchor !== null; ) {
        const page: Json = await done(bob, "get_server_members", { server_id, amount: 3, anchor });
        pages.push(idsOf(page));
        anchor = page.next_anchor;
      }
      expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
      expect(pages.flat()).toEqual(everybody);
      const exact = await done(bob, "get_server_members", { server_id, amount: 7, anchor: 0 });
      expect(exact.next_anchor).toBeNull();
    },
    async "filters by name or nickname, by role and by friends"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, default_role_id } = orchard;
      const carol = await another(server, orchard, uniqueName("Carolina"));
      const role_id = await addRole(orchard);
      await giveRoles(orchard, bob, role_id);
      await done(bob, "update_member", { server_id, user_id: bob.id, changes: { nickname: "Old CAROL" } });
      expect(idsOf(await filtered(alice, orchard, { name: "carol" }))).toEqual(byId([bob, carol]));
      expect(idsOf(await filtered(alice, orchard, { name: "%" }))).toEqual([]);
      await done(carol, "update_member", { server_id, user_id: carol.id, changes: { nickname: "Łucja Ёлкина" } });
      for (const name of ["lucja", "ŁUCJA", "елк", "ja е"]) {
        expect(idsOf(await filtered(alice, orchard, { name }))).toEqual([carol.id]);
        expect(idsOf(await filtered(alice, orchard, { name, online: true }))).toEqual([carol.id]);
      }
      expect(idsOf(await filtered(alice, orchard, { name: "lucia" }))).toEqual([]);
      expect(idsOf(await filtered(alice, orchard, { role_id }))).toEqual([bob.id]);
      expect(idsOf(await filtered(alice, orchard, { role_id, name: "nobody" }))).toEqual([]);
      expect(idsOf(await filtered(alice, orchard, { role_id: NOTHING }))).toEqual([]);
      const everybody = byId([alice, bob, carol]);
      expect(idsOf(await filtered(alice, orchard, { role_id: default_role_id }))).toEqual(everybody);
      expect(idsOf(await filtered(alice, orchard, { friends: true }))).toEqual([]);
      await befriend(alice, carol);
      await done(alice, "add_friend", { user_id: bob.id });
      expect(idsOf(await filtered(alice, orchard, { friends: true }))).toEqual([carol.id]);
      expect(idsOf(await filtered(alice, orchard, { friends: false, online: false }))).toEqual(everybody);
    },
    async "filters those online, by full pages"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const away = Array.from({ length: limits.members_slice + 20 }, (_, index) => [500_000 + index]);
      writeRows(server.folder, "insert into users (id, name, last_online, created_at) values (?, 'm', 0, 0)", away);
      const membership = "insert into members (server_id, user_id, joined_at, seq, self_seq)";
      writeRows(server.folder, `${membership} values (${server_id}, ?, 0, 1, 1)`, away);
      const [carol, dave] = await Promise.all([server.join(), server.join()]);
      await inviteInto(server_id, alice, carol, dave);
      await done(dave, "update_user", { changes: { status: "invisible" } });
      const online = byId([alice, bob, carol]);
      const page = await filtered(alice, orchard, { online: true });
      expect(idsOf(page)).toEqual(online);
      expect(page.next_anchor).toBeNull();
      const first = await filtered(alice, orchard, { online: true }, { amount: 2 });
      expect([idsOf(first), first.next_anchor]).toEqual([online.slice(0, 2), online[1]]);
      const second = await filtered(alice, orchard, { online: true }, { amount: 2, anchor: first.next_anchor });
      expect([idsOf(second), second.next_anchor]).toEqual([online.slice(2), null]);
    },
    async "looks for a name among so many members, and goes on from there"() {
      const orchard = await anOrchard(server);
      const { alice, server_id } = orchard;
      const many = Array.from({ length: limits.members_looked_at + 10 }, (_, index) => [600_000 + index]);
      writeRows(server.folder, "insert into users (id, name, last_online, created_at) values (?, 'm', 0, 0)", many);
      const membership = "insert into members (server_id, user_id, joined_at, seq, self_seq)";
      writeRows(server.folder, `${membership} values (${server_id}, ?, 0, 1, 1)`, many);
      const short = await filtered(alice, orchard, { name: alice.name });
      expect(short).toMatchObject({ members: [], next_anchor: 600_000 + limits.members_looked_at - 1 });
      const rest = await filtered(alice, orchard, { name: alice.name }, { anchor: short.next_anchor });
      expect([idsOf(rest), rest.next_anchor]).toEqual([[alice.id], null]);
    },
    async "subscribes to the people on the page, and to nobody else"() {
      const orchard = await anOrchard(server);
      const { alice, bob } = orchard;
      const carol = await another(server, orchard);
      await filtered(alice, orchard, { name: bob.name });
      await done(bob, "update_user", { changes: { status: "dnd" } });
      await done(carol, "update_user", { changes: { status: "dnd" } });
      expect(await alice.client.rest()).toMatchObject([
        { type: "user_changed", topic: `user:${bob.id}`, data: { id: bob.id, status: "dnd" } },
      ]);
      const { members } = await filtered(alice, orchard, {});
      expect(members.find(({ user_id }: Json) => user_id === carol.id).status).toBe("dnd");
    },
    async "shows who left their last session as offline"() {
      const orchard = await anOrchard(server);
      const { alice, bob } = orchard;
      await bob.client.close();
      await graceOver(server);
      const { members } = await filtered(alice, orchard, { name: bob.name });
      expect(members).toMatchObject([{ user_id: bob.id, status: "offline" }]);
    },
    async "is of the moment, while others come and go"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const guests = await Promise.all(Array.from({ length: 8 }, () => server.join()));
      const { invite } = await done(alice, "add_invite", { server_id });
      const joins = guests.map((guest) => done(guest, "join_server", { invite_code: invite.code }));
      const bobs_phone = { client: await server.connect(bob) };
      const page = await done(bobs_phone, "get_server_members", { server_id, amount: 100, anchor: 0 });
      await Promise.all(joins);
      const events = await bobs_phone.client.rest();
      const added = events.filter(({ type }) => type === "member_added");
      for (const { seq } of added) expect(seq).toBeGreaterThan(page.seq);
      const known = [...idsOf(page), ...added.map(({ data }) => data.member.user_id)];
      expect(known.sort((one, other) => one - other)).toEqual(byId([alice, bob, ...guests]));
    },
  },
});

conversation("update_member", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const [first, second] = [await addRole(orchard), await addRole(orchard)];
    await quiet(alice, bob);
    const update = (changes: Json) => done(alice, "update_member", { server_id, user_id: bob.id, changes });
    const { member } = await update({ roles: [second, first, first], nickname: "Bobby" });
    expect(member).toMatchObject({ user_id: bob.id, name: bob.name, nickname: "Bobby", status: "online" });
    expect(member.roles).toEqual([first, second]);
    for (const person of [alice, bob]) {
      const changed = { user_id: bob.id, roles: [first, second], nickname: "Bobby" };
      expect(await person.client.rest()).toEqual([told(orchard, "member_changed", { member: changed })]);
    }
    await update({ roles: [second], nickname: "Bobby" });
    expect(await bob.client.rest()).toEqual([
      told(orchard, "member_changed", { member: { user_id: bob.id, roles: [second] } }),
    ]);
    await update({ nickname: null });
    expect(await bob.client.rest()).toEqual([
      told(orchard, "member_changed", { member: { user_id: bob.id, nickname: null } }),
    ]);
    await quiet(alice);
    await update({ roles: [second], nickname: null });
    for (const person of [alice, bob, mallory]) expect(await typesTold(person)).toEqual([]);
  },
  errors: {
    async not_found() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      const update = { server_id, user_id: bob.id, changes: { nickname: "x" } };
      await expectHidden(mallory, "update_member", update, { server_id: NOTHING });
      await expectHidden(alice, "update_member", { ...update, user_id: mallory.id }, { user_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const carol = await another(server, orchard);
      const role_id = await addRole(orchard);
      await quiet(alice, bob, carol);
      const update = (user_id: number, changes: Json) => ({ server_id, user_id, changes });
      for (const changes of [{ nickname: "x" }, { roles: [role_id] }]) {
        await expectRefused(bob, "forbidden", "update_member", update(carol.id, changes));
      }
      await expectRefused(bob, "forbidden", "update_member", update(bob.id, { roles: [role_id] }));
      for (const person of [alice, bob, carol]) expect(await typesTold(person)).toEqual([]);
    },
  },
  async malformed() {
    const { alice, bob, server_id, default_role_id } = await anOrchard(server);
    const update = (changes: Json) => ({ server_id, user_id: bob.id, changes });
    await expectMalformed(alice, "update_member", { server_id, user_id: bob.id }, "changes");
    await expectMalformed(alice, "update_member", update({ nickname: "" }), "changes.nickname");
    await expectMalformed(alice, "update_member", update({ roles: [NOTHING] }), "changes.roles.0");
    await expectMalformed(alice, "update_member", update({ roles: [default_role_id] }), "changes.roles.0");
    const elsewhere = await foundServer(alice);
    const { role } = await done(alice, "add_role", { server_id: elsewhere, name: "foreign" });
    await expectMalformed(alice, "update_member", update({ roles: [role.id] }), "changes.roles.0");
    expect(await typesTold(bob)).toEqual([]);
  },
});

describe("rank", () => {
  /** Bob has a role at position 5 with these rules; carol one at 4. */
  async function ranked(rules: Parameters<typeof promote>[2]) {
    const orchard = await anOrchard(server);
    const carol = await another(server, orchard);
    const own = await promote(orchard, orchard.bob, rules, 5);
    const hers = await promote(orchard, carol, [], 4);
    const [above, below] = [await addRole(orchard, [], 6), await addRole(orchard, [], 3)];
    const update = (user_id: number, changes: Json) => ({ server_id: orchard.server_id, user_id, changes });
    return { ...orchard, orchard, carol, own, hers, above, below, update };
  }

  test("bounds which roles one gives and takes", async () => {
    const { orchard, bob, carol, own, hers, above, below, update } = await ranked(["manage_members"]);
    for (const roles of [[own], [above], [below, above]]) {
      await expectRefused(bob, "forbidden", "update_member", update(carol.id, { roles: [hers, ...roles] }));
    }
    await done(bob, "update_member", update(carol.id, { roles: [hers, below] }));
    await done(bob, "update_member", update(carol.id, { roles: [below] }));
    const dangerous = await addRole(orchard, ["ban_members"], 2);
    await expectRefused(bob, "forbidden", "update_member", update(carol.id, { roles: [dangerous] }));
    await giveRoles(orchard, carol, dangerous, below);
    await done(bob, "update_member", update(carol.id, { roles: [below] }));
  });

  test("bounds on whom one acts", async () => {
    const { orchard, alice, bob, carol, own, above, update } = await ranked(["manage_members", "kick_members"]);
    for (const roles of [[own], [above]]) {
      await giveRoles(orchard, carol, ...roles);
      await expectRefused(bob, "forbidden", "update_member", update(carol.id, { nickname: "x" }));
      await expectRefused(bob, "forbidden", "update_member", update(carol.id, { roles: [] }));
      await expectRefused(bob, "forbidden", "remove_member", { server_id: orchard.server_id, user_id: carol.id });
    }
    await expectRefused(bob, "forbidden", "update_member", update(alice.id, { nickname: "x" }));
    await giveRoles(orchard, carol);
    await done(bob, "update_member", update(carol.id, { nickname: "x" }));
  });

  test("keeps nobody from dropping a role or naming themselves, and from no more", async () => {
    const { orchard, alice, bob, carol, own, hers, below, update } = await ranked(["manage_members"]);
    await giveRoles(orchard, bob, own, below);
    await done(carol, "update_member", update(carol.id, { nickname: "Caro", roles: [] }));
    await expectRefused(carol, "forbidden", "update_member", update(carol.id, { roles: [hers] }));
    await done(bob, "update_member", update(bob.id, { roles: [below] }));
    await expectRefused(bob, "forbidden", "update_member", update(bob.id, { roles: [own, below] }));
    await done(alice, "update_member", update(alice.id, { roles: [below], nickname: "A" }));
  });
});

conversation("remove_member", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    const carol = await another(server, orchard);
    const bobs_phone = { client: await server.connect(bob) };
    await done(bobs_phone, "get_server_channel", { channel_id: general_id });
    const kick = { server_id, user_id: bob.id, reason: "noise" };
    expect(await done(alice, "remove_member", kick)).toEqual({});
    for (const { client } of [bob, bobs_phone]) {
      expect(await client.rest()).toEqual([toldSelf("server_deleted", { server_id })]);
    }
    for (const person of [alice, carol]) {
      expect(await person.client.rest()).toEqual([told(orchard, "member_deleted", { user_id: bob.id })]);
    }
    await expectHidden(bob, "get_server", { server_id }, { server_id: NOTHING });
    await inviteInto(server_id, alice, bob);
  },
  errors: {
    async not_found() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      const kick = { server_id, user_id: bob.id };
      await expectHidden(mallory, "remove_member", kick, { server_id: NOTHING });
      await expectHidden(alice, "remove_member", { server_id, user_id: mallory.id }, { user_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const carol = await another(server, orchard);
      await expectRefused(bob, "forbidden", "remove_member", { server_id, user_id: carol.id });
      await promote(orchard, bob, ["kick_members"]);
      for (const { id: user_id } of [alice, bob]) {
        await expectRefused(bob, "forbidden", "remove_member", { server_id, user_id });
      }
      await expectRefused(alice, "forbidden", "remove_member", { server_id, user_id: alice.id });
      await quiet(alice, carol);
      await done(bob, "remove_member", { server_id, user_id: carol.id });
    },
  },
  async malformed() {
    const { alice, bob, server_id } = await anOrchard(server);
    await expectMalformed(alice, "remove_member", { server_id }, "user_id");
    const reason = "x".repeat(limits.reason_length + 1);
    await expectMalformed(alice, "remove_member", { server_id, user_id: bob.id, reason }, "reason");
  },
});
