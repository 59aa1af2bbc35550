// Ten thousand people as chat users are: each with twenty friends and in three servers, all loaded.

import { makeFolder, type Subject, startBare, startBeside, startOrchard } from "./process.ts";
import { authQueries, channelId, seeder, serverId, someIn } from "./seed.ts";
import type { LoadSocket } from "./socket.ts";
import type { Run, Side } from "./workload.ts";

const SERVERS_EACH = 3;
const FRIENDS_EACH = 20;
/** Sessions of which a share is at work at the same time. */
const AT_ONCE = 100;

export interface Crowd {
  subject: Subject;
  queries: string[];
}

/**
 * Users of whom the first `size` are the crowd, and `more` besides in a server of their own, the first; known to orchard,
 * or to the bare program for openings.
 */
export async function openCrowd(run: Run, size: number, more = 0): Promise<Crowd> {
  const folder = await makeFolder();
  const seed = await seeder(folder);
  const servers = Math.max(SERVERS_EACH, Math.ceil(size / 10)) + 1;
  seed.users(size + more);
  seed.friendsInRing(size, Math.min(FRIENDS_EACH / 2, Math.floor((size - 1) / 2)));
  seed.servers(servers);
  // The first server is left to the others.
  seed.members(`SELECT server + 1 AS server, user FROM (${someIn(servers - 1, size, SERVERS_EACH)})
    UNION ALL SELECT 1, value FROM json_each('${JSON.stringify(range(size + 1, size + more))}')`);
  seed.close();
  return { subject: await startOver(folder, run), queries: await authQueries(size + more) };
}

/** People who know nobody and are nowhere. */
export async function openStrangers(run: Run, size: number): Promise<Crowd> {
  if (run.side === "socket.io") return openUnknown(run.side, size);
  const folder = await makeFolder();
  const seed = await seeder(folder);
  seed.users(size);
  seed.close();
  return { subject: await startOver(folder, run), queries: await authQueries(size) };
}

/** Sockets of whom nothing is known or asked. */
export async function openUnknown(side: Exclude<Side, "orchard">, size: number): Promise<Crowd> {
  return { subject: await startBeside(await makeFolder(), side), queries: new Array(size).fill("") };
}

function startOver(folder: string, { side, start }: Run): Promise<Subject> {
  return side === "bare" ? startBare(folder, "opening") : startOrchard(folder, start);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** By topic, the `seq` to which a client has it. */
export type Topics = Record<string, number>;

/** Each loads its friends, its servers and a channel of each, and is told how far it has them. */
export function loadAll(sockets: readonly LoadSocket[]): Promise<Topics[]> {
  return inTurns(sockets, async (socket) => {
    const { friends } = await socket.demand<{ friends: { user_id: number }[] }>("get_friends", {});
    const { servers } = await socket.demand<{ servers: { id: number }[] }>("get_servers", {});
    const topics = ["self", ...friends.map(({ user_id }) => `user:${user_id}`)];
    for (const { id } of servers) topics.push(`server:${id}`, `channel:${channelId(id - serverId(0))}`);
    return subscribed(socket, topics);
  });
}

/** Subscribes to the topics; returns the `seq` of each. */
export async function subscribed(socket: LoadSocket, topics: string[]): Promise<Topics> {
  const answer = await socket.demand<{ topics: Record<string, { seq: number }> }>("subscribe", { topics });
  return Object.fromEntries(Object.entries(answer.topics).map(([topic, { seq }]) => [topic, seq]));
}

/** Does it for each, a bounded number at a time. */
export async function inTurns<Item, Value>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Value>,
  at_once = AT_ONCE,
) {
  const done: Value[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      done[index] = await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: at_once }, worker));
  return done;
}
