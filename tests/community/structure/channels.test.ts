import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import type { Rule } from "../../../src/domain/permissions.ts";
import { done, foundServer } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import {
  addChannel,
  addRole,
  anOrchard,
  another,
  expectHidden,
  expectMalformed,
  expectRefused,
  NOTHING,
  type Orchard,
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

/** Everybody but the owner is denied these rules. */
const denied = ({ default_role_id }: Orchard, ...deny: Rule[]) => [{ role_id: default_role_id, allow: [], deny }];

conversation("get_server_channels", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, category_id, general_id } = orchard;
    const second = await addChannel(orchard, { name: "second", category_id });
    const outside = await addChannel(orchard, { name: "outside" });
    const { category } = await done(alice, "add_category", { server_id, name: "Empty" });
    const { categories, seq } = await done(bob, "get_server_channels", { server_id });
    expect(categories).toEqual([
      { id: null, name: null, position: -1, channels: [{ id: outside, name: "outside", position: 0 }] },
      {
        ...{ id: category_id, name: "General", position: 0 },
        channels: [
          { id: general_id, name: "general", position: 0 },
          { id: second, name: "second", position: 1 },
        ],
      },
      { id: category.id, name: "Empty", position: 1, channels: [] },
    ]);
    await quiet(bob);
    await done(alice, "update_channel", { channel_id: second, changes: { position: 0, name: "first" } });
    const [event] = await bob.client.rest();
    expect(event?.["seq"]).toBeGreaterThan(seq);
    await done(alice, "update_channel", { channel_id: general_id, changes: { position: 1 } });
    const after = await done(bob, "get_server_channels", { server_id });
    expect(after.categories[1].channels.map(({ name }: { name: string }) => name)).toEqual(["first", "general"]);
    expect(after.seq).toBeGreaterThan(event?.["seq"]);
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "get_server_channels", { server_id }, { server_id: NOTHING });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "get_server_channels", { server_id: null }, "server_id");
  },
  also: {
    async "leaves out what one can't view"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, category_id, general_id } = orchard;
      await addChannel(orchard, { name: "hidden", category_id, overwrites: denied(orchard, "view_channel") });
      const overwrites = denied(orchard, "view_channel");
      const { category } = await done(alice, "add_category", { server_id, name: "Private", overwrites });
      await addChannel(orchard, { name: "deep", category_id: category.id });
      const { categories } = await done(bob, "get_server_channels", { server_id });
      const general = { name: "general", position: 0 };
      expect(categories).toEqual([
        { id: category_id, name: "General", position: 0, channels: [{ ...general, id: general_id }] },
      ]);
      const all = await done(alice, "get_server_channels", { server_id });
      expect(all.categories.map(({ channels }: { channels: unknown[] }) => channels.length)).toEqual([2, 1]);
    },
    async "shows a category for one channel in it that one may view"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const overwrites = denied(orchard, "view_channel");
      const { category } = await done(alice, "add_category", { server_id, name: "Private", overwrites });
      await addChannel(orchard, { name: "deep", category_id: category.id });
      const open = [{ user_id: bob.id, allow: ["view_channel"], deny: [] }];
      const open_id = await addChannel(orchard, { name: "open", category_id: category.id, overwrites: open });
      const { categories } = await done(bob, "get_server_channels", { server_id });
      expect(categories.at(-1)).toMatchObject({ id: category.id, channels: [{ id: open_id, name: "open" }] });
    },
  },
});

