import { afterAll, beforeAll, expect, test } from "bun:test";
import { limits } from "../../../src/domain/limits.ts";
import { done, foundServer } from "../../harness/community.ts";
import { conversation } from "../../harness/conversation.ts";
import { writeRows } from "../../harness/database.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import {
  addChannel,
  addRole,
  anOrchard,
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

const unseen = ({ default_role_id }: Orchard) => [{ role_id: default_role_id, allow: [], deny: ["view_channel"] }];

/** A category that only alice can view, with a channel in it. */
async function aPrivateCategory(orchard: Orchard): Promise<number> {
  const { alice, server_id } = orchard;
  const overwrites = unseen(orchard);
  const { category } = await done(alice, "add_category", { server_id, name: "Private", overwrites });
  await addChannel(orchard, { category_id: category.id });
  return category.id;
}

conversation("add_category", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const role_id = await addRole(orchard);
    await quiet(alice, bob);
    const overwrites = [{ role_id, allow: ["send_messages"], deny: ["add_reactions"] }];
    const { category } = await done(alice, "add_category", { server_id, name: "Trees", overwrites });
    expect(category).toEqual({ id: expect.any(Number), name: "Trees", position: 1, overwrites });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([told(orchard, "category_added", { category })]);
    }
    expect(await typesTold(mallory)).toEqual([]);
    expect((await done(alice, "add_category", { server_id, name: "Trees" })).category).toMatchObject({ position: 2 });
  },
  errors: {
    async not_found() {
      const { mallory, server_id } = await anOrchard(server);
      await expectHidden(mallory, "add_category", { server_id, name: "x" }, { server_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { bob, server_id } = orchard;
      await expectRefused(bob, "forbidden", "add_category", { server_id, name: "x" });
      await promote(orchard, bob, ["manage_channels"]);
      await done(bob, "add_category", { server_id, name: "x" });
    },
    async limit_reached() {
      const alice = await server.join();
      const server_id = await foundServer(alice);
      const rows = Array.from({ length: limits.categories_per_server - 1 }, (_, index) => [7_000 + index]);
      const columns = "id, server_id, name, position, overwrites, seq";
      writeRows(server.folder, `insert into categories (${columns}) values (?, ${server_id}, 'row', 0, '[]', 1)`, rows);
      const refused = await expectRefused(alice, "limit_reached", "add_category", { server_id, name: "x" });
      expect(refused["details"]).toEqual({ limit: "categories_per_server" });
    },
    async conflict() {
      const { alice, bob, server_id } = await anOrchard(server);
      const asked = { server_id, name: "x", nonce: "n" };
      const { category } = await done(alice, "add_category", asked);
      await done(alice, "delete_category", { category_id: category.id });
      await quiet(alice, bob);
      await expectRefused(alice, "conflict", "add_category", asked);
      for (const person of [alice, bob]) expect(await typesTold(person)).toEqual([]);
    },
  },
  async malformed() {
    const { alice, mallory, server_id } = await anOrchard(server);
    await expectMalformed(alice, "add_category", { server_id }, "name");
    await expectMalformed(alice, "add_category", { server_id, name: "x", nonce: " " }, "nonce");
    const overwrites = [{ user_id: mallory.id, allow: [], deny: [] }];
    await expectMalformed(alice, "add_category", { server_id, name: "x", overwrites }, "overwrites.0.user_id");
    expect(await typesTold(alice)).toEqual([]);
  },
  also: {
    async "that others may not view tells them nothing"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      await done(alice, "add_category", { server_id, name: "Private", overwrites: unseen(orchard) });
      expect(await typesTold(alice)).toEqual(["category_added"]);
      expect(await typesTold(bob)).toEqual([]);
    },
  },
});

