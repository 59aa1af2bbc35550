import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { DEFAULT_RULES, namesOf } from "../../../src/domain/permissions.ts";
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

conversation("get_servers", {
  async success() {
    const [alice, bob] = await Promise.all([server.join(), server.join()]);
    expect(await done(alice, "get_servers")).toEqual({ servers: [] });
    const first = await foundServer(alice, "Orchard");
    const second = await foundServer(bob, "Mill");
    await inviteInto(second, bob, alice);
    expect(await done(alice, "get_servers")).toEqual({
      servers: [
        { id: first, name: "Orchard", image: null },
        { id: second, name: "Mill", image: null },
      ],
    });
    await quiet(alice, bob);
    await done(bob, "update_server", { server_id: second, changes: { name: "Windmill" } });
    expect(await typesTold(alice)).toEqual(["server_updated"]);
    expect(await typesTold(bob)).toEqual([]);
  },
  errors: {},
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "get_servers", { user_id: "5" }, "user_id");
  },
  also: {
    async "of another are those that both are in, and bring no subscription"() {
      const [alice, bob, mallory] = await Promise.all([server.join(), server.join(), server.join()]);
      const [mine, shared] = [await foundServer(alice, "Mine"), await foundServer(bob, "Shared")];
      await inviteInto(shared, bob, alice);
      await foundServer(bob, "His");
      expect(await done(alice, "get_servers", { user_id: bob.id })).toEqual({
        servers: [{ id: shared, name: "Shared", image: null }],
      });
      expect(await done(mallory, "get_servers", { user_id: alice.id })).toEqual({ servers: [] });
      expect(await done(mallory, "get_servers", { user_id: NOTHING })).toEqual({ servers: [] });
      await quiet(alice);
      await done(bob, "update_server", { server_id: shared, changes: { name: "Ours" } });
      expect(await typesTold(alice)).toEqual([]);
      expect((await done(alice, "get_servers", { user_id: alice.id })).servers).toMatchObject([
        { id: mine },
        { id: shared, name: "Ours" },
      ]);
    },
    async "lists as many as one may be in"() {
      const alice = await server.join();
      fillServers(server, alice);
      expect((await done(alice, "get_servers")).servers).toHaveLength(limits.servers_per_user);
    },
  },
});

conversation("get_server", {
  async success() {
    const { alice, bob, server_id } = await anOrchard(server);
    expect(await done(bob, "get_server", { server_id })).toEqual({
      server: {
        ...{ id: server_id, name: "Orchard", image: null, description: null, num_members: 2, owner_id: alice.id },
        locked: false,
        joins: "open",
        created_date: expect.stringMatching(TIME),
      },
    });
    const bobs_phone = { client: await server.connect(bob) };
    await done(bobs_phone, "get_server", { server_id });
    await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
    expect(await typesTold(bobs_phone)).toEqual(["server_updated"]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "get_server", { server_id }, { server_id: NOTHING });
      await expectRefused(mallory, "not_found", "get_server", { invite_code: "nonsense" });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "get_server", {}, "server_id");
    await expectMalformed(alice, "get_server", { server_id: "x" }, "server_id");
    await expectMalformed(alice, "get_server", { invite_code: "" }, "invite_code");
  },
  also: {
    async "by an invite, for anyone, without a subscription"() {
      const { alice, mallory, server_id } = await anOrchard(server);
      const { invite } = await done(alice, "add_invite", { server_id, max_uses: 1 });
      const by_code = { invite_code: invite.code };
      expect((await done(mallory, "get_server", by_code)).server).toMatchObject({ id: server_id, num_members: 2 });
      await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
      expect(await typesTold(mallory)).toEqual([]);
      const both = await done(mallory, "get_server", { server_id, ...by_code });
      expect(both.server.name).toBe("Grove");
      expect((await done(alice, "get_invites", { server_id })).invites[0].uses).toBe(0);
      await done(await server.join(), "join_server", by_code);
      await expectRefused(mallory, "not_found", "get_server", by_code);
    },
    async "not by another server's invite"() {
      const { alice, mallory, server_id } = await anOrchard(server);
      const other = await foundServer(alice, "Other");
      const { invite } = await done(alice, "add_invite", { server_id: other });
      await expectRefused(mallory, "not_found", "get_server", { server_id, invite_code: invite.code });
    },
    async "counts members as they come and go"() {
      const { alice, bob, server_id } = await anOrchard(server);
      const count = async () => (await done(alice, "get_server", { server_id })).server.num_members;
      const { invite } = await done(alice, "add_invite", { server_id });
      const carol = await server.join();
      await done(carol, "join_server", { invite_code: invite.code });
      expect(await count()).toBe(3);
      await done(bob, "leave_server", { server_id });
      expect(await count()).toBe(2);
      await done(alice, "ban_member", { server_id, user_id: carol.id });
      expect(await count()).toBe(1);
    },
  },
});

