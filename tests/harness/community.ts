// Servers for tests of what happens in them: founded, and joined by whoever is invited.

import type { Frame, Json } from "./client.ts";
import type { Present } from "./server.ts";

/** Asks, and gives the reply's `data`; a refusal is a fault of the test. */
export async function done({ client }: Pick<Present, "client">, type: string, data: Json = {}): Promise<Json> {
  const reply = await client.ask({ type, data });
  if (reply["type"] !== type) throw new Error(`${type} was refused: ${JSON.stringify(reply)}`);
  return reply["data"];
}

/** The refusal, without the request's id. */
export async function refusal({ client }: Pick<Present, "client">, type: string, data: Json = {}): Promise<Frame> {
  const { id: _, ...refused } = await client.ask({ type, data });
  if (refused["type"] !== "error") throw new Error(`${type} was not refused: ${JSON.stringify(refused)}`);
  return refused;
}

/** A new server of the owner's; its id. */
export async function foundServer(owner: Present, name = "Orchard"): Promise<number> {
  const { server } = await done(owner, "add_server", { name });
  return server.id;
}

/** Has them join the server, one after another. */
export async function inviteInto(server_id: number, owner: Present, ...guests: Present[]): Promise<void> {
  const { invite } = await done(owner, "add_invite", { server_id });
  for (const guest of guests) await done(guest, "join_server", { invite_code: invite.code });
}
