// A small town for the pages: people who know each other, a server with something of everything in it, and who runs it.

import type { Client } from "../../src/client/index.ts";
import { clientOf } from "../client/programs.ts";
import { administrator } from "../harness/operators.ts";
import type { RunningServer, TestUser } from "../harness/server.ts";
import { samples } from "../uploads/samples.ts";

export interface Town {
  /** Who owns the server, and administers the instance. */
  alice: TestUser;
  others: TestUser[];
  clients: Client[];
  server_id: number;
  general: number;
  invite_code: string;
  /** Of alice: with bob, a group, and one that carol opened, whom she doesn't know yet. */
  conversations: { pair: number; group: number; request: number };
  close(): void;
}

/** `picture`: what bob shows the others. */
export async function foundTown(server: RunningServer, picture = samples["png"]?.bytes): Promise<Town> {
  const alice = await administrator(server);
  const others = [await server.user(), await server.user(), await server.user()];
  const clients = [alice, ...others].map((user) => clientOf(server, user));
  await Promise.all(clients.map((client) => client.connect()));
  const [owner, bob, carol, dan] = clients as [Client, Client, Client, Client];
  const made = await owner.ask("add_server", { name: "Film night", description: "Thursdays at eight" });
  const server_id = made.server.id;
  const { categories } = await owner.ask("get_server_channels", { server_id });
  const [category] = categories;
  const general = category?.channels[0]?.id ?? 0;
  await owner.ask("add_channel", { server_id, name: "what-to-watch", category_id: category?.id ?? 0 });
  const { role } = await owner.ask("add_role", { server_id, name: "Organisers", color: "#2c6e3f" });
  const { invite } = await owner.ask("add_invite", { server_id });
  for (const client of [bob, carol, dan]) await client.ask("join_server", { invite_code: invite.code });
  await owner.ask("update_member", { server_id, user_id: others[0]?.id ?? 0, changes: { roles: [role.id] } });
  const body = new Uint8Array(picture ?? []);
  await talk(server, { alice, bob, carol, dan, general, body, token: others[0]?.token ?? "" });
  await befriend(alice, owner, [bob, carol, dan], others);
  await owner.ask("add_webhook", { channel_id: general, name: "Box office" });
  const conversations = await converse(clients as [Client, Client, Client, Client], [alice, ...others]);
  await owner.ask("ban_member", { server_id, user_id: others[2]?.id ?? 0, reason: "spoilers" });
  await carol.ask("report", { user_id: others[2]?.id ?? 0, reason: "spoilers" });
  const close = () => {
    for (const client of clients) client.close();
  };
  return { alice, others, clients, server_id, general, invite_code: invite.code, conversations, close };
}

interface Talkers {
  alice: TestUser;
  bob: Client;
  carol: Client;
  dan: Client;
  general: number;
  body: Uint8Array<ArrayBuffer>;
  token: string;
}

async function talk(server: RunningServer, { alice, bob, carol, dan, ...more }: Talkers): Promise<void> {
  const { general, body, token } = more;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body });
  const { id } = (await answer.json()) as { id: number };
  const first = await bob.send(general, { content: "The projector is back:", attachments: [id] });
  await carol.ask("add_reaction", { message_id: first.id, emoji: "🍿" });
  await carol.send(general, { content: `<@${alice.id}> shall we start? I have **two**.`, reply_to: first.id });
  await dan.send(
    general,
    "- *La Jetée*\n- Neighbours\n\n> Twelve minutes each\n\n```ts\nconst seats = 12; // rows\n```",
  );
}

async function befriend(
  alice: TestUser,
  owner: Client,
  [bob, carol, dan]: Client[],
  others: TestUser[],
): Promise<void> {
  await bob?.ask("add_friend", { user_id: alice.id });
  await owner.ask("update_friend", { user_id: others[0]?.id ?? 0, action: "accept" });
  await carol?.ask("add_friend", { user_id: alice.id });
  await dan?.ask("update_user", { changes: { status: "idle", custom_status: "back at nine" } });
}

async function converse(
  [alice, bob, carol, dan]: [Client, Client, Client, Client],
  users: TestUser[],
): Promise<Town["conversations"]> {
  const ids = users.map(({ id }) => id);
  const [alice_id = 0, bob_id = 0, , dan_id = 0] = ids;
  await dan.ask("add_friend", { user_id: alice_id });
  await alice.ask("update_friend", { user_id: dan_id, action: "accept" });
  const { conversation: pair } = await bob.ask("open_conversation", { user_ids: [alice_id] });
  await bob.send(pair.channel_id, "Can you bring the long cable?");
  await alice.send(
    (await alice.ask("open_conversation", { user_ids: [bob_id] })).conversation.channel_id,
    "I have it.",
  );
  const { conversation: group } = await alice.ask("open_conversation", { user_ids: [bob_id, dan_id], name: "Snacks" });
  await dan.send(group.channel_id, `<@${alice_id}> crisps or olives?`);
  const { conversation: request } = await carol.ask("open_conversation", { user_ids: [alice_id] });
  await carol.send(request.channel_id, "Hello! I am new in Film night.");
  return { pair: pair.id, group: group.id, request: request.id };
}

/** Every page, by what it is called. */
export const pagesOf = ({ server_id, general, invite_code, conversations }: Town): Record<string, string> => ({
  talk: `/servers/${server_id}/${general}`,
  friends: "/friends",
  conversation: `/conversations/${conversations.pair}`,
  "conversation-group": `/conversations/${conversations.group}`,
  "conversation-request": `/conversations/${conversations.request}`,
  invite: `/invite/${invite_code}`,
  ...Object.fromEntries(
    ["profile", "account", "devices", "notifications", "appearance", "bots"].map((tab) => [tab, `/settings/${tab}`]),
  ),
  ...Object.fromEntries(
    ["overview", "roles", "channels", "sight", "members", "bans", "invites", "webhooks", "audit"].map((tab) => [
      `server-${tab}`,
      `/servers/${server_id}/settings/${tab}`,
    ]),
  ),
  admin: "/admin",
  lost: "/servers/nowhere",
});
