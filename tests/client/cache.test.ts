// What a program's cache holds after others changed everything: the same as a new program loads.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { startServer, type TestServer, uniqueName } from "../harness/server.ts";
import { foundServer, inviteInto, loadAll, present, sharedPicture } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test("events keep it as a fresh load has it", async () => {
  const [{ client: alice, user: alice_user }, { client: bob, user: bob_user }] = [
    await present(server),
    await present(server),
  ];
  const { server_id, channel_id } = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  await loadAll(alice);
  await loadAll(bob);
  const { message } = await bob.ask("add_message", { channel_id, content: "hello" });
  await alice.ask("add_reaction", { message_id: message.id, emoji: "👍" });
  await bob.ask("add_reaction", { message_id: message.id, emoji: "👍" });
  await bob.ask("update_user", { changes: { name: uniqueName("renamed"), custom_status: "away" } });
  const { role } = await alice.ask("add_role", { server_id, name: "mods", rules: ["manage_channels"] });
  await alice.ask("update_member", { server_id, user_id: bob_user.id, changes: { roles: [role.id] } });
  await bob.ask("add_channel", { server_id, name: "attic" });
  await alice.ask("add_friend", { user_id: bob_user.id });
  await bob.ask("update_friend", { user_id: alice_user.id, action: "accept" });
  await alice.ask("update_server", { server_id, changes: { name: "Grove" } });
  for (const { client, user } of [
    { client: alice, user: alice_user },
    { client: bob, user: bob_user },
  ]) {
    await client.settled();
    const { client: fresh } = await present(server, { user });
    await loadAll(fresh);
    expect(sharedPicture(client.cache, fresh.cache)).toEqual(sharedPicture(fresh.cache, client.cache));
    fresh.close();
  }
  alice.close();
  bob.close();
});
