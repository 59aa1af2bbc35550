// How tests ask `sync`, and find out what to ask it with.

import type { Json } from "../harness/client.ts";
import { done } from "../harness/community.ts";
import type { Present, RunningServer } from "../harness/server.ts";

export const epochOf = ({ client }: Pick<Present, "client">): string =>
  client.seen.find(({ type }) => type === "ready")?.["data"].epoch;

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
