// What rank keeps somebody from, by whatever way they try it: what is denied to them or to those above them stays denied.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Rule } from "../../../src/domain/permissions.ts";
import type { Json } from "../../harness/client.ts";
import { done, inviteInto, refusal } from "../../harness/community.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import {
  addChannel,
  addRole,
  anOrchard,
  another,
  expectRefused,
  giveRoles,
  type Orchard,
  promote,
  quiet,
  told,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Bob manages channels, and ranks at 5. A category says of a role or member what alice wants, and a channel is in it. */
async function aScene(overwritesOf: (orchard: Orchard, high_id: number, carol_id: number) => Json[]) {
  const orchard = await anOrchard(server);
  const { alice, bob, server_id } = orchard;
  const carol = await another(server, orchard);
  await promote(orchard, bob, ["manage_channels"], 5);
  const high_id = await promote(orchard, carol, [], 8);
  const overwrites = overwritesOf(orchard, high_id, carol.id);
  const { category } = await done(alice, "add_category", { server_id, name: "quiet", overwrites });
  const channel_id = await addChannel(orchard, { category_id: category.id });
  const moving = { channel_id, changes: { category_id: null } };
  return { ...orchard, carol, high_id, quiet_id: category.id as number, channel_id, moving };
}

const denying = (target: Json, ...deny: Rule[]) => ({ ...target, allow: [], deny });
const allowing = (target: Json, ...allow: Rule[]) => ({ ...target, allow, deny: [] });

describe("moving a channel out of a category, or deleting that", () => {
  test.each([
    ["a role above", (_: Orchard, role_id: number) => [denying({ role_id }, "send_messages")]],
    ["a member above", (_: Orchard, _role: number, user_id: number) => [denying({ user_id }, "send_messages")]],
  ])("lifts no deny from %s", async (_, overwritesOf) => {
    const { alice, bob, quiet_id, moving } = await aScene(overwritesOf);
    await expectRefused(bob, "forbidden", "update_channel", moving);
    await expectRefused(bob, "forbidden", "delete_category", { category_id: quiet_id });
    await done(alice, "update_channel", moving);
    await done(bob, "delete_category", { category_id: quiet_id });
  });

  test("lifts no deny from a role above of what its holders may by another role alone", async () => {
    const scene = await aScene((_, role_id) => [denying({ role_id }, "mention_everyone")]);
    const { alice, bob, carol, server_id, default_role_id, high_id, quiet_id, moving } = scene;
    const loud_id = await addRole(scene, ["mention_everyone"], 1);
    await giveRoles(scene, carol, high_id, loud_id);
    const { roles } = await done(alice, "get_server_roles", { server_id, user_id: bob.id });
    const held = roles.map(({ id }: Json) => id).filter((id: number) => id !== default_role_id);
    await giveRoles(scene, bob, ...held, loud_id);
    await expectRefused(bob, "forbidden", "update_channel", moving);
    await expectRefused(bob, "forbidden", "delete_category", { category_id: quiet_id });
    await done(alice, "update_channel", moving);
  });

  test("lifts no deny from everybody of a rule that the mover lacks", async () => {
    const deny = ({ default_role_id }: Orchard) => [denying({ role_id: default_role_id }, "mention_everyone")];
    const { alice, bob, moving } = await aScene(deny);
    await expectRefused(bob, "forbidden", "update_channel", moving);
    await done(alice, "update_channel", moving);
  });

  test("takes nothing from a role above that it is allowed there alone", async () => {
    const { bob, moving } = await aScene((_, role_id) => [allowing({ role_id }, "mention_everyone")]);
    await expectRefused(bob, "forbidden", "update_channel", moving);
  });

  test("nor does it go into a category that does so", async () => {
    const scene = await aScene((_, role_id) => [denying({ role_id }, "send_messages")]);
    const free = await addChannel(scene);
    const moving = { channel_id: free, changes: { category_id: scene.quiet_id } };
    await expectRefused(scene.bob, "forbidden", "update_channel", moving);
    await done(scene.alice, "update_channel", moving);
  });

  test("is free where the channel says so itself, or nobody above is concerned", async () => {
    const scene = await aScene((_, role_id) => [denying({ role_id }, "send_messages")]);
    const overwrites = [denying({ role_id: scene.high_id }, "send_messages")];
    await done(scene.alice, "update_channel", { channel_id: scene.channel_id, changes: { overwrites } });
    await done(scene.bob, "update_channel", scene.moving);
    const other = await aScene(({ default_role_id }) => [denying({ role_id: default_role_id }, "add_reactions")]);
    const low_id = await addRole(other, [], 2);
    const changes = { overwrites: [denying({ role_id: low_id }, "send_messages")] };
    await done(other.alice, "update_category", { category_id: other.quiet_id, changes });
    await done(other.bob, "update_channel", other.moving);
  });

  test("grants nobody a rule that the mover lacks", async () => {
    const scene = await aScene(() => []);
    const low_id = await addRole(scene, [], 2);
    const overwrites = [
      denying({ role_id: low_id }, "attach_files"),
      denying({ user_id: scene.bob.id }, "attach_files"),
    ];
    const { bob, quiet_id: category_id, moving } = scene;
    await done(scene.alice, "update_category", { category_id, changes: { overwrites } });
    await expectRefused(bob, "forbidden", "update_channel", moving);
  });

  test.each([[true], [false]])("nor to a member, there (%p) or away", async (is_there) => {
    const scene = await aScene((_, _role, user_id) => [denying({ user_id }, "attach_files")]);
    const { alice, bob, carol, server_id, channel_id, moving } = scene;
    const overwrites = [denying({ user_id: bob.id }, "attach_files")];
    await done(alice, "update_channel", { channel_id, changes: { overwrites } });
    await giveRoles(scene, carol);
    if (!is_there) await done(carol, "leave_server", { server_id });
    await expectRefused(bob, "forbidden", "update_channel", moving);
    await done(alice, "update_channel", moving);
  });
});

