import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done, foundServer, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import {
  anOrchard,
  another,
  expectHidden,
  expectMalformed,
  expectRefused,
  fillServers,
  NOTHING,
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

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Its time is over. */
const expire = (code: string) => writeRows(server.folder, "update invites set expires_at = 1 where code = ?", [[code]]);

/** So many that let people in, made by that user. */
function standing(server_id: number, creator_id: number, count: number): void {
  const columns = "code, server_id, creator_id, created_at, uses";
  const rows = Array.from({ length: count }, (_, at) => [`${server_id}-${creator_id}-${at}`, server_id, creator_id]);
  writeRows(server.folder, `insert into invites (${columns}) values (?, ?, ?, 0, 0)`, rows);
}

conversation("add_invite", {
  async success() {
    const { alice, bob, server_id } = await anOrchard(server);
    const { invite } = await done(bob, "add_invite", { server_id });
    expect(invite).toEqual({
      ...{ code: expect.stringMatching(/^[\w-]{10}$/), server_id, creator_id: bob.id },
      ...{ created_date: expect.stringMatching(TIME), expires_date: null, max_uses: null, uses: 0 },
    });
    const { invite: short } = await done(bob, "add_invite", { server_id, max_uses: 3, expires_in_s: 60 });
    expect(short).toMatchObject({ max_uses: 3, uses: 0 });
    expect(Date.parse(short.expires_date) - Date.parse(short.created_date)).toBe(60_000);
    expect(short.code).not.toBe(invite.code);
    expect(await typesTold(alice)).toEqual([]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "add_invite", { server_id }, { server_id: NOTHING });
    },
    async forbidden() {
      const { alice, bob, server_id, default_role_id } = await anOrchard(server);
      await done(alice, "update_role", { role_id: default_role_id, changes: { rules: ["view_channel"] } });
      await expectRefused(bob, "forbidden", "add_invite", { server_id });
      await done(alice, "add_invite", { server_id });
    },
    async limit_reached() {
      const alice = await server.join();
      const server_id = await foundServer(alice);
      const columns = "code, server_id, creator_id, created_at, expires_at, uses";
      const rows = Array.from({ length: limits.invites_per_server }, (_, index) => [`${server_id}-${index}`, null]);
      const insert = `insert into invites (${columns}) values (?, ${server_id}, ${alice.id}, 0, ?, 0)`;
      writeRows(server.folder, insert, rows);
      const refused = await expectRefused(alice, "limit_reached", "add_invite", { server_id });
      expect(refused["details"]).toEqual({ limit: "invites_per_server" });
      expire(`${server_id}-0`);
      await done(alice, "add_invite", { server_id });
    },
    async conflict() {
      const { alice, server_id } = await anOrchard(server);
      const deleted = { server_id, nonce: "deleted" };
      const expired = { server_id, nonce: "expired" };
      const { invite } = await done(alice, "add_invite", deleted);
      await done(alice, "delete_invite", { server_id, code: invite.code });
      await expectRefused(alice, "conflict", "add_invite", deleted);
      expire((await done(alice, "add_invite", expired)).invite.code);
      await expectRefused(alice, "conflict", "add_invite", expired);
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "add_invite", { server_id, max_uses: 0 }, "max_uses");
    await expectMalformed(alice, "add_invite", { server_id, expires_in_s: 1.5 }, "expires_in_s");
    await expectMalformed(alice, "add_invite", { server_id, nonce: "a\0" }, "nonce");
  },
  also: {
    async "is bounded for each member, of whose invites only those count that let somebody in"() {
      const { alice, bob, server_id } = await anOrchard(server);
      const { invite } = await done(bob, "add_invite", { server_id });
      standing(server_id, bob.id, limits.invites_per_creator - 1);
      const refused = await expectRefused(bob, "limit_reached", "add_invite", { server_id });
      expect(refused["details"]).toEqual({ limit: "invites_per_creator" });
      for (let more = 0; more < 3; more += 1) await done(alice, "add_invite", { server_id });
      expire(invite.code);
      const once = await done(bob, "add_invite", { server_id, max_uses: 1 });
      await expectRefused(bob, "limit_reached", "add_invite", { server_id });
      const carol = await server.join();
      await done(carol, "join_server", { invite_code: once.invite.code });
      await done(bob, "add_invite", { server_id });
    },
    async "leaves some to those who manage the server, however many the members make"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const theirs = limits.invites_per_server - limits.invites_kept_for_managers;
      for (let creator = 1; creator <= theirs / limits.invites_per_creator; creator += 1) {
        standing(server_id, creator, limits.invites_per_creator);
      }
      const refused = await expectRefused(bob, "limit_reached", "add_invite", { server_id });
      expect(refused["details"]).toEqual({ limit: "invites_per_server" });
      await done(alice, "add_invite", { server_id });
      await promote(orchard, bob, ["manage_server"]);
      await done(bob, "add_invite", { server_id });
    },
    async "comes to an end with a kick or a ban of who made it, and with no other"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const carol = await another(server, orchard);
      const codes = async () =>
        (await done(alice, "get_invites", { server_id })).invites.map(({ creator_id }: Json) => creator_id);
      for (const creator of [bob, carol, bob]) await done(creator, "add_invite", { server_id });
      const by_alice = (await codes()).filter((id: number) => id === alice.id).length;
      const { invite } = await done(bob, "add_invite", { server_id });
      await done(alice, "remove_member", { server_id, user_id: bob.id });
      const mallory = await server.join();
      await expectRefused(mallory, "not_found", "join_server", { invite_code: invite.code });
      expect((await codes()).filter((id: number) => id !== alice.id)).toEqual([carol.id]);
      // Who has left can be banned all the same.
      await done(carol, "leave_server", { server_id });
      expect(await codes()).toContain(carol.id);
      await done(alice, "ban_member", { server_id, user_id: carol.id });
      expect(await codes()).toEqual(Array(by_alice).fill(alice.id));
    },
  },
});

