import { afterAll, beforeAll, expect } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { DEFAULT_RULES, namesOf } from "../../../src/domain/permissions.ts";
import type { Json } from "../../harness/client.ts";
import { done, foundServer } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import {
  addChannel,
  addRole,
  anOrchard,
  expectHidden,
  expectMalformed,
  expectRefused,
  giveRoles,
  NOTHING,
  promote,
  quiet,
  told,
  typesTold,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const idsOf = ({ roles }: Json): number[] => roles.map(({ id }: Json) => id);

conversation("get_server_roles", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, default_role_id } = orchard;
    const [low, high, equal] = [
      await addRole(orchard, ["ban_members", "view_channel"], 2),
      await addRole(orchard, [], 7),
      await addRole(orchard, [], 2),
    ];
    const { roles, seq } = await done(bob, "get_server_roles", { server_id });
    expect(roles).toEqual([
      { id: high, name: "helpers", color: null, rules: [], position: 7 },
      { id: low, name: "helpers", color: null, rules: ["ban_members", "view_channel"], position: 2 },
      { id: equal, name: "helpers", color: null, rules: [], position: 2 },
      { id: default_role_id, name: "everyone", color: null, rules: namesOf(DEFAULT_RULES), position: 0 },
    ]);
    await giveRoles(orchard, bob, low, high);
    const held = await done(alice, "get_server_roles", { server_id, user_id: bob.id });
    expect(idsOf(held)).toEqual([high, low, default_role_id]);
    expect(held.seq).toBeGreaterThan(seq);
    expect(idsOf(await done(bob, "get_server_roles", { server_id, user_id: alice.id }))).toEqual([default_role_id]);
  },
  errors: {
    async not_found() {
      const { alice, mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "get_server_roles", { server_id }, { server_id: NOTHING });
      await expectHidden(alice, "get_server_roles", { server_id, user_id: mallory.id }, { user_id: NOTHING });
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "get_server_roles", { server_id, user_id: "bob" }, "user_id");
  },
});

conversation("add_role", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const asked = { name: "keepers", color: "#00ff7f", rules: ["manage_messages", "view_channel"], position: 3 };
    const { role } = await done(alice, "add_role", { server_id, ...asked });
    expect(role).toEqual({ id: expect.any(Number), ...asked });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "role_added", { role })]);
    }
    expect(await typesTold(mallory)).toEqual([]);
    const { role: plain } = await done(alice, "add_role", { server_id, name: "pickers" });
    expect(plain).toMatchObject({ color: null, rules: [], position: 1 });
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "add_role", { server_id, name: "x" }, { server_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      await promote(orchard, bob, ["manage_server", "manage_members"], 9);
      await expectRefused(bob, "forbidden", "add_role", { server_id, name: "x" });
      await promote(orchard, bob, ["admin"], 5);
      for (const position of [5, 6]) {
        await expectRefused(bob, "forbidden", "add_role", { server_id, name: "x", position });
      }
      expect(await typesTold(alice)).toEqual([]);
      await done(bob, "add_role", { server_id, name: "x", position: 4, rules: ["admin"] });
    },
    async limit_reached() {
      const alice = await server.join();
      const server_id = await foundServer(alice);
      const rows = Array.from({ length: limits.roles_per_server - 1 }, (_, index) => [9_000 + index]);
      const columns = "id, server_id, name, rules, position, seq";
      writeRows(server.folder, `insert into roles (${columns}) values (?, ${server_id}, 'row', 0, 1, 1)`, rows);
      const refused = await expectRefused(alice, "limit_reached", "add_role", { server_id, name: "x" });
      expect(refused["details"]).toEqual({ limit: "roles_per_server" });
    },
    async conflict() {
      const { alice, bob, server_id } = await anOrchard(server);
      const asked = { server_id, name: "x", nonce: "n" };
      const { role } = await done(alice, "add_role", asked);
      await done(alice, "delete_role", { role_id: role.id });
      await quiet(alice, bob);
      await expectRefused(alice, "conflict", "add_role", asked);
      for (const person of [alice, bob]) expect(await typesTold(person)).toEqual([]);
    },
  },
  async malformed() {
    const { alice, server_id } = await anOrchard(server);
    await expectMalformed(alice, "add_role", { server_id }, "name");
    await expectMalformed(alice, "add_role", { server_id, name: "x", color: "green" }, "color");
    await expectMalformed(alice, "add_role", { server_id, name: "x", position: 0 }, "position");
    await expectMalformed(alice, "add_role", { server_id, name: "x", rules: ["fly"] }, "rules.0");
    const too_long = "n".repeat(limits.nonce_length + 1);
    await expectMalformed(alice, "add_role", { server_id, name: "x", nonce: too_long }, "nonce");
  },
  also: {
    async "without a position comes below all others, which make room"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const first = await addRole(orchard);
      const second = await addRole(orchard);
      const fourth = await addRole(orchard, [], 4);
      await quiet(alice, bob);
      const { role: third } = await done(alice, "add_role", { server_id, name: "third" });
      expect(await bob.client.rest()).toEqual([
        told(orchard, "role_changed", { role: { id: first, position: 3 } }),
        told(orchard, "role_changed", { role: { id: second, position: 2 } }),
        told(orchard, "role_added", { role: third }),
      ]);
      const { roles } = await done(bob, "get_server_roles", { server_id });
      expect(roles.map(({ id, position }: Json) => [id, position]).slice(0, 4)).toEqual([
        [fourth, 4],
        [first, 3],
        [second, 2],
        [third.id, 1],
      ]);
    },
    async "by an admin with the lowest role"() {
      const orchard = await anOrchard(server);
      const { bob, server_id } = orchard;
      await promote(orchard, bob, ["admin"]);
      const { role } = await done(bob, "add_role", { server_id, name: "x" });
      await done(bob, "update_role", { role_id: role.id, changes: { name: "y" } });
    },
  },
});