conversation("add_server", {
  async success() {
    const alice = await server.join();
    const alices_phone = await server.connect(alice);
    const asked = { name: "Orchard", image: "https://example.org/apple.png", description: "Apples." };
    const made = await done(alice, "add_server", asked);
    expect(made).toEqual({
      server: {
        ...{ id: expect.any(Number), ...asked, num_members: 1, owner_id: alice.id },
        locked: false,
        joins: "open",
        created_date: expect.stringMatching(TIME),
      },
    });
    const server_id = made.server.id;
    const summary = { id: server_id, name: "Orchard", image: "https://example.org/apple.png" };
    for (const client of [alice.client, alices_phone]) {
      expect(await client.rest()).toEqual([toldSelf("server_added", { server: summary })]);
    }
    expect((await done(alice, "get_server_channels", { server_id })).categories).toEqual([
      {
        ...{ id: expect.any(Number), name: "General", position: 0 },
        channels: [{ id: expect.any(Number), name: "general", position: 0 }],
      },
    ]);
    expect((await done(alice, "get_server_roles", { server_id })).roles).toEqual([
      { id: expect.any(Number), name: "everyone", color: null, rules: namesOf(DEFAULT_RULES), position: 0 },
    ]);
    const { members } = await done(alice, "get_server_members", { server_id, amount: 10, anchor: 0 });
    expect(members).toMatchObject([{ user_id: alice.id, nickname: null, roles: [], status: "online" }]);
  },
  errors: {
    async forbidden() {
      const own = await startServer();
      writeRows(own.folder, "insert into settings (key, value) values ('setting:server_creation', 'admins')", [[]]);
      const again = await own.restart();
      const mallory = await again.join();
      const refused = await mallory.client.ask({ type: "add_server", data: { name: "Mine" } });
      expect(refused).toMatchObject({ type: "error", code: "forbidden" });
      await again.stop();
    },
    async limit_reached() {
      const alice = await server.join();
      fillServers(server, alice);
      const refused = await expectRefused(alice, "limit_reached", "add_server", { name: "One more" });
      expect(refused["details"]).toEqual({ limit: "servers_per_user" });
      expect(await alice.client.rest()).toEqual([]);
    },
    async conflict() {
      const alice = await server.join();
      const asked = { name: "Orchard", nonce: "n" };
      const { server: made } = await done(alice, "add_server", asked);
      await done(alice, "delete_server", { server_id: made.id });
      await expectRefused(alice, "conflict", "add_server", asked);
      expect((await done(alice, "get_servers")).servers).toEqual([]);
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "add_server", {}, "name");
    await expectMalformed(alice, "add_server", { name: "" }, "name");
    await expectMalformed(alice, "add_server", { name: "x".repeat(limits.server_name_length + 1) }, "name");
    await expectMalformed(alice, "add_server", { name: "Orchard", description: 5 }, "description");
    await expectMalformed(alice, "add_server", { name: "Orchard", image: "ftp://example.org/a.png" }, "image");
    await expectMalformed(alice, "add_server", { name: "Orchard", image: "" }, "image");
    await expectMalformed(alice, "add_server", { name: "Orchard", nonce: "" }, "nonce");
    expect((await done(alice, "get_servers")).servers).toEqual([]);
  },
});

