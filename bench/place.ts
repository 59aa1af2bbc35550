// A channel that many listen to, on either side: seeded, started, everybody connected and subscribed.

import { type BareProgram, makeFolder, type Subject, startBare, startOrchard, startTopics } from "./process.ts";
import { authQueries, channelId, everybodyIn, seeder } from "./seed.ts";
import { type LoadSocket, openAll } from "./socket.ts";
import type { Run } from "./workload.ts";

export interface Place {
  subject: Subject;
  /** By server: its members' sockets, all subscribed to its channel. */
  groups: LoadSocket[][];
  channel_id(group: number): number;
  end(): Promise<void>;
}

/** `servers` with one channel and `members` each, whom no two of them share. */
export async function openPlace(run: Run, servers: number, members: number, bare_program: BareProgram): Promise<Place> {
  const subject = await start(run, servers, members, bare_program);
  const queries = run.side === "orchard" ? await authQueries(servers * members) : topicQueries(servers, members);
  const sockets = await openAll(subject.origin, queries);
  const groups = Array.from({ length: servers }, (_, group) => sockets.slice(group * members, (group + 1) * members));
  if (run.side === "orchard") await Promise.all(groups.map(subscribeAll));
  return {
    ...{ subject, groups, channel_id: (group) => channelId(group + 1) },
    async end() {
      for (const socket of sockets) socket.drop();
      await subject.end();
    },
  };
}

async function start(run: Run, servers: number, members: number, bare_program: BareProgram): Promise<Subject> {
  const folder = await makeFolder();
  if (run.side === "orchard") return startSeeded(run, folder, servers, members);
  return bare_program === "topics" ? startTopics(folder, run.side) : startBare(folder, bare_program);
}

async function startSeeded({ start }: Run, folder: string, servers: number, members: number): Promise<Subject> {
  const seed = await seeder(folder);
  seed.users(servers * members);
  seed.servers(servers);
  if (servers === 1) seed.members(everybodyIn(1, members));
  else seed.members(membersByServer(servers, members));
  seed.close();
  return startOrchard(folder, start);
}

function membersByServer(servers: number, members: number): string {
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${servers * members})
    SELECT 1 + (i - 1) / ${members} AS server, i AS user FROM n`;
}

function topicQueries(servers: number, members: number): string[] {
  return Array.from(
    { length: servers * members },
    (_, user) => `topics=channel:${channelId(1 + Math.floor(user / members))}`,
  );
}

function subscribeAll(sockets: readonly LoadSocket[], group: number): Promise<unknown> {
  const topics = [`channel:${channelId(group + 1)}`];
  return Promise.all(sockets.map((socket) => socket.demand("subscribe", { topics })));
}