conversation("get_invites", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    const before = (await done(alice, "get_invites", { server_id })).invites;
    const { invite: first } = await done(bob, "add_invite", { server_id });
    const { invite: second } = await done(alice, "add_invite", { server_id, max_uses: 1 });
    const { invite: third } = await done(alice, "add_invite", { server_id, expires_in_s: 60 });
    expect((await done(alice, "get_invites", { server_id })).invites).toEqual([third, second, first, ...before]);
    const carol = await server.join();
    await done(carol, "join_server", { invite_code: second.code });
    expire(third.code);
    await promote(orchard, bob, ["manage_server"]);
    expect((await done(bob, "get_invites", { server_id })).invites).toEqual([first, ...before]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "get_invites", { server_id }, { server_id: NOTHING });
    },
    async forbidden() {
      const { bob, server_id } = await anOrchard(server);
      await done(bob, "add_invite", { server_id });
      await expectRefused(bob, "forbidden", "get_invites", { server_id });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "get_invites", {}, "server_id");
  },
});

conversation("delete_invite", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const { invite: his } = await done(bob, "add_invite", { server_id });
    const { invite: hers } = await done(alice, "add_invite", { server_id });
    expect(await done(bob, "delete_invite", { server_id, code: his.code })).toEqual({});
    await expectRefused(mallory, "not_found", "join_server", { invite_code: his.code });
    await promote(orchard, bob, ["manage_server"]);
    await done(bob, "delete_invite", { server_id, code: hers.code });
    await expectRefused(mallory, "not_found", "join_server", { invite_code: hers.code });
    expect(await typesTold(alice)).toEqual([]);
  },
  errors: {
    async not_found() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      const { invite } = await done(alice, "add_invite", { server_id });
      const { code } = invite;
      await expectHidden(bob, "delete_invite", { server_id, code }, { code: "nonsense" });
      await expectHidden(mallory, "delete_invite", { server_id, code }, { server_id: NOTHING });
      const { invite: elsewhere } = await done(alice, "add_invite", { server_id: await foundServer(alice) });
      await expectHidden(alice, "delete_invite", { server_id, code: elsewhere.code }, { code: "nonsense" });
      await done(mallory, "join_server", { invite_code: code });
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "delete_invite", { server_id }, "code");
  },
});