conversation("update_role", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory } = orchard;
    const role_id = await addRole(orchard, ["view_channel"], 3);
    await quiet(alice, bob);
    const changes = { name: "keepers", color: "#AABBCC", rules: ["manage_messages"], position: 8 };
    const { role } = await done(alice, "update_role", { role_id, changes });
    expect(role).toEqual({ id: role_id, ...changes });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([
        told(orchard, "role_changed", { role: { id: role_id, ...changes } }),
      ]);
    }
    await done(alice, "update_role", { role_id, changes: { color: null, name: "keepers" } });
    expect(await bob.client.rest()).toEqual([told(orchard, "role_changed", { role: { id: role_id, color: null } })]);
    await quiet(alice);
    await done(alice, "update_role", { role_id, changes: { color: null } });
    for (const person of [alice, bob, mallory]) expect(await typesTold(person)).toEqual([]);
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { alice, mallory } = orchard;
      const role_id = await addRole(orchard);
      await expectHidden(mallory, "update_role", { role_id, changes: { name: "x" } }, { role_id: NOTHING });
      await done(alice, "delete_role", { role_id });
      await expectHidden(alice, "update_role", { role_id, changes: { name: "x" } }, { role_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob, default_role_id } = orchard;
      const own = await promote(orchard, bob, ["manage_server"], 5);
      const rename = (role_id: number) => ({ role_id, changes: { name: "x" } });
      await expectRefused(bob, "forbidden", "update_role", rename(default_role_id));
      const admins = await promote(orchard, bob, ["admin"], 5);
      const [above, below] = [await addRole(orchard, [], 6), await addRole(orchard, [], 4)];
      for (const role_id of [own, admins, above]) await expectRefused(bob, "forbidden", "update_role", rename(role_id));
      for (const position of [5, 6]) {
        await expectRefused(bob, "forbidden", "update_role", { role_id: below, changes: { position } });
      }
      await done(bob, "update_role", { role_id: below, changes: { position: 3, rules: ["admin"] } });
    },
    async conflict() {
      const { alice, default_role_id } = await anOrchard(server);
      await expectRefused(alice, "conflict", "update_role", { role_id: default_role_id, changes: { position: 1 } });
    },
  },
  async malformed() {
    const { alice, default_role_id: role_id } = await anOrchard(server);
    await expectMalformed(alice, "update_role", { role_id }, "changes");
    await expectMalformed(alice, "update_role", { role_id, changes: { color: "#12" } }, "changes.color");
    await expectMalformed(alice, "update_role", { role_id, changes: { rules: null } }, "changes.rules");
  },
  also: {
    async "of the default role changes what everybody may"() {
      const orchard = await anOrchard(server);
      const { alice, bob, general_id, default_role_id } = orchard;
      const changes = { name: "all", color: "#010203", rules: ["view_channel", "read_history"] };
      const { role } = await done(alice, "update_role", { role_id: default_role_id, changes });
      expect(role).toEqual({ id: default_role_id, ...changes, position: 0 });
      await expectRefused(bob, "forbidden", "add_message", { channel_id: general_id, content: "hello" });
    },
  },
});

