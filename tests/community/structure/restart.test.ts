// What a server is survives a restart to the last field: a room that is loaded anew answers as the one before it.

import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { type Present, startServer, type TestServer, type TestUser } from "../../harness/server.ts";
import { addChannel, addRole, anOrchard, giveRoles, type Orchard, promote } from "./orchard.ts";

/** All that these two may ask of the server, in one piece. */
async function picture({ alice, bob, server_id }: Pick<Orchard, "alice" | "bob" | "server_id">): Promise<Json[]> {
  const asked: Json[] = [];
  for (const person of [alice, bob]) {
    const of = (type: string, more: Json = {}) => done(person, type, { server_id, ...more });
    const { categories, seq } = await of("get_server_channels");
    const ids: number[] = categories.flatMap(({ channels }: Json) => channels.map(({ id }: Json) => id));
    asked.push(await done(person, "get_servers"), await of("get_server"), { categories, seq });
    for (const channel_id of ids) asked.push(await done(person, "get_server_channel", { channel_id }));
    asked.push(await of("get_server_roles"), await of("get_server_roles", { user_id: bob.id }));
    asked.push(await of("get_server_members", { amount: 100, anchor: 0 }));
  }
  asked.push(await done(alice, "get_invites", { server_id }), await done(alice, "get_bans", { server_id }));
  return asked;
}

async function build(server: TestServer): Promise<Orchard> {
  const orchard = await anOrchard(server);
  const { alice, bob, mallory, server_id, default_role_id } = orchard;
  const role_id = await promote(orchard, bob, ["manage_messages"], 4);
  await giveRoles(orchard, bob, role_id, await addRole(orchard, ["view_channel"]));
  const overwrites = [
    { role_id: default_role_id, allow: [], deny: ["view_channel"] },
    { role_id, allow: ["view_channel", "admin"], deny: ["send_messages"] },
    { user_id: bob.id, allow: ["add_reactions"], deny: [] },
  ];
  const { category } = await done(alice, "add_category", { server_id, name: "Trees", overwrites });
  await addChannel(orchard, { category_id: category.id, description: "Of apples 🍎 and “pears”." });
  await addChannel(orchard, { roles: [] });
  const doomed = [await addChannel(orchard), await addRole(orchard)] as const;
  await done(alice, "delete_channel", { channel_id: doomed[0] });
  await done(alice, "delete_role", { role_id: doomed[1] });
  await done(bob, "update_member", { server_id, user_id: bob.id, changes: { nickname: "Bobby" } });
  await done(alice, "update_server", { server_id, changes: { description: "All trees." } });
  await done(alice, "add_invite", { server_id, max_uses: 4, expires_in_s: 600 });
  // The last thing of all concerns nobody's copy, and brings no seq.
  await done(alice, "ban_member", { server_id, user_id: mallory.id, reason: "noise" });
  return orchard;
}

test("a restart changes nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  const first = await startServer({}, folder);
  const orchard = await build(first);
  const before = await picture(orchard);
  await first.stop();
  const second = await startServer({}, folder);
  const again = async (user: TestUser): Promise<Present> => ({ ...user, client: await second.connect(user) });
  const [alice, bob] = [await again(orchard.alice), await again(orchard.bob)];
  expect(await picture({ alice, bob, server_id: orchard.server_id })).toEqual(before);
  await second.stop();
  await rm(folder, { recursive: true });
});