conversation("update_server", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const image = "https://example.org/pear.png";
    const changes = { name: "Grove", image, description: "Pears." };
    const { server: changed } = await done(alice, "update_server", { server_id, changes });
    expect(changed).toMatchObject({ id: server_id, ...changes, owner_id: alice.id, num_members: 2 });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "server_updated", changes)]);
    }
    await done(alice, "update_server", { server_id, changes: { name: "Grove", image: null, description: null } });
    expect(await bob.client.rest()).toEqual([told(orchard, "server_updated", { image: null, description: null })]);
    await quiet(alice);
    await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
    for (const person of [alice, bob, mallory]) expect(await person.client.rest()).toEqual([]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "update_server", { server_id, changes: { name: "Mine" } }, { server_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob, server_id } = orchard;
      await expectRefused(bob, "forbidden", "update_server", { server_id, changes: { name: "Mine" } });
      await promote(orchard, bob, ["manage_server"]);
      await done(bob, "update_server", { server_id, changes: { name: "Ours" } });
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "update_server", { server_id }, "changes");
    await expectMalformed(alice, "update_server", { server_id, changes: { name: null } }, "changes.name");
    await expectMalformed(alice, "update_server", { server_id, changes: { image: "javascript:1" } }, "changes.image");
    expect(await alice.client.rest()).toEqual([]);
  },
});

conversation("delete_server", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id, general_id } = orchard;
    const bobs_phone = { client: await server.connect(bob) };
    await done(bob, "get_server_channel", { channel_id: general_id });
    expect(await done(alice, "delete_server", { server_id })).toEqual({});
    for (const { client } of [alice, bob, bobs_phone]) {
      expect(await client.rest()).toEqual([toldSelf("server_deleted", { server_id })]);
    }
    expect(await mallory.client.rest()).toEqual([]);
    for (const person of [alice, bob]) {
      await expectHidden(person, "get_server", { server_id }, { server_id: NOTHING });
      await expectHidden(person, "get_server_channel", { channel_id: general_id }, { channel_id: NOTHING });
      expect((await done(person, "get_servers")).servers).toEqual([]);
    }
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "delete_server", { server_id }, { server_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      await promote(orchard, bob, ["admin"]);
      await expectRefused(bob, "forbidden", "delete_server", { server_id });
      expect(await typesTold(alice)).toEqual([]);
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "delete_server", {}, "server_id");
  },
  also: {
    async "ends its invites"() {
      const { alice, mallory, server_id } = await anOrchard(server);
      const { invite } = await done(alice, "add_invite", { server_id });
      await done(alice, "delete_server", { server_id });
      await expectRefused(mallory, "not_found", "join_server", { invite_code: invite.code });
    },
    async "is told to every one of many members, in order"() {
      const alice = await server.join();
      const server_id = await foundServer(alice);
      const many = Array.from({ length: limits.announced_at_once * 2 + 10 }, (_, index) => [index + 100_000]);
      const users = "insert into users (id, name, last_online, created_at) values (?, 'm', 0, 0)";
      writeRows(server.folder, users, many);
      const membership = `insert into members (server_id, user_id, joined_at, seq, self_seq) values (${server_id}, ?, 0, 1, 1)`;
      writeRows(server.folder, membership, many);
      // Among the last to be told: a newer account has a greater id.
      const zoe = await server.join();
      await inviteInto(server_id, alice, zoe);
      await quiet(alice, zoe);
      await done(alice, "delete_server", { server_id });
      expect(await zoe.client.take("server_deleted")).toEqual(toldSelf("server_deleted", { server_id }));
      const after = await foundServer(zoe);
      expect(await zoe.client.rest()).toMatchObject([{ type: "server_added", data: { server: { id: after } } }]);
    },
  },
});