conversation("delete_role", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const kept = await addRole(orchard, [], 2);
    const role_id = await addRole(orchard, ["manage_server"], 3);
    await giveRoles(orchard, bob, role_id, kept);
    await quiet(alice, bob);
    expect(await done(alice, "delete_role", { role_id })).toEqual({});
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "role_deleted", { role_id })]);
    }
    expect(await typesTold(mallory)).toEqual([]);
    await expectRefused(bob, "forbidden", "update_server", { server_id, changes: { name: "x" } });
    const { members } = await done(alice, "get_server_members", { server_id, amount: 10, anchor: 0 });
    expect(members.find(({ user_id }: Json) => user_id === bob.id).roles).toEqual([kept]);
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const role_id = await addRole(orchard);
      await expectHidden(orchard.mallory, "delete_role", { role_id }, { role_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob } = orchard;
      const own = await promote(orchard, bob, ["manage_server"], 5);
      const below = await addRole(orchard, [], 1);
      await expectRefused(bob, "forbidden", "delete_role", { role_id: below });
      await promote(orchard, bob, ["admin"], 5);
      await expectRefused(bob, "forbidden", "delete_role", { role_id: own });
      await done(bob, "delete_role", { role_id: below });
    },
    async conflict() {
      const { alice, default_role_id } = await anOrchard(server);
      await expectRefused(alice, "conflict", "delete_role", { role_id: default_role_id });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "delete_role", { role_id: 1.5 }, "role_id");
  },
  also: {
    async "ends the overwrites for it, which are told, and writes none of the lists that named it"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, default_role_id } = orchard;
      await promote(orchard, bob, ["manage_channels"], 5);
      const role_id = await addRole(orchard, [], 2);
      const stays = { role_id: default_role_id, allow: [], deny: ["attach_files"] };
      const goes = { role_id, allow: ["mention_everyone"], deny: ["view_channel"] };
      const channel_id = await addChannel(orchard, { overwrites: [goes, stays] });
      const { category } = await done(alice, "add_category", { server_id, name: "Trees", overwrites: [goes] });
      const stored = () => [
        readRows(server.folder, "select overwrites from channels where id = ?", [channel_id]),
        readRows(server.folder, "select until_seq from structure_history where server_id = ?", [server_id]),
      ];
      const before = stored();
      await quiet(alice, bob);
      await done(alice, "delete_role", { role_id });
      for (const person of [alice, bob]) {
        expect(await person.client.rest()).toEqual([
          told(orchard, "category_updated", { category: { id: category.id, overwrites: [] } }),
          told(orchard, "channel_updated", { channel: { id: channel_id, overwrites: [stays] } }),
          told(orchard, "role_deleted", { role_id }),
        ]);
      }
      expect(stored()).toEqual(before);
      expect((await done(bob, "get_server_channel", { channel_id })).channel.overwrites).toEqual([stays]);
      // Who lacks what it denied may set the rest of the list, and what is changed otherwise tells nothing of it.
      await quiet(alice, bob);
      await done(bob, "update_channel", { channel_id, changes: { name: "x", overwrites: [stays] } });
      expect(await alice.client.rest()).toEqual([
        told(orchard, "channel_updated", { channel: { id: channel_id, name: "x" } }),
      ]);
      const gone = { channel_id, changes: { overwrites: [goes] } };
      await expectMalformed(alice, "update_channel", gone, "changes.overwrites.0.role_id");
    },
    async "takes it out of all overwrites"() {
      const orchard = await anOrchard(server);
      const { alice, bob, category_id, default_role_id } = orchard;
      const role_id = await addRole(orchard);
      const overwrites = [
        { role_id: default_role_id, allow: [], deny: ["add_reactions"] },
        { role_id, allow: ["view_channel"], deny: ["send_messages"] },
      ];
      await done(alice, "update_category", { category_id, changes: { overwrites } });
      const channel_id = await addChannel(orchard, { overwrites });
      const hidden = await addChannel(orchard, { roles: [role_id] });
      await done(alice, "delete_role", { role_id });
      const left = overwrites.slice(0, 1);
      const roles = [{ id: default_role_id, name: "everyone", color: null }];
      const of_category = told(orchard, "category_updated", { category: { id: category_id, overwrites: left } });
      const of_channel = told(orchard, "channel_updated", { channel: { id: channel_id, overwrites: left, roles } });
      const gone = told(orchard, "role_deleted", { role_id });
      expect(await bob.client.rest()).toEqual([of_category, of_channel, gone]);
      const unseen = [{ role_id: default_role_id, allow: [], deny: ["view_channel"] }];
      const of_hidden = told(orchard, "channel_updated", { channel: { id: hidden, overwrites: unseen, roles: [] } });
      expect(await alice.client.rest()).toEqual([of_category, of_channel, of_hidden, gone]);
    },
  },
});
