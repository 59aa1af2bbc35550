// A channel that many listen to, on either side: seeded, started, everybody connected and subscribed.

import { inTurns, subscribed } from "./crowd.ts";
import { type BareProgram, makeFolder, type Subject, startBeside, startOrchard } from "./process.ts";
import { authQueries, channelId, everybodyIn, type People, seeder } from "./seed.ts";
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
  const place = placeOf(subject, sockets, members);
  if (run.side === "orchard") await subscribeAll(place);
  return place;
}

/** The first `members` sockets are the first server's, and so on. */
export function placeOf(subject: Subject, sockets: readonly LoadSocket[], members: number): Place {
  const servers = sockets.length / members;
  const groups = Array.from({ length: servers }, (_, group) => sockets.slice(group * members, (group + 1) * members));
  return {
    ...{ subject, groups, channel_id: (group) => channelId(group + 1) },
    async end() {
      for (const socket of sockets) socket.drop();
      await subject.end();
    },
  };
}

/** Each socket to its server's channel; at most `at_once` at the same time. */
export async function subscribeAll({ groups, channel_id }: Place, at_once?: number): Promise<void> {
  const listeners = groups.flatMap((sockets, group) => sockets.map((socket) => ({ socket, group })));
  await inTurns(listeners, ({ socket, group }) => subscribed(socket, [`channel:${channel_id(group)}`]), at_once);
}

async function start(run: Run, servers: number, members: number, bare_program: BareProgram): Promise<Subject> {
  const folder = await makeFolder();
  if (run.side === "orchard") return startSeeded(run, folder, servers, members);
  return startBeside(folder, run.side, bare_program);
}

async function startSeeded({ start }: Run, folder: string, servers: number, members: number): Promise<Subject> {
  const seed = await seeder(folder);
  seedPlace(seed, servers, members);
  seed.close();
  return startOrchard(folder, start);
}

export function seedPlace(seed: People, servers: number, members: number): void {
  seed.users(servers * members);
  seed.servers(servers);
  if (servers === 1) seed.members(everybodyIn(1, members));
  else seed.members(membersByServer(servers, members));
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
