// Nobody gets rid of what a role denies them by going and coming back, and nobody keeps what a role allowed them.

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Json } from "../../harness/client.ts";
import { done, inviteInto } from "../../harness/community.ts";
import { readRows } from "../../harness/database.ts";
import { PASSWORD, startServer, type TestServer } from "../../harness/server.ts";
import { epochOf, returned, sync } from "../../sync/asking.ts";
import {
  addChannel,
  addRole,
  anOrchard,
  another,
  expectHidden,
  expectRefused,
  giveRoles,
  NOTHING,
  type Orchard,
  quiet,
  told,
} from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const SILENT = ["send_messages"];

/** Bob has a role that lets nobody speak in `general`. */
async function muted(): Promise<Orchard & { role_id: number }> {
  const orchard = await anOrchard(server);
  const role_id = await addRole(orchard);
  await silence(orchard, orchard.general_id, role_id);
  await giveRoles(orchard, orchard.bob, role_id);
  await quiet(orchard.alice, orchard.bob);
  return { ...orchard, role_id };
}

const silence = ({ alice }: Orchard, channel_id: number, role_id: number) =>
  overwrite(alice, channel_id, { role_id, allow: [], deny: SILENT });

/** Adds an overwrite to those of a channel. */
async function overwrite(alice: Orchard["alice"], channel_id: number, added: Json): Promise<void> {
  const { channel } = await done(alice, "get_server_channel", { channel_id });
  const overwrites = [...channel.overwrites, added];
  await done(alice, "update_channel", { channel_id, changes: { overwrites } });
}

/** How somebody goes. */
const ways: Record<string, (orchard: Orchard) => Promise<void>> = {
  async leaving({ bob, server_id }) {
    await done(bob, "leave_server", { server_id });
  },
  async "being kicked"({ alice, bob, server_id }) {
    await done(alice, "remove_member", { server_id, user_id: bob.id });
  },
  async "being banned for a while"({ alice, bob, server_id }) {
    await done(alice, "ban_member", { server_id, user_id: bob.id });
    await done(alice, "unban_member", { server_id, user_id: bob.id });
  },
};
const { leaving, "being kicked": kicking } = ways as Record<string, (orchard: Orchard) => Promise<void>>;

const comeBack = ({ alice, bob, server_id }: Orchard) => inviteInto(server_id, alice, bob);

const say = (channel_id: number) => ({ channel_id, content: "hello" });

async function rolesOf({ alice, bob, server_id }: Orchard): Promise<number[]> {
  const { members } = await done(alice, "get_server_members", { server_id, amount: 100, anchor: 0 });
  return members.find(({ user_id }: Json) => user_id === bob.id).roles;
}

async function overwritesFor({ alice, bob }: Orchard, channel_id: number): Promise<Json[]> {
  const { channel } = await done(alice, "get_server_channel", { channel_id });
  return channel.overwrites.filter(({ user_id }: Json) => user_id === bob.id);
}

for (const [way, go] of Object.entries(ways)) {
  test(`${way} and coming back by another invite rids nobody of a muting role`, async () => {
    const orchard = await muted();
    const { alice, bob, general_id, role_id } = orchard;
    await expectRefused(bob, "forbidden", "add_message", say(general_id));
    await go(orchard);
    await quiet(alice);
    await comeBack(orchard);
    const member = expect.objectContaining({ user_id: bob.id, roles: [role_id], nickname: null });
    expect(await alice.client.rest()).toEqual([told(orchard, "member_added", { member })]);
    await expectRefused(bob, "forbidden", "add_message", say(general_id));
    expect(await rolesOf(orchard)).toEqual([role_id]);
    // Whoever may lift it lifts it as ever.
    await giveRoles(orchard, bob);
    await done(bob, "add_message", say(general_id));
    await go(orchard);
    await comeBack(orchard);
    await done(bob, "add_message", say(general_id));
  });
}

test("every muting role comes back, for every channel, as often as one goes", async () => {
  const orchard = await muted();
  const { bob, general_id, role_id } = orchard;
  const [rows, cellar] = [await addChannel(orchard), await addChannel(orchard, { name: "cellar" })];
  const other = await addRole(orchard);
  const harmless = await addRole(orchard);
  await silence(orchard, rows, role_id);
  await silence(orchard, rows, other);
  await silence(orchard, cellar, other);
  await giveRoles(orchard, bob, role_id, other, harmless);
  for (const go of [leaving, kicking, leaving]) {
    await go?.(orchard);
    await comeBack(orchard);
    for (const id of [general_id, rows, cellar]) await expectRefused(bob, "forbidden", "add_message", say(id));
    expect(await rolesOf(orchard)).toEqual([role_id, other]);
  }
});

test("a muting role that was deleted meanwhile is forgotten", async () => {
  const orchard = await muted();
  const { alice, bob, general_id, role_id } = orchard;
  const other = await addRole(orchard);
  await silence(orchard, general_id, other);
  await giveRoles(orchard, bob, role_id, other);
  await leaving?.(orchard);
  await done(alice, "delete_role", { role_id });
  await comeBack(orchard);
  expect(await rolesOf(orchard)).toEqual([other]);
  await leaving?.(orchard);
  await done(alice, "delete_role", { role_id: other });
  await comeBack(orchard);
  expect(await rolesOf(orchard)).toEqual([]);
  await done(bob, "add_message", say(general_id));
});

