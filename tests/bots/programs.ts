// People and their bots, under test.

import { done, inviteInto } from "../harness/community.ts";
import { type Present, type RunningServer, type TestUser, uniqueName } from "../harness/server.ts";

/** A bot of the owner's, which isn't there yet. */
export async function botOf(
  server: RunningServer,
  owner: Pick<TestUser, "token">,
  name = uniqueName("bot"),
): Promise<TestUser> {
  const { status, body } = await server.call("POST", "/bots", { name }, owner.token);
  if (status !== 201) throw new Error(`there is no bot: ${JSON.stringify(body)}`);
  return { id: body.id, name, token: body.token };
}

/** The same, with an open session. */
export async function joinBot(server: RunningServer, owner: TestUser, name?: string): Promise<Present> {
  const bot = await botOf(server, owner, name);
  return { ...bot, client: await server.connect(bot) };
}

/** The owner comes into the server with a role that manages it, and their bot with them; nobody has anything unread. */
export async function bringBot(
  server: RunningServer,
  { alice, server_id }: { alice: Present; server_id: number },
  { owner_rules = [], rules }: { owner_rules?: string[]; rules?: string[] } = {},
): Promise<{ owner: Present; bot: Present; role_id: number }> {
  const owner = await server.join();
  await inviteInto(server_id, alice, owner);
  const { role } = await done(alice, "add_role", {
    server_id,
    name: "keepers",
    rules: ["manage_server", ...owner_rules],
  });
  await done(alice, "update_member", { server_id, user_id: owner.id, changes: { roles: [role.id] } });
  const bot = await joinBot(server, owner);
  await done(owner, "add_bot", { server_id, bot_id: bot.id, rules });
  await done(bot, "get_server_channels", { server_id });
  await Promise.all([alice, owner, bot].map(({ client }) => client.rest()));
  return { owner, bot, role_id: role.id };
}