describe("a role that only takes away", () => {
  /** Bob has a role that may not send in the channel. */
  async function aMutedBob(...deny: Rule[]) {
    const orchard = await anOrchard(server);
    const { alice, bob, general_id, server_id } = orchard;
    const muted_id = await addRole(orchard, []);
    const other_id = await addRole(orchard, []);
    await done(alice, "update_channel", {
      channel_id: general_id,
      changes: { overwrites: [denying({ role_id: muted_id }, ...deny)] },
    });
    await giveRoles(orchard, bob, muted_id, other_id);
    const keep = (...roles: number[]) => ({ server_id, user_id: bob.id, changes: { roles } });
    return { ...orchard, muted_id, other_id, keep };
  }

  test.each([["send_messages"], ["view_channel"], ["mention_everyone", "add_reactions"]] as Rule[][])(
    "of %p, nobody takes from themselves; others they may",
    async (...deny) => {
      const { alice, bob, muted_id, keep } = await aMutedBob(...deny);
      await expectRefused(bob, "forbidden", "update_member", keep());
      await done(bob, "update_member", keep(muted_id));
      await done(alice, "update_member", keep());
    },
  );

  test("may go where it takes nothing that another role of theirs doesn't", async () => {
    const orchard = await aMutedBob("send_messages");
    const { alice, bob, general_id, default_role_id, keep } = orchard;
    const overwrites = [denying({ role_id: default_role_id }, "send_messages")];
    await done(alice, "update_channel", { channel_id: general_id, changes: { overwrites } });
    await done(bob, "update_member", keep());
  });

  test("in a category without channels counts as well", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    const muted_id = await promote(orchard, bob, []);
    const overwrites = [denying({ role_id: muted_id }, "send_messages")];
    await done(alice, "add_category", { server_id, name: "empty", overwrites });
    const changes = { roles: [] };
    await expectRefused(bob, "forbidden", "update_member", { server_id, user_id: bob.id, changes });
  });
});

describe("what is allowed to a member by themselves ends when they go", () => {
  /** Bob alone may see the channel, and not react in it. */
  async function aFavourite(...deny: Rule[]) {
    const orchard = await anOrchard(server);
    const { alice, bob, default_role_id } = orchard;
    const overwrites = [
      denying({ role_id: default_role_id }, "view_channel"),
      { user_id: bob.id, allow: ["view_channel"], deny },
    ];
    const channel_id = await addChannel(orchard, { overwrites });
    await quiet(alice, bob);
    return { ...orchard, channel_id, overwrites };
  }

  test.each([
    ["remove_member", (orchard: Orchard) => orchard.alice],
    ["leave_server", (orchard: Orchard) => orchard.bob],
  ])("by %s", async (type, whoAsks) => {
    const scene = await aFavourite();
    const { alice, bob, server_id, channel_id, overwrites } = scene;
    await done(whoAsks(scene), type, { server_id, user_id: bob.id });
    expect(await alice.client.rest()).toEqual([
      told(scene, "channel_updated", { channel: { id: channel_id, overwrites: [overwrites[0]] } }),
      told(scene, "member_deleted", { user_id: bob.id }),
    ]);
    await inviteInto(server_id, alice, bob);
    expect(await refusal(bob, "get_server_channel", { channel_id })).toMatchObject({ code: "not_found" });
  });

  test("by a ban, of categories as well", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id, default_role_id } = orchard;
    const overwrites = [
      denying({ role_id: default_role_id }, "view_channel"),
      allowing({ user_id: bob.id }, "view_channel"),
    ];
    const { category } = await done(alice, "add_category", { server_id, name: "his", overwrites });
    const channel_id = await addChannel(orchard, { category_id: category.id });
    await done(alice, "ban_member", { server_id, user_id: bob.id });
    await done(alice, "unban_member", { server_id, user_id: bob.id });
    await inviteInto(server_id, alice, bob);
    expect(await refusal(bob, "get_server_channel", { channel_id })).toMatchObject({ code: "not_found" });
  });

  test("but what is denied to them awaits their return", async () => {
    const { alice, bob, server_id, channel_id, default_role_id } = await aFavourite("add_reactions");
    await done(bob, "leave_server", { server_id });
    const { channel } = await done(alice, "get_server_channel", { channel_id });
    expect(channel.overwrites).toEqual([
      denying({ role_id: default_role_id }, "view_channel"),
      denying({ user_id: bob.id }, "add_reactions"),
    ]);
  });
});
