import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import {
  anOrchard,
  another,
  expectHidden,
  expectMalformed,
  expectRefused,
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

conversation("ban_member", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id } = orchard;
    const carol = await another(server, orchard);
    await done(bob, "get_server_channel", { channel_id: general_id });
    await quiet(bob);
    expect(await done(alice, "ban_member", { server_id, user_id: bob.id, reason: "noise" })).toEqual({});
    expect(await bob.client.rest()).toEqual([toldSelf("server_deleted", { server_id })]);
    for (const person of [alice, carol]) {
      expect(await person.client.rest()).toEqual([told(orchard, "member_deleted", { user_id: bob.id })]);
    }
    await done(alice, "add_message", { channel_id: general_id, content: "at last" });
    expect(await typesTold(bob)).toEqual([]);
    await expectHidden(bob, "get_server", { server_id }, { server_id: NOTHING });
  },
  errors: {
    async not_found() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "ban_member", { server_id, user_id: bob.id }, { server_id: NOTHING });
      await expectRefused(alice, "not_found", "ban_member", { server_id, user_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, mallory, server_id } = orchard;
      await expectRefused(bob, "forbidden", "ban_member", { server_id, user_id: mallory.id });
      await promote(orchard, bob, ["kick_members"], 5);
      await expectRefused(bob, "forbidden", "ban_member", { server_id, user_id: mallory.id });
      await promote(orchard, bob, ["ban_members"], 5);
      const carol = await another(server, orchard);
      await promote(orchard, carol, [], 5);
      for (const { id: user_id } of [alice, bob, carol]) {
        await expectRefused(bob, "forbidden", "ban_member", { server_id, user_id });
      }
      await expectRefused(alice, "forbidden", "ban_member", { server_id, user_id: alice.id });
      for (const person of [alice, bob, carol]) expect(await typesTold(person)).toEqual([]);
    },
    async limit_reached() {
      const { alice, bob, server_id } = await anOrchard(server);
      const rows = Array.from({ length: limits.bans_per_server }, (_, index) => [1_000_000 + index]);
      const columns = "server_id, user_id, banned_by, created_at";
      writeRows(server.folder, `insert into bans (${columns}) values (${server_id}, ?, ${alice.id}, 0)`, rows);
      const refused = await expectRefused(alice, "limit_reached", "ban_member", { server_id, user_id: bob.id });
      expect(refused["details"]).toEqual({ limit: "bans_per_server" });
      expect(await typesTold(bob)).toEqual([]);
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "ban_member", { server_id }, "user_id");
    await expectMalformed(alice, "ban_member", { server_id, user_id: 5, reason: 5 }, "reason");
  },
  also: {
    async "of somebody who isn't a member keeps them out, and tells nobody"() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      await done(alice, "ban_member", { server_id, user_id: mallory.id });
      for (const person of [alice, bob, mallory]) expect(await typesTold(person)).toEqual([]);
      const { invite } = await done(alice, "add_invite", { server_id });
      await expectRefused(mallory, "forbidden", "join_server", { invite_code: invite.code });
    },
    async "of who is banned already takes the new reason"() {
      const { alice, mallory, server_id } = await anOrchard(server);
      const ban = { server_id, user_id: mallory.id };
      await done(alice, "ban_member", { ...ban, reason: "first" });
      await done(alice, "ban_member", { ...ban, reason: "second" });
      expect((await done(alice, "get_bans", { server_id })).bans).toMatchObject([{ reason: "second" }]);
    },
  },
});

conversation("unban_member", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    await done(alice, "ban_member", { server_id, user_id: mallory.id });
    await promote(orchard, bob, ["ban_members"]);
    expect(await done(bob, "unban_member", { server_id, user_id: mallory.id })).toEqual({});
    for (const person of [alice, bob, mallory]) expect(await typesTold(person)).toEqual([]);
    await inviteInto(server_id, alice, mallory);
  },
  errors: {
    async not_found() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "unban_member", { server_id, user_id: bob.id }, { server_id: NOTHING });
      await expectHidden(alice, "unban_member", { server_id, user_id: bob.id }, { user_id: NOTHING });
    },
    async forbidden() {
      const { alice, bob, mallory, server_id } = await anOrchard(server);
      await done(alice, "ban_member", { server_id, user_id: mallory.id });
      await expectRefused(bob, "forbidden", "unban_member", { server_id, user_id: mallory.id });
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "unban_member", { server_id, user_id: "5" }, "user_id");
  },
});

conversation("get_bans", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const carol = await another(server, orchard);
    await done(alice, "ban_member", { server_id, user_id: mallory.id });
    await promote(orchard, bob, ["ban_members"]);
    await done(bob, "ban_member", { server_id, user_id: carol.id, reason: "noise" });
    const created_date = expect.stringMatching(TIME);
    const { bans, next_anchor } = await done(bob, "get_bans", { server_id });
    expect(next_anchor).toBeNull();
    const hers = { user_id: carol.id, name: carol.name, reason: "noise", banned_by: bob.id, created_date };
    const his = { user_id: mallory.id, name: mallory.name, reason: null, banned_by: alice.id, created_date };
    expect(bans).toEqual([hers, his]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "get_bans", { server_id }, { server_id: NOTHING });
    },
    async forbidden() {
      const { bob, server_id } = await anOrchard(server);
      await expectRefused(bob, "forbidden", "get_bans", { server_id });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "get_bans", { server_id: [] }, "server_id");
    for (const anchor of [0, "", "5", "1-2-3", "-1-2"]) {
      await expectMalformed(alice, "get_bans", { server_id: 5, anchor }, "anchor");
    }
  },
  also: {
    async "comes in pages of a size that can be read, however many there are and whatever the reasons"() {
      const { alice, server_id } = await anOrchard(server);
      // Several at one time, and a reason that grows on its way.
      const ids = Array.from({ length: 2 * limits.bans_page + 10 }, (_, index) => 2_000_000 + index);
      const user =
        "insert into users (id, name, name_key, password_hash, created_at, last_online) values (?, ?, ?, '', 0, 0)";
      writeRows(
        server.folder,
        user,
        ids.map((id) => [id, `banned${id}`, `banned${id}`]),
      );
      const ban = "insert into bans (server_id, banned_by, reason, user_id, created_at) values (?, ?, ?, ?, ?)";
      const reason = "\u0001".repeat(limits.reason_length);
      writeRows(
        server.folder,
        ban,
        ids.map((id) => [server_id, alice.id, reason, id, Math.floor(id / 7)]),
      );
      const listed: number[] = [];
      let anchor: string | undefined;
      do {
        const page = await done(alice, "get_bans", { server_id, anchor });
        expect(JSON.stringify(page).length).toBeLessThan(limits.socket_backpressure_bytes);
        listed.push(...page.bans.map(({ user_id }: { user_id: number }) => user_id));
        anchor = page.next_anchor ?? undefined;
      } while (anchor !== undefined);
      expect(listed).toEqual(ids.reverse());
    },
  },
});