conversation("get_server_channel", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, category_id, general_id, default_role_id } = orchard;
    const role_id = await addRole(orchard, [], 3);
    const { channel, seq } = await done(bob, "get_server_channel", { channel_id: general_id });
    expect(channel).toEqual({
      ...{ id: general_id, server_id, category_id, name: "general", description: null, position: 0, overwrites: [] },
      slow_mode_s: 0,
      roles: [
        { id: role_id, name: "helpers", color: null },
        { id: default_role_id, name: "everyone", color: null },
      ],
    });
    expect(seq).toBe(0);
    const { message } = await done(alice, "add_message", { channel_id: general_id, content: "apples" });
    const heard = await bob.client.take("message_added");
    expect(heard).toMatchObject({ topic: `channel:${general_id}`, data: { id: message.id } });
    expect((await done(bob, "get_server_channel", { channel_id: general_id })).seq).toBe(heard["seq"]);
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { bob, mallory, general_id } = orchard;
      await expectHidden(mallory, "get_server_channel", { channel_id: general_id }, { channel_id: NOTHING });
      const hidden = await addChannel(orchard, { overwrites: denied(orchard, "view_channel") });
      await expectHidden(bob, "get_server_channel", { channel_id: hidden }, { channel_id: NOTHING });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "get_server_channel", {}, "channel_id");
  },
  also: {
    async "names as `roles` those that can view it"() {
      const orchard = await anOrchard(server);
      const { alice, default_role_id } = orchard;
      const [keepers, admins] = [await addRole(orchard, [], 2), await addRole(orchard, ["admin"], 3)];
      const overwrites = [
        ...denied(orchard, "view_channel"),
        { role_id: keepers, allow: ["view_channel", "send_messages"], deny: ["add_reactions"] },
      ];
      const channel_id = await addChannel(orchard, { overwrites });
      const { channel } = await done(alice, "get_server_channel", { channel_id });
      expect(channel.roles.map(({ id }: { id: number }) => id)).toEqual([admins, keepers]);
      expect(channel.overwrites).toEqual(overwrites);
      expect(channel.roles).not.toContainEqual(expect.objectContaining({ id: default_role_id }));
    },
  },
});

conversation("add_channel", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id, category_id, default_role_id } = orchard;
    const asked = { server_id, name: "rows", category_id, description: "Of trees." };
    const { channel } = await done(alice, "add_channel", asked);
    expect(channel).toEqual({
      ...{ id: expect.any(Number), ...asked, position: 1, overwrites: [], slow_mode_s: 0 },
      roles: [{ id: default_role_id, name: "everyone", color: null }],
    });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "channel_added", { category_id, channel })]);
    }
    expect(await typesTold(mallory)).toEqual([]);
    const { channel: outside } = await done(alice, "add_channel", { server_id, name: "outside" });
    expect(outside).toMatchObject({ category_id: null, description: null, position: 0 });
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { alice, bob, mallory, server_id } = orchard;
      await expectHidden(mallory, "add_channel", { server_id, name: "x" }, { server_id: NOTHING });
      await expectRefused(alice, "not_found", "add_channel", { server_id, name: "x", category_id: NOTHING });
      const overwrites = denied(orchard, "view_channel");
      const { category } = await done(alice, "add_category", { server_id, name: "Private", overwrites });
      await addChannel(orchard, { category_id: category.id });
      await promote(orchard, bob, ["manage_channels"]);
      const hidden = { server_id, name: "x", category_id: category.id };
      await expectHidden(bob, "add_channel", hidden, { category_id: NOTHING });
      const { categories } = await done(alice, "get_server_channels", { server_id: await foundServer(alice) });
      await expectHidden(alice, "add_channel", { ...hidden, category_id: categories[0].id }, { category_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, category_id } = orchard;
      await expectRefused(bob, "forbidden", "add_channel", { server_id, name: "x" });
      await promote(orchard, bob, ["manage_channels"]);
      const overwrites = denied(orchard, "manage_channels");
      await done(alice, "update_category", { category_id, changes: { overwrites } });
      await expectRefused(bob, "forbidden", "add_channel", { server_id, name: "x", category_id });
      await done(bob, "add_channel", { server_id, name: "x" });
    },
    async limit_reached() {
      const alice = await server.join();
      const server_id = await foundServer(alice);
      const columns = "id, server_id, name, position, overwrites, seq";
      const rows = Array.from({ length: limits.channels_per_server - 1 }, (_, index) => [5_000 + index]);
      const insert = `insert into channels (${columns}) values (?, ${server_id}, 'row', 0, '[]', 1)`;
      writeRows(server.folder, insert, rows);
      const refused = await expectRefused(alice, "limit_reached", "add_channel", { server_id, name: "x" });
      expect(refused["details"]).toEqual({ limit: "channels_per_server" });
      await done(alice, "delete_channel", { channel_id: 5_000 });
      await done(alice, "add_channel", { server_id, name: "x" });
    },
    async conflict() {
      const { alice, bob, server_id } = await anOrchard(server);
      const asked = { server_id, name: "x", nonce: "n" };
      const { channel } = await done(alice, "add_channel", asked);
      await done(alice, "delete_channel", { channel_id: channel.id });
      await quiet(alice, bob);
      await expectRefused(alice, "conflict", "add_channel", asked);
      for (const person of [alice, bob]) expect(await typesTold(person)).toEqual([]);
    },
  },
  async malformed() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const wanted = { server_id, name: "rows" };
    await expectMalformed(alice, "add_channel", { server_id }, "name");
    await expectMalformed(alice, "add_channel", { ...wanted, roles: [NOTHING] }, "roles.0");
    await expectMalformed(alice, "add_channel", { ...wanted, nonce: 7 }, "nonce");
    const overwrite = { allow: [], deny: ["view_channel"] };
    const twice = [...denied(orchard, "view_channel"), ...denied(orchard, "send_messages")];
    const wrong: [unknown[], string][] = [
      [[...denied(orchard, "view_channel"), { role_id: NOTHING, ...overwrite }], "overwrites.1.role_id"],
      [[{ user_id: mallory.id, ...overwrite }], "overwrites.0.user_id"],
      [[{ role_id: null, user_id: NOTHING, ...overwrite }], "overwrites.0.user_id"],
      [twice, "overwrites.1.role_id"],
    ];
    for (const [overwrites, path] of wrong) {
      await expectMalformed(alice, "add_channel", { ...wanted, overwrites }, path);
    }
    for (const person of [alice, bob]) expect(await typesTold(person)).toEqual([]);
  },
  also: {
    async "with `roles`: only those may view, and only they hear of it"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, default_role_id } = orchard;
      const carol = await another(server, orchard);
      const role_id = await promote(orchard, carol, []);
      const { channel } = await done(alice, "add_channel", { server_id, name: "keepers", roles: [role_id] });
      expect(channel.overwrites).toEqual([
        { role_id: default_role_id, allow: [], deny: ["view_channel"] },
        { role_id, allow: ["view_channel"], deny: [] },
      ]);
      expect(channel.roles.map(({ id }: { id: number }) => id)).toEqual([role_id]);
      expect(await carol.client.rest()).toEqual([told(orchard, "channel_added", { category_id: null, channel })]);
      expect(await typesTold(bob)).toEqual([]);
      await expectHidden(bob, "get_server_channel", { channel_id: channel.id }, { channel_id: NOTHING });
    },
    async "with no `roles` at all is for those with all rules"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      await promote(orchard, bob, ["admin"]);
      const { channel } = await done(alice, "add_channel", { server_id, name: "admins", roles: [] });
      expect(await bob.client.rest()).toEqual([told(orchard, "channel_added", { category_id: null, channel })]);
    },
  },
});

