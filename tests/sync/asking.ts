// How tests ask `sync`, and find out what to ask it with.

import type { Json } from "../harness/client.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import type { Present, RunningServer } from "../harness/server.ts";

export const epochOf = ({ client }: Pick<Present, "client">): string =>
  client.seen.find(({ type }) => type === "ready")?.["data"].epoch;

/** Alice's server with one channel, in which bob is a member. */
export async function aPlace(server: RunningServer) {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  const server_id = await foundServer(alice);
  await inviteInto(server_id, alice, bob);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const general: number = categories[0].channels[0].id;
  return { alice, bob, server_id, general };
}

/** The answers for these topics, from the seqs given. */
export async function sync(who: Present, topics: Record<string, number>, epoch = epochOf(who)): Promise<Json> {
  return (await done(who, "sync", { epoch, topics })).topics;
}

/** What `subscribe` says of the topics: the seqs of a copy loaded now. */
export async function seqsOf(who: Present, topics: string[]): Promise<Record<string, number>> {
  const held = (await done(who, "subscribe", { topics })).topics;
  return Object.fromEntries(topics.map((topic) => [topic, held[topic].seq]));
}

/** Comes back as another session, which has loaded nothing. */
export async function returned(server: RunningServer, who: Present): Promise<Present> {
  await who.client.close();
  return { ...who, client: await server.connect(who) };
}