conversation("join_server", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory: carol, server_id } = orchard;
    const carols_phone = { client: await server.connect(carol) };
    const { invite } = await done(alice, "add_invite", { server_id });
    const { server: joined } = await done(carol, "join_server", { invite_code: invite.code });
    expect(joined).toMatchObject({ id: server_id, name: "Orchard", num_members: 3, owner_id: alice.id });
    const member = {
      ...{ user_id: carol.id, name: carol.name, nickname: null, profile_pic: null, roles: [], status: "online" },
      joined_date: expect.stringMatching(TIME),
      timed_out_until: null,
    };
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "member_added", { member })]);
    }
    for (const { client } of [carol, carols_phone]) {
      const summary = { id: server_id, name: "Orchard", image: null };
      expect(await client.rest()).toEqual([toldSelf("server_added", { server: summary })]);
    }
    expect((await done(carol, "get_servers")).servers).toMatchObject([{ id: server_id }]);
    expect((await done(alice, "get_invites", { server_id })).invites[0]).toMatchObject({ code: invite.code, uses: 1 });
  },
  errors: {
    async not_found() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      const { invite: used_up } = await done(alice, "add_invite", { server_id, max_uses: 1 });
      await done(await server.join(), "join_server", { invite_code: used_up.code });
      const { invite: expired } = await done(alice, "add_invite", { server_id });
      expire(expired.code);
      await quiet(alice, bob);
      for (const { code } of [used_up, expired]) {
        await expectHidden(mallory, "join_server", { invite_code: code }, { invite_code: "nonsense" });
      }
      for (const person of [alice, bob, mallory]) expect(await typesTold(person)).toEqual([]);
    },
    async forbidden() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      const { invite } = await done(alice, "add_invite", { server_id });
      for (const { id: user_id } of [bob, mallory]) await done(alice, "ban_member", { server_id, user_id });
      await quiet(alice, bob, mallory);
      for (const person of [bob, mallory]) {
        await expectRefused(person, "forbidden", "join_server", { invite_code: invite.code });
        expect(await typesTold(person)).toEqual([]);
      }
      expect(await typesTold(alice)).toEqual([]);
      await done(alice, "unban_member", { server_id, user_id: bob.id });
      await done(bob, "join_server", { invite_code: invite.code });
    },
    async limit_reached() {
      const { alice, mallory, server_id } = await anOrchard(server);
      fillServers(server, mallory);
      const { invite } = await done(alice, "add_invite", { server_id });
      const refused = await expectRefused(mallory, "limit_reached", "join_server", { invite_code: invite.code });
      expect(refused["details"]).toEqual({ limit: "servers_per_user" });
      expect(await typesTold(alice)).toEqual([]);
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "join_server", {}, "invite_code");
    await expectMalformed(alice, "join_server", { invite_code: 5 }, "invite_code");
  },
  also: {
    async "where one is a member already brings the server back, and spends and tells nothing"() {
      const { alice, bob, server_id } = await anOrchard(server);
      const { invite } = await done(alice, "add_invite", { server_id, max_uses: 1 });
      const again = await done(bob, "join_server", { invite_code: invite.code });
      expect(again.server).toMatchObject({ id: server_id, num_members: 2 });
      for (const person of [alice, bob]) expect(await typesTold(person)).toEqual([]);
      const carol = await server.join();
      await done(carol, "join_server", { invite_code: invite.code });
      // A client that lost the reply asks again, though the invite is used up.
      expect((await done(carol, "join_server", { invite_code: invite.code })).server.num_members).toBe(3);
      expect(await typesTold(carol)).toEqual(["server_added"]);
    },
    async "lets exactly one of many have the last use"() {
      const { alice, bob, server_id } = await anOrchard(server);
      const { invite } = await done(alice, "add_invite", { server_id, max_uses: 1 });
      const racers = await Promise.all(Array.from({ length: 6 }, () => server.join()));
      const join = { type: "join_server", data: { invite_code: invite.code } };
      const replies = await Promise.all(racers.map(({ client }) => client.ask(join)));
      expect(replies.filter(({ type }) => type === "join_server")).toHaveLength(1);
      expect(replies.filter(({ code }) => code === "not_found")).toHaveLength(racers.length - 1);
      expect(await typesTold(bob)).toEqual(["member_added"]);
      const told = await Promise.all(racers.map(typesTold));
      expect(told.flat()).toEqual(["server_added"]);
      expect((await done(alice, "get_server", { server_id })).server.num_members).toBe(3);
    },
    async "by one's two sessions at once makes one member"() {
      const { alice, bob, mallory: carol, server_id } = await anOrchard(server);
      const { invite } = await done(alice, "add_invite", { server_id });
      const carols_phone = { client: await server.connect(carol) };
      const join = { invite_code: invite.code };
      await Promise.all([carol, carols_phone].map((session) => done(session, "join_server", join)));
      expect(await typesTold(bob)).toEqual(["member_added"]);
      expect(await typesTold(carol)).toEqual(["server_added"]);
      expect((await done(alice, "get_invites", { server_id })).invites[0].uses).toBe(1);
    },
    async "of somebody who hides says that they are offline"() {
      const { alice, bob, mallory: carol, server_id } = await anOrchard(server);
      await done(carol, "update_user", { changes: { status: "invisible" } });
      await inviteInto(server_id, alice, carol);
      const [added] = await bob.client.rest();
      expect(added?.["data"].member).toMatchObject({ user_id: carol.id, status: "offline" });
    },
  },
});