conversation("update_channel", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, category_id, general_id } = orchard;
    const changes = { name: "square", description: "Where all meet." };
    const { channel } = await done(alice, "update_channel", { channel_id: general_id, changes });
    expect(channel).toMatchObject({ id: general_id, category_id, ...changes });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([
        told(orchard, "channel_updated", { channel: { id: general_id, ...changes } }),
      ]);
    }
    await done(alice, "update_channel", { channel_id: general_id, changes: { ...changes, description: null } });
    expect(await bob.client.rest()).toEqual([
      told(orchard, "channel_updated", { channel: { id: general_id, description: null } }),
    ]);
    await quiet(alice);
    const same = await done(alice, "update_channel", { channel_id: general_id, changes: { name: "square" } });
    expect(same.channel.name).toBe("square");
    for (const person of [alice, bob, mallory]) expect(await typesTold(person)).toEqual([]);
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { alice, bob, mallory, general_id } = orchard;
      const rename = { channel_id: general_id, changes: { name: "x" } };
      await expectHidden(mallory, "update_channel", rename, { channel_id: NOTHING });
      await promote(orchard, bob, ["manage_channels"]);
      const hidden = await addChannel(orchard, { overwrites: denied(orchard, "view_channel") });
      await expectHidden(bob, "update_channel", { ...rename, channel_id: hidden }, { channel_id: NOTHING });
      const moved = { channel_id: general_id, changes: { category_id: NOTHING } };
      await expectRefused(alice, "not_found", "update_channel", moved);
    },
    async forbidden() {
      const { alice, bob, general_id } = await anOrchard(server);
      await expectRefused(bob, "forbidden", "update_channel", { channel_id: general_id, changes: { name: "x" } });
      expect(await typesTold(alice)).toEqual([]);
    },
  },
  async malformed() {
    const { alice, mallory, general_id: channel_id } = await anOrchard(server);
    const overwrite = { allow: [], deny: ["view_channel"] };
    const wrong: [Record<string, unknown>, string][] = [
      [{ name: null }, "name"],
      [{ name: "" }, "name"],
      [{ position: -1 }, "position"],
      [{ roles: [NOTHING] }, "roles.0"],
      [{ overwrites: [{ role_id: NOTHING, ...overwrite }] }, "overwrites.0.role_id"],
      [{ overwrites: [{ user_id: mallory.id, ...overwrite }] }, "overwrites.0.user_id"],
    ];
    for (const [changes, path] of wrong) {
      await expectMalformed(alice, "update_channel", { channel_id, changes }, `changes.${path}`);
    }
  },
  also: {
    async "puts it at the end of another category, or outside"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id, category_id, general_id } = orchard;
      const outside = await addChannel(orchard, { name: "outside" });
      const move = (channel_id: number, changes: object) => done(alice, "update_channel", { channel_id, changes });
      const { channel } = await move(outside, { category_id });
      expect(channel).toMatchObject({ category_id, position: 1 });
      expect(await bob.client.rest()).toEqual([
        told(orchard, "channel_updated", { channel: { id: outside, category_id, position: 1 } }),
      ]);
      expect((await move(general_id, { category_id: null })).channel).toMatchObject({ category_id: null, position: 0 });
      const { categories } = await done(bob, "get_server_channels", { server_id });
      expect(categories).toMatchObject([
        { id: null, channels: [{ id: general_id }] },
        { id: category_id, channels: [{ id: outside }] },
      ]);
    },
    async "`roles` replaces what role overwrites say of viewing, and nothing else"() {
      const orchard = await anOrchard(server);
      const { alice, bob, default_role_id } = orchard;
      const [keepers, pickers] = [await addRole(orchard), await addRole(orchard)];
      const overwrites = [
        { role_id: default_role_id, allow: [], deny: ["send_messages"] },
        { role_id: keepers, allow: ["view_channel"], deny: ["add_reactions"] },
        { user_id: bob.id, allow: ["view_channel"], deny: [] },
      ];
      const channel_id = await addChannel(orchard, { overwrites });
      const { channel } = await done(alice, "update_channel", { channel_id, changes: { roles: [pickers] } });
      expect(channel.overwrites).toEqual([
        { role_id: default_role_id, allow: [], deny: ["view_channel", "send_messages"] },
        { role_id: keepers, allow: [], deny: ["add_reactions"] },
        { user_id: bob.id, allow: ["view_channel"], deny: [] },
        { role_id: pickers, allow: ["view_channel"], deny: [] },
      ]);
      const all = await done(alice, "update_channel", { channel_id, changes: { roles: [default_role_id] } });
      expect(all.channel.overwrites).toEqual([
        { role_id: default_role_id, allow: ["view_channel"], deny: ["send_messages"] },
        { role_id: keepers, allow: [], deny: ["add_reactions"] },
        { user_id: bob.id, allow: ["view_channel"], deny: [] },
      ]);
    },
    async "by who manages only that channel"() {
      const orchard = await anOrchard(server);
      const { bob, server_id, general_id } = orchard;
      const overwrites = [{ user_id: bob.id, allow: ["manage_channels"], deny: [] }];
      const channel_id = await addChannel(orchard, { overwrites });
      await done(bob, "update_channel", { channel_id, changes: { name: "bob's" } });
      await expectRefused(bob, "forbidden", "update_channel", { channel_id: general_id, changes: { name: "x" } });
      await expectRefused(bob, "forbidden", "add_channel", { server_id, name: "x" });
    },
  },
});

