// What is read of a server that has grown: the same five questions to one with ten thousand messages, one with a
// million and one with ten. Members grow with them, one to ten messages, up to a million.

import { statfs } from "node:fs/promises";
import { subscribed, type Topics } from "../crowd.ts";
import { makeFolder, startOrchard } from "../process.ts";
import { authQueries, channelId, everybodyIn, messageId, RARE, seeder, serverId } from "../seed.ts";
import { epochOf, LoadSocket } from "../socket.ts";
import { median } from "../stats.ts";
import { watch } from "../watch.ts";
import { type Figures, lag_target, type Run, type Workload } from "../workload.ts";

const ROWS = [10_000, 1_000_000, 10_000_000];
const BYTES_A_ROW = 700;
const MEMBERS_MOST = 1_000_000;
const CHANNELS = 10;
const PAGE = 50;
/** Topics that a client asks about at once, none of which has changed. */
const UNCHANGED = 1_000;
const sizes = {
  full: { most_rows: 10_000_000, repeats: 200 },
  quick: { most_rows: 1_000_000, repeats: 100 },
  tiny: { most_rows: 1_000, repeats: 3 },
} as const;

export const reading: Workload = {
  name: "reading",
  title: "reading: a page, an old page, members, a search, sync; of 10 thousand to 10 million messages",
  sides: ["orchard"],
  once: true,
  targets: [
    { figure: "newest_page_growth", at_most: 1.5 },
    { figure: "old_page_growth", at_most: 1.5 },
    { figure: "members_growth", at_most: 1.5 },
    { figure: "search_growth", at_most: 1.5 },
    { figure: "sync_growth", at_most: 1.5 },
    lag_target,
  ],
  async run(run) {
    const { most_rows } = sizes[run.scale];
    const asked = ROWS.filter((rows) => rows <= Math.min(run.rows, most_rows));
    const steps = asked.length > 0 ? asked : [most_rows / 10, most_rows];
    const figures: Figures = {};
    let first: Times | null = null;
    let last: Times | null = null;
    for (const rows of steps) {
      if (!(await hasRoom(rows))) {
        run.note(`no room on the disk for ${rows} messages`);
        break;
      }
      const { times, loop_lag_p99_ms } = await readOf(run, rows);
      first ??= times;
      last = times;
      for (const [name, ms] of Object.entries(times)) figures[`${name}_${label(rows)}_ms`] = ms;
      figures["loop_lag_p99_ms"] = Math.max(figures["loop_lag_p99_ms"] ?? 0, loop_lag_p99_ms);
    }
    for (const [name, ms] of Object.entries(last ?? {})) figures[`${name}_growth`] = ms / (first?.[name] ?? ms);
    return figures;
  },
};

/** By what was read, the median time in milliseconds. */
type Times = Record<string, number>;

function label(rows: number): string {
  return rows >= 1_000_000 ? `${rows / 1_000_000}m` : rows >= 1_000 ? `${rows / 1_000}k` : String(rows);
}

async function hasRoom(rows: number): Promise<boolean> {
  const { bavail, bsize } = await statfs("/tmp");
  return bavail * bsize > rows * BYTES_A_ROW * 2;
}

async function readOf(run: Run, rows: number): Promise<{ times: Times; loop_lag_p99_ms: number }> {
  const folder = await makeFolder();
  const members = Math.max(200, Math.min(rows / 10, MEMBERS_MOST));
  run.note(`writing ${rows} messages and ${members} members`);
  const seed = await seeder(folder);
  seed.users(members);
  seed.servers(1, CHANNELS);
  seed.members(everybodyIn(1, members));
  seed.messages(rows, CHANNELS);
  seed.close();
  const subject = await startOrchard(folder, run.start);
  const [query] = (await authQueries(1)) as [string];
  const socket = await LoadSocket.open(subject.origin, query);
  try {
    const questions = await questionsTo(socket, rows, members);
    for (const [name, ask] of Object.entries(questions)) {
      if (isEmpty(await ask())) throw new Error(`${name} finds nothing: it would be measured for nothing`);
      await timesOf(ask, Math.ceil(sizes[run.scale].repeats / 4));
    }
    const stop = await watch(subject);
    const times: Times = {};
    for (const [name, ask] of Object.entries(questions)) {
      times[name] = median(await timesOf(ask, sizes[run.scale].repeats));
    }
    return { times, loop_lag_p99_ms: (await stop()).loop_lag_p99_ms ?? 0 };
  } finally {
    socket.drop();
    await subject.end();
  }
}

type Question = () => Promise<object>;

/** Whether the list that the answer brings has nothing in it. */
function isEmpty(answer: object): boolean {
  return Object.values(answer).some((value) => Array.isArray(value) && value.length === 0);
}

async function questionsTo(socket: LoadSocket, rows: number, members: number): Promise<Record<string, Question>> {
  const page = (anchor: number) =>
    socket.demand<object>("get_message_chunk", {
      ...{ channel_id: channelId(1), amount: PAGE, anchor, direction: anchor === 0 },
    });
  const anywhere = (count: number) => 1 + Math.floor(Math.random() * count);
  const questions = {
    newest_page: () => page(0),
    // Out of the half that is older, never out of memory.
    old_page: () => page(messageId(CHANNELS * PAGE + anywhere(rows / 2))),
    members: () =>
      socket.demand<object>("get_server_members", {
        server_id: serverId(1),
        amount: PAGE,
        anchor: anywhere(members - PAGE),
      }),
    search: () =>
      socket.demand<object>("search_messages", { server_id: serverId(1), query: RARE.word, amount: 25, anchor: 0 }),
  };
  const epoch = epochOf(socket);
  const topics = await unchangedTopics(socket, members);
  return { ...questions, sync: () => socket.demand<object>("sync", { epoch, topics }) };
}

/** The server, its channels, and people, each with the `seq` up to which it is known. */
function unchangedTopics(socket: LoadSocket, members: number): Promise<Topics> {
  const users = Math.min(UNCHANGED - CHANNELS - 2, members);
  const topics = [
    ...["self", `server:${serverId(1)}`],
    ...Array.from({ length: CHANNELS }, (_, index) => `channel:${channelId(1 + index)}`),
    ...Array.from({ length: users }, (_, index) => `user:${index + 1}`),
  ];
  return subscribed(socket, topics);
}

async function timesOf(ask: Question, repeats: number): Promise<number[]> {
  const times_ms: number[] = [];
  for (let at = 0; at < repeats; at += 1) {
    const started_ms = performance.now();
    await ask();
    times_ms.push(performance.now() - started_ms);
  }
  return times_ms;
}