test("a role that denies nothing any more stays away, and one that gives power by now", async () => {
  const orchard = await muted();
  const { alice, bob, server_id, general_id, role_id } = orchard;
  const other = await addRole(orchard);
  await silence(orchard, general_id, other);
  await giveRoles(orchard, bob, role_id, other);
  await leaving?.(orchard);
  await done(alice, "update_role", { role_id, changes: { rules: ["manage_server"] } });
  await done(alice, "update_channel", {
    channel_id: general_id,
    changes: { overwrites: [{ role_id, allow: [], deny: SILENT }] },
  });
  await comeBack(orchard);
  expect(await rolesOf(orchard)).toEqual([]);
  await expectRefused(bob, "forbidden", "get_invites", { server_id });
  // It is not kept for yet another time.
  await leaving?.(orchard);
  await done(alice, "update_role", { role_id, changes: { rules: [] } });
  await comeBack(orchard);
  expect(await rolesOf(orchard)).toEqual([]);
});

test("what a role with power denies stays with the member alone", async () => {
  const orchard = await anOrchard(server);
  const { alice, bob, general_id, server_id } = orchard;
  const role_id = await addRole(orchard, ["kick_members"]);
  const [rows, helped] = [await addChannel(orchard), await addChannel(orchard, { name: "helped" })];
  for (const id of [general_id, rows, helped]) await silence(orchard, id, role_id);
  await giveRoles(orchard, bob, role_id);
  // Another role lets them speak here all the same.
  const helper = await addRole(orchard);
  await overwrite(alice, helped, { role_id: helper, allow: SILENT, deny: [] });
  await giveRoles(orchard, bob, role_id, helper);
  await leaving?.(orchard);
  for (const id of [general_id, rows]) {
    expect(await overwritesFor(orchard, id)).toEqual([{ user_id: bob.id, allow: [], deny: SILENT }]);
  }
  expect(await overwritesFor(orchard, helped)).toEqual([]);
  await comeBack(orchard);
  expect(await rolesOf(orchard)).toEqual([]);
  for (const id of [general_id, rows]) await expectRefused(bob, "forbidden", "add_message", say(id));
  await done(bob, "add_message", say(helped));
  const carol = await another(server, orchard);
  await expectRefused(bob, "forbidden", "remove_member", { server_id, user_id: carol.id });
});

/** Bob's role keeps him out of `general`, and lets him into a channel that is closed to others. */
async function confined(): Promise<Orchard & { role_id: number; closed_id: number }> {
  const orchard = await anOrchard(server);
  const role_id = await addRole(orchard);
  const closed_id = await addChannel(orchard, { name: "closed", roles: [role_id] });
  await overwrite(orchard.alice, orchard.general_id, { role_id, allow: [], deny: ["view_channel"] });
  await giveRoles(orchard, orchard.bob, role_id);
  await quiet(orchard.alice, orchard.bob);
  return { ...orchard, role_id, closed_id };
}

test("who leaves a role that also lets them in somewhere has it again", async () => {
  const orchard = await confined();
  const { bob, role_id, closed_id, general_id } = orchard;
  await leaving?.(orchard);
  await comeBack(orchard);
  expect(await rolesOf(orchard)).toEqual([role_id]);
  await done(bob, "get_server_channel", { channel_id: closed_id });
  await expectHidden(bob, "get_server_channel", { channel_id: general_id }, { channel_id: NOTHING });
});

test("who is sent away loses what the role let them into, and keeps what it denied", async () => {
  const orchard = await confined();
  const { bob, closed_id, general_id } = orchard;
  await kicking?.(orchard);
  await comeBack(orchard);
  expect(await rolesOf(orchard)).toEqual([]);
  await expectHidden(bob, "get_server_channel", { channel_id: closed_id }, { channel_id: NOTHING });
  await expectHidden(bob, "get_server_channel", { channel_id: general_id }, { channel_id: NOTHING });
  expect(await overwritesFor(orchard, general_id)).toEqual([{ user_id: bob.id, allow: [], deny: ["view_channel"] }]);
});

test("a client that was away is told of the roles with which somebody came back", async () => {
  const orchard = await muted();
  const { alice, bob, server_id, role_id } = orchard;
  const topic = `server:${server_id}`;
  const { topics } = await done(alice, "subscribe", { topics: [topic] });
  await leaving?.(orchard);
  await comeBack(orchard);
  const synced = await sync(await returned(server, alice), { [topic]: topics[topic].seq }, epochOf(alice));
  const came = synced[topic].events.filter(({ type }: Json) => type.startsWith("member_"));
  const member = expect.objectContaining({ user_id: bob.id, roles: [role_id] });
  expect(came.at(-1)).toMatchObject({ data: { server_id, member } });
});

test("the end of an account forgets what would have come back", async () => {
  const { bob, server_id, role_id } = await muted();
  await done(bob, "leave_server", { server_id });
  const kept = () => readRows(server.folder, "select role_id from member_roles where user_id = ?", [bob.id]);
  expect(kept()).toEqual([{ role_id }]);
  await server.call("DELETE", "/user", { password: PASSWORD }, bob.token);
  expect(kept()).toEqual([]);
});