conversation("delete_channel", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id, category_id, general_id } = orchard;
    await done(bob, "get_server_channel", { channel_id: general_id });
    const { message } = await done(bob, "add_message", { channel_id: general_id, content: "apples" });
    await quiet(alice, bob);
    expect(await done(alice, "delete_channel", { channel_id: general_id })).toEqual({});
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "channel_deleted", { channel_id: general_id })]);
      await expectHidden(person, "get_server_channel", { channel_id: general_id }, { channel_id: NOTHING });
      await expectHidden(person, "get_message", { message_id: message.id }, { message_id: NOTHING });
    }
    expect(await typesTold(mallory)).toEqual([]);
    expect((await done(bob, "get_server_channels", { server_id })).categories).toEqual([
      { id: category_id, name: "General", position: 0, channels: [] },
    ]);
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { bob, mallory, general_id } = orchard;
      await expectHidden(mallory, "delete_channel", { channel_id: general_id }, { channel_id: NOTHING });
      await promote(orchard, bob, ["manage_channels"]);
      const hidden = await addChannel(orchard, { overwrites: denied(orchard, "view_channel") });
      await expectHidden(bob, "delete_channel", { channel_id: hidden }, { channel_id: NOTHING });
      expect(await typesTold(bob)).toEqual([]);
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob, general_id } = orchard;
      await expectRefused(bob, "forbidden", "delete_channel", { channel_id: general_id });
      await promote(orchard, bob, ["manage_channels"]);
      await done(bob, "delete_channel", { channel_id: general_id });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "delete_channel", { channel_id: "general" }, "channel_id");
  },
  also: {
    async "of one that others can't view tells them nothing"() {
      const orchard = await anOrchard(server);
      const { alice, bob } = orchard;
      const channel_id = await addChannel(orchard, { roles: [] });
      await done(alice, "delete_channel", { channel_id });
      expect(await alice.client.rest()).toEqual([told(orchard, "channel_deleted", { channel_id })]);
      expect(await typesTold(bob)).toEqual([]);
    },
    async "tells who loaded only the channel"() {
      const orchard = await anOrchard(server);
      const { alice, bob, general_id } = orchard;
      const bobs_phone = { client: await server.connect(bob) };
      await done(bobs_phone, "get_server_channel", { channel_id: general_id });
      await done(alice, "delete_channel", { channel_id: general_id });
      expect(await bobs_phone.client.rest()).toEqual([told(orchard, "channel_deleted", { channel_id: general_id })]);
    },
  },
});