conversation("update_category", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, category_id, default_role_id } = orchard;
    const changes = { name: "Trees", position: 5 };
    const { category } = await done(alice, "update_category", { category_id, changes });
    expect(category).toEqual({ id: category_id, ...changes, overwrites: [] });
    for (const person of [alice, bob]) {
      expect(await person.client.rest()).toEqual([
        told(orchard, "category_updated", { category: { id: category_id, ...changes } }),
      ]);
    }
    const overwrites = [{ role_id: default_role_id, allow: [], deny: ["send_messages"] }];
    await done(alice, "update_category", { category_id, changes: { overwrites } });
    expect(await bob.client.rest()).toEqual([
      told(orchard, "category_updated", { category: { id: category_id, overwrites } }),
    ]);
    await quiet(alice);
    await done(alice, "update_category", { category_id, changes: { name: "Trees", overwrites } });
    for (const person of [alice, bob, mallory]) expect(await typesTold(person)).toEqual([]);
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { bob, mallory, category_id } = orchard;
      const rename = { category_id, changes: { name: "x" } };
      await expectHidden(mallory, "update_category", rename, { category_id: NOTHING });
      await promote(orchard, bob, ["manage_channels"]);
      const hidden = await aPrivateCategory(orchard);
      await expectHidden(bob, "update_category", { ...rename, category_id: hidden }, { category_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, category_id } = orchard;
      const rename = { category_id, changes: { name: "x" } };
      await expectRefused(bob, "forbidden", "update_category", rename);
      const role_id = await promote(orchard, bob, ["manage_channels"], 3);
      const above = [{ role_id, allow: [], deny: ["send_messages"] }];
      await expectRefused(bob, "forbidden", "update_category", { category_id, changes: { overwrites: above } });
      await done(bob, "update_category", rename);
      await quiet(alice, bob);
      const overwrites = [{ role_id, allow: [], deny: ["manage_channels"] }];
      await done(alice, "update_category", { category_id, changes: { overwrites } });
      await expectRefused(bob, "forbidden", "update_category", rename);
    },
  },
  async malformed() {
    const { alice, category_id } = await anOrchard(server);
    await expectMalformed(alice, "update_category", { category_id }, "changes");
    await expectMalformed(alice, "update_category", { category_id, changes: { position: "top" } }, "changes.position");
    const overwrites = [{ role_id: NOTHING, allow: [], deny: [] }];
    const path = "changes.overwrites.0.role_id";
    await expectMalformed(alice, "update_category", { category_id, changes: { overwrites } }, path);
  },
});

conversation("delete_category", {
  async success() {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id, category_id, general_id } = orchard;
    const outside = await addChannel(orchard, { name: "outside" });
    const second = await addChannel(orchard, { name: "second", category_id });
    expect(await done(alice, "delete_category", { category_id })).toEqual({});
    for (const person of [alice, bob]) {
      const events = await person.client.rest();
      expect(events).toEqual([
        told(orchard, "channel_updated", { channel: { id: general_id, category_id: null, position: 1 }, more: true }),
        told(orchard, "channel_updated", { channel: { id: second, category_id: null, position: 2 } }),
        told(orchard, "category_deleted", { category_id }),
      ]);
      const seqs = events.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
    }
    expect(await typesTold(mallory)).toEqual([]);
    expect((await done(bob, "get_server_channels", { server_id })).categories).toMatchObject([
      { id: null, channels: [{ id: outside }, { id: general_id }, { id: second }] },
    ]);
    await expectHidden(alice, "delete_category", { category_id }, { category_id: NOTHING });
  },
  errors: {
    async not_found() {
      const orchard = await anOrchard(server);
      const { bob, mallory, category_id } = orchard;
      await expectHidden(mallory, "delete_category", { category_id }, { category_id: NOTHING });
      await promote(orchard, bob, ["manage_channels"]);
      const hidden = await aPrivateCategory(orchard);
      await expectHidden(bob, "delete_category", { category_id: hidden }, { category_id: NOTHING });
    },
    async forbidden() {
      const orchard = await anOrchard(server);
      const { alice, bob, category_id } = orchard;
      await expectRefused(bob, "forbidden", "delete_category", { category_id });
      expect(await typesTold(alice)).toEqual([]);
      await promote(orchard, bob, ["manage_channels"]);
      await done(bob, "delete_category", { category_id });
    },
  },
  async malformed() {
    const alice = await server.join();
    await expectMalformed(alice, "delete_category", {}, "category_id");
  },
  also: {
    async "that others can't view tells them only of the channels that they gain"() {
      const orchard = await anOrchard(server);
      const { alice, bob, server_id } = orchard;
      const hidden = await aPrivateCategory(orchard);
      const secret = await addChannel(orchard, { category_id: hidden, roles: [] });
      await done(alice, "delete_category", { category_id: hidden });
      const gained = await bob.client.rest();
      expect(gained).toMatchObject([{ type: "channel_added", data: { server_id, category_id: null } }]);
      expect(gained[0]?.["data"].channel.id).not.toBe(secret);
      expect(await typesTold(alice)).toEqual(["channel_updated", "channel_updated", "category_deleted"]);
    },
  },
});

test("a category's nonce shows nothing of one that its maker can't view any more", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id } = orchard;
  await promote(orchard, bob, ["manage_channels"]);
  const asked = { server_id, name: "rows", nonce: "n" };
  const { category } = await done(bob, "add_category", asked);
  const overwrites = [{ user_id: bob.id, allow: [], deny: ["view_channel"] }];
  await done(alice, "update_category", { category_id: category.id, changes: { name: "secret", overwrites } });
  const refused = await expectRefused(bob, "conflict", "add_category", asked);
  expect(JSON.stringify(refused)).not.toContain("secret");
});
