import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import {
  addChannel,
  anOrchard,
  expectHidden,
  expectMalformed,
  expectRefused,
  NOTHING,
  type Orchard,
  promote,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function log({ alice, server_id }: Orchard, more: Json = {}, reader = alice): Promise<Json[]> {
  const { entries } = await done(reader, "get_audit_log", { server_id, amount: 100, anchor: 0, ...more });
  return entries;
}

const entry = (type: string, actor_id: number, target_id: number, more: Json = {}) => ({
  ...{ id: expect.any(Number), type, actor_id, target_id, reason: null, changes: {} },
  created_date: expect.stringMatching(/Z$/),
  ...more,
});

conversation("get_audit_log", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const reason = "noise, again";
    await done(alice, "remove_member", { server_id, user_id: bob.id, reason });
    await done(alice, "ban_member", { server_id, user_id: mallory.id, reason: "spam" });
    await done(alice, "ban_member", { server_id, user_id: bob.id });
    await done(alice, "unban_member", { server_id, user_id: mallory.id, reason: "they are sorry" });
    expect(await log(orchard)).toEqual([
      entry("member_unbanned", alice.id, mallory.id, { reason: "they are sorry" }),
      entry("member_banned", alice.id, bob.id),
      entry("member_banned", alice.id, mallory.id, { reason: "spam" }),
      entry("member_removed", alice.id, bob.id, { reason }),
    ]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "get_audit_log", { server_id, amount: 10, anchor: 0 }, { server_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob, server_id } = orchard;
      const asked = { server_id, amount: 10, anchor: 0 };
      await expectRefused(bob, "forbidden", "get_audit_log", asked);
      await promote(orchard, bob, ["kick_members", "ban_members"]);
      await expectRefused(bob, "forbidden", "get_audit_log", asked);
      await promote(orchard, bob, ["manage_server"]);
      await done(bob, "get_audit_log", asked);
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    const asked = { server_id, amount: 10, anchor: 0 };
    await expectMalformed(alice, "get_audit_log", { ...asked, amount: 0 }, "amount");
    await expectMalformed(alice, "get_audit_log", { ...asked, type: "member_born" }, "type");
    await expectMalformed(alice, "get_audit_log", { ...asked, user_id: "bob" }, "user_id");
  },
  also: {
    async "has what stood before and what stands after"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, general_id, category_id } = orchard;
      const { role } = await done(alice, "add_role", { server_id, name: "pickers", rules: ["kick_members"] });
      await done(alice, "update_role", { role_id: role.id, changes: { name: "kickers", color: "#ff0000" } });
      await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [role.id], nickname: "b" } });
      const overwrites = [{ role_id: role.id, allow: ["view_channel"], deny: [] }];
      await done(alice, "update_channel", { channel_id: general_id, changes: { name: "rows", overwrites } });
      await done(alice, "update_category", { category_id, changes: { name: "Fields" } });
      await done(alice, "update_server", { server_id, changes: { name: "Garden" } });
      await done(alice, "delete_role", { role_id: role.id });
      await done(alice, "delete_channel", { channel_id: general_id });
      const change = (before: unknown, after: unknown) => ({ before, after });
      const [channel_gone, role_gone, ...others] = await log(orchard);
      expect(channel_gone).toMatchObject({ type: "channel_deleted", changes: { name: change("rows", null) } });
      expect(role_gone).toMatchObject({ type: "role_deleted", changes: { rules: change(["kick_members"], null) } });
      expect(others).toEqual([
        entry("server_updated", alice.id, server_id, { changes: { name: change("Orchard", "Garden") } }),
        entry("category_updated", alice.id, category_id, { changes: { name: change("General", "Fields") } }),
        entry("channel_updated", alice.id, general_id, {
          changes: { name: change("general", "rows"), overwrites: change([], overwrites) },
        }),
        entry("member_changed", alice.id, bob.id, {
          changes: { nickname: change(null, "b"), roles: change([], [role.id]) },
        }),
        entry("role_changed", alice.id, role.id, {
          changes: { name: change("pickers", "kickers"), color: change(null, "#ff0000") },
        }),
        entry("role_added", alice.id, role.id, { changes: expect.objectContaining({ name: change(null, "pickers") }) }),
      ]);
    },
    async "keeps nothing of what came to nothing, of what is written, and of what one calls oneself"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, general_id } = orchard;
      await done(alice, "update_channel", { channel_id: general_id, changes: { name: "general" } });
      await expectRefused(bob, "forbidden", "remove_member", { server_id, user_id: alice.id, reason: "why not" });
      const { message } = await done(alice, "add_message", { channel_id: general_id, content: "a secret" });
      await done(alice, "delete_message", { message_id: message.id });
      await done(bob, "update_member", { server_id, user_id: bob.id, changes: { nickname: "the boss" } });
      expect(await log(orchard)).toEqual([]);
    },
    async "leaves out what concerns a channel or category that the reader can't view, also once it is gone"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, default_role_id } = orchard;
      await promote(orchard, bob, ["manage_server"]);
      const before = await log(orchard, {}, bob);
      const hidden = { overwrites: [{ role_id: default_role_id, allow: [], deny: ["view_channel"] }] };
      const { category } = await done(alice, "add_category", { server_id, name: "secret", ...hidden });
      const inside = await addChannel(orchard, { name: "inside", category_id: category.id });
      const seen = await addChannel(orchard, { name: "seen" });
      const types = async () => (await log(orchard, {}, bob)).slice(0, -before.length).map(({ type }) => type);
      expect(await types()).toEqual(["channel_added"]);
      await done(alice, "delete_channel", { channel_id: inside });
      await done(alice, "delete_category", { category_id: category.id });
      await done(alice, "delete_channel", { channel_id: seen });
      expect(await types()).toEqual(["channel_deleted", "channel_added"]);
      expect(await log(orchard)).toHaveLength(before.length + 6);
    },
    async "leaves out a channel whose category hid it, though the log is asked for nothing that tells of that one"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, default_role_id } = orchard;
      await promote(orchard, bob, ["manage_server"]);
      const hidden = { overwrites: [{ role_id: default_role_id, allow: [], deny: ["view_channel"] }] };
      const { category } = await done(alice, "add_category", { server_id, name: "secret", ...hidden });
      const inside = await addChannel(orchard, { name: "inside", category_id: category.id });
      await done(alice, "delete_channel", { channel_id: inside });
      await done(alice, "delete_category", { category_id: category.id });
      for (const type of ["channel_added", "channel_deleted"]) {
        expect(await log(orchard, { type }, bob)).toEqual([]);
        expect(await log(orchard, { type })).toHaveLength(1);
      }
    },
    async "comes by pages, by type and by user"() {
      const orchard = await anOrchard(server);
      const { alice, bob, mallory, server_id } = orchard;
      await promote(orchard, bob, ["manage_channels", "ban_members"]);
      for (const name of ["a", "b", "c"]) await done(bob, "add_channel", { server_id, name });
      await done(bob, "ban_member", { server_id, user_id: mallory.id });
      const ids = async (more: Json) => (await log(orchard, more)).map(({ id }) => id);
      const all = await ids({});
      const pages: number[] = [];
      for (let anchor: number | null = 0; anchor !== null; ) {
        const asked: Json = { server_id, amount: 2, anchor };
        const page: Json = await done(alice, "get_audit_log", asked);
        expect(page.entries.length).toBeLessThanOrEqual(2);
        pages.push(...page.entries.map(({ id }: Json) => id));
        anchor = page.next_anchor;
      }
      expect(pages).toEqual(all);
      expect(await log(orchard, { type: "channel_added" })).toHaveLength(3);
      expect(await log(orchard, { user_id: mallory.id })).toMatchObject([{ type: "member_banned", actor_id: bob.id }]);
      expect(await log(orchard, { user_id: bob.id, type: "member_banned" })).toHaveLength(1);
      expect((await log(orchard, { user_id: bob.id })).map(({ type }) => type)).toEqual([
        ...["member_banned", "channel_added", "channel_added", "channel_added", "member_changed"],
      ]);
    },
    async "belongs to one server, and is in its change's transaction"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const other = await anOrchard(server);
      await inviteInto(other.server_id, other.alice, bob);
      await done(alice, "remove_member", { server_id, user_id: bob.id, reason: "here" });
      expect(await log(other)).toEqual([]);
      // A row that stands in the way of the entry undoes the kick.
      await inviteInto(server_id, alice, bob);
      writeRows(
        server.folder,
        "create trigger refuse before insert on audit_entries begin select raise(abort, 'no'); end",
        [[]],
      );
      try {
        await expectRefused(alice, "internal", "remove_member", { server_id, user_id: bob.id });
        await done(bob, "get_server", { server_id });
      } finally {
        writeRows(server.folder, "drop trigger refuse", [[]]);
      }
    },
    async "is kept for its time"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      await done(alice, "remove_member", { server_id, user_id: bob.id });
      const old = Date.now() - limits.audit_age_ms - 1_000;
      writeRows(server.folder, "update audit_entries set created_at = ? where server_id = ?", [[old, server_id]]);
      await done(alice, "ban_member", { server_id, user_id: bob.id });
      // Old ones go in the rounds of the background, of which the first begins with the server.
      const entries = () => readRows(server.folder, "select id from audit_entries where server_id = ?", [server_id]);
      server = await server.restart();
      while (entries().length > 1) await Bun.sleep(5);
      const again = { ...orchard, alice: { ...alice, client: await server.connect(alice) } };
      expect((await log(again)).map(({ type }) => type)).toEqual(["member_banned"]);
    },
  },
});