describe("nobody sets by an overwrite", () => {
  test("what they lack, in the server or in the channel", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id: channel_id } = orchard;
    await promote(orchard, bob, ["manage_channels", "manage_messages"], 5);
    const lower = await addRole(orchard, [], 2);
    const setting = (allow: Rule[], deny: Rule[]) => ({
      ...{ channel_id, changes: { overwrites: [{ role_id: lower, allow, deny }] } },
    });
    await expectRefused(bob, "forbidden", "update_channel", setting(["ban_members"], []));
    await expectRefused(bob, "forbidden", "update_channel", setting([], ["mention_everyone"]));
    await done(bob, "update_channel", setting(["manage_messages"], ["send_messages"]));
    const overwrites = [{ role_id: lower, allow: ["admin"], deny: [] }];
    await expectRefused(bob, "forbidden", "add_channel", { server_id, name: "x", overwrites });
    await expectRefused(bob, "forbidden", "add_category", { server_id, name: "x", overwrites });
    const silent = { overwrites: denied(orchard, "send_messages") };
    await done(alice, "update_channel", { channel_id, changes: silent });
    await expectRefused(bob, "forbidden", "update_channel", setting(["send_messages"], []));
    await expectRefused(bob, "forbidden", "update_channel", { channel_id, changes: { overwrites: [] } });
  });

  test("for a role or a member that ranks as high as they do", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, general_id: channel_id, default_role_id } = orchard;
    const own = await promote(orchard, bob, ["manage_channels"], 5);
    const [above, below] = [await addRole(orchard, [], 6), await addRole(orchard, [], 4)];
    const [carol, dave] = [await server.join(), await server.join()];
    for (const guest of [carol, dave]) {
      const { invite } = await done(alice, "add_invite", { server_id });
      await done(guest, "join_server", { invite_code: invite.code });
    }
    await promote(orchard, carol, [], 5);
    const deny = (target: object) => ({
      ...{ channel_id, changes: { overwrites: [{ ...target, allow: [], deny: ["send_messages"] }] } },
    });
    for (const target of [{ role_id: own }, { role_id: above }, { user_id: carol.id }, { user_id: alice.id }]) {
      await expectRefused(bob, "forbidden", "update_channel", deny(target));
    }
    await expectRefused(bob, "forbidden", "update_channel", deny({ user_id: bob.id }));
    await expectRefused(bob, "forbidden", "update_channel", { channel_id, changes: { roles: [own] } });
    for (const target of [{ user_id: dave.id }, { role_id: below }, { role_id: default_role_id }]) {
      await done(bob, "update_channel", deny(target));
    }
    await done(alice, "update_channel", deny({ role_id: above }));
    // What stands may stay, whoever set it.
    const overwrites = [
      { role_id: above, allow: [], deny: ["send_messages"] },
      { role_id: below, allow: [], deny: ["send_messages"] },
    ];
    await done(bob, "update_channel", { channel_id, changes: { overwrites } });
    await expectRefused(bob, "forbidden", "update_channel", { channel_id, changes: { overwrites: [] } });
  });

  test("and nobody gives themselves rules by moving a channel", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, category_id, general_id } = orchard;
    await promote(orchard, bob, ["manage_channels"], 5);
    const { category: open } = await done(alice, "add_category", { server_id, name: "Open" });
    const overwrites = denied(orchard, "send_messages");
    await done(alice, "update_category", { category_id, changes: { overwrites } });
    for (const to of [null, open.id]) {
      await expectRefused(bob, "forbidden", "update_channel", {
        ...{ channel_id: general_id, changes: { category_id: to } },
      });
    }
    await expectRefused(bob, "forbidden", "delete_category", { category_id });
    const free = await addChannel(orchard, { category_id: open.id });
    await done(bob, "update_channel", { channel_id: free, changes: { category_id } });
  });

  test("but who may manage a channel may lock themselves out", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob } = orchard;
    await promote(orchard, bob, ["manage_channels"], 5);
    const channel_id = await addChannel(orchard);
    const { channel } = await done(bob, "update_channel", { channel_id, changes: { roles: [] } });
    expect(channel.id).toBe(channel_id);
    expect(await bob.client.rest()).toEqual([told(orchard, "channel_deleted", { channel_id })]);
    expect(await typesTold(alice)).toEqual(["channel_updated"]);
    await expectHidden(bob, "update_channel", { channel_id, changes: { name: "x" } }, { channel_id: NOTHING });
  });
});

