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
  close(): void;
}

export async function foundTown(server: RunningServer): Promise<Town> {
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
  await talk(server, { alice, bob, carol, dan, general, token: others[0]?.token ?? "" });
  await befriend(alice, owner, [bob, carol, dan], others);
  await owner.ask("ban_member", { server_id, user_id: others[2]?.id ?? 0, reason: "spoilers" });
  await carol.ask("report", { user_id: others[2]?.id ?? 0, reason: "spoilers" });
  const close = () => {
    for (const client of clients) client.close();
  };
  return { alice, others, clients, server_id, general, invite_code: invite.code, close };
}

interface Talkers {
  alice: TestUser;
  bob: Client;
  carol: Client;
  dan: Client;
  general: number;
  token: string;
}

async function talk(server: RunningServer, { alice, bob, carol, dan, general, token }: Talkers): Promise<void> {
  const body = new Uint8Array(samples["png"]?.bytes ?? []);
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

/** Every page, by what it is called. */
export const pagesOf = ({ server_id, general, invite_code }: Town): Record<string, string> => ({
  talk: `/servers/${server_id}/${general}`,
  friends: "/friends",
  invite: `/invite/${invite_code}`,
  ...Object.fromEntries(["profile", "account", "devices", "appearance"].map((tab) => [tab, `/settings/${tab}`])),
  ...Object.fromEntries(
    ["overview", "roles", "channels", "sight", "members", "bans", "invites", "audit"].map((tab) => [
      `server-${tab}`,
      `/servers/${server_id}/settings/${tab}`,
    ]),
  ),
  admin: "/admin",
  lost: "/servers/nowhere",
});