conversation("transfer_server", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    const { server: changed } = await done(alice, "transfer_server", { server_id, user_id: bob.id });
    expect(changed).toMatchObject({ id: server_id, owner_id: bob.id });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "server_updated", { owner_id: bob.id })]);
    }
    await expectRefused(alice, "forbidden", "delete_server", { server_id });
    await done(alice, "leave_server", { server_id });
    await done(bob, "delete_server", { server_id });
  },
  errors: {
    async not_found() {
      const { alice, mallory, server_id } = await anOrchard(server);
      const to_mallory = { server_id, user_id: mallory.id };
      await expectHidden(mallory, "transfer_server", to_mallory, { server_id: NOTHING });
      await expectHidden(alice, "transfer_server", to_mallory, { user_id: NOTHING });
      expect(await mallory.client.rest()).toEqual([]);
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob, server_id } = orchard;
      await promote(orchard, bob, ["admin"]);
      await expectRefused(bob, "forbidden", "transfer_server", { server_id, user_id: bob.id });
    },
    async conflict() {
      const { alice, server_id } = await anOrchard(server);
      await expectRefused(alice, "conflict", "transfer_server", { server_id, user_id: alice.id });
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "transfer_server", { server_id }, "user_id");
    await expectMalformed(alice, "transfer_server", { server_id, user_id: 0 }, "user_id");
  },
});

conversation("leave_server", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    const bobs_phone = { client: await server.connect(bob) };
    await done(bobs_phone, "get_server", { server_id });
    await done(bob, "get_server_channel", { channel_id: general_id });
    expect(await done(bob, "leave_server", { server_id })).toEqual({});
    for (const { client } of [bob, bobs_phone]) {
      expect(await client.rest()).toEqual([toldSelf("server_deleted", { server_id })]);
    }
    expect(await alice.client.rest()).toEqual([told(orchard, "member_deleted", { user_id: bob.id })]);
    await done(alice, "update_server", { server_id, changes: { name: "Grove" } });
    await done(alice, "add_message", { channel_id: general_id, content: "gone?" });
    for (const { client } of [bob, bobs_phone]) expect(await client.rest()).toEqual([]);
    await expectHidden(bob, "get_server", { server_id }, { server_id: NOTHING });
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "leave_server", { server_id }, { server_id: NOTHING });
    },
    async conflict() {
      const { alice, bob, server_id } = await anOrchard(server);
      await expectRefused(alice, "conflict", "leave_server", { server_id });
      expect(await typesTold(bob)).toEqual([]);
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "leave_server", { server_id: -1 }, "server_id");
  },
  also: {
    async "and coming back starts from nothing"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      await promote(orchard, bob, ["manage_server"]);
      await done(bob, "leave_server", { server_id });
      await inviteInto(server_id, alice, bob);
      const { members } = await done(bob, "get_server_members", { server_id, amount: 10, anchor: 0 });
      expect(members).toContainEqual(expect.objectContaining({ user_id: bob.id, roles: [], nickname: null }));
      await expectRefused(bob, "forbidden", "get_invites", { server_id });
    },
    async "tells nobody of another server"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const carol = await another(server, orchard);
      const other = await foundServer(carol);
      await inviteInto(other, carol, bob);
      await done(carol, "get_server", { server_id: other });
      await done(carol, "unsubscribe", { topics: [`server:${server_id}`] });
      await quiet(alice, bob, carol);
      await done(bob, "leave_server", { server_id });
      expect(await typesTold(alice)).toEqual(["member_deleted"]);
      expect(await typesTold(carol)).toEqual([]);
    },
  },
});