describe("a channel's nonce", () => {
  const asked = (server_id: number) => ({ server_id, name: "rows", nonce: "n" });

  test("shows nothing of a channel that its maker can't view any more", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    await promote(orchard, bob, ["manage_channels"]);
    const { channel } = await done(bob, "add_channel", asked(server_id));
    const overwrites = [{ user_id: bob.id, allow: [], deny: ["view_channel"] }];
    await done(alice, "update_channel", { channel_id: channel.id, changes: { name: "secret", overwrites } });
    const refused = await expectRefused(bob, "conflict", "add_channel", asked(server_id));
    expect(JSON.stringify(refused)).not.toContain("secret");
    await done(alice, "update_channel", { channel_id: channel.id, changes: { overwrites: [] } });
    expect((await done(bob, "add_channel", asked(server_id))).channel).toMatchObject({
      id: channel.id,
      name: "secret",
    });
  });

  test("makes no difference to who may not make channels any more", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    await promote(orchard, bob, ["manage_channels"]);
    await done(bob, "add_channel", asked(server_id));
    await done(alice, "update_member", { server_id, user_id: bob.id, changes: { roles: [] } });
    await expectRefused(bob, "forbidden", "add_channel", asked(server_id));
  });

  test("is as good where the rest of the request can't be done any more", async () => {
    const { alice, server_id, category_id } = await anOrchard(server);
    const inside = { ...asked(server_id), category_id };
    const { channel } = await done(alice, "add_channel", inside);
    await done(alice, "delete_category", { category_id });
    expect((await done(alice, "add_channel", inside)).channel.id).toBe(channel.id);
  });
});
