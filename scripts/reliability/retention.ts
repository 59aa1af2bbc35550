// Has a large history go while people talk: a database of so many old messages, a server that keeps them for a day,
// somebody who says something over and over, somebody who listens, and copies that were made before, in the middle and
// near the end. Says how long it took to say something with the sweep, before and after it; checks that the listener heard of
// each message once and in order, that nothing old is left and nothing new is lost, and that each copy, caught up, is a
// fresh load. Ends with 1 where that fails.
// As a program: bun scripts/reliability/retention.ts [--messages 1000000]

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstIdAt } from "../../src/domain/ids.ts";
import { DAY_MS } from "../../src/domain/moments.ts";
import { aPlace, type Place, post } from "../../tests/community/messages/place.ts";
import { Session } from "../../tests/community/session.ts";
import { sharedContents } from "../../tests/community/shared-contents.ts";
import { readRows, writeRows } from "../../tests/harness/database.ts";
import { type Present, type RunningServer, serverAt, type TestUser } from "../../tests/harness/server.ts";
import { countOf, readArguments } from "../arguments.ts";
import { Program } from "../program.ts";
import { root } from "../steps.ts";
import { counted, memoryMib } from "./metrics.ts";

const script = "scripts/reliability/retention.ts";
const options = { messages: { type: "string", default: "1000000" } } as const;
const count = countOf(script, options, "messages", readArguments(script, options).messages);

const WITHOUT_MS = 60_000;
const BETWEEN_WORDS_MS = 20;
const LOOK_MS = 200;
const ROWS_AT_ONCE = 10_000;
const PAGES_KEPT = 3;
const settings = { ORCHARD_RATE_LIMITS: "off", ORCHARD_PASSWORD_MEMORY_KIB: "1024", ORCHARD_LOG: "warn" };

const folder = await mkdtemp(join(tmpdir(), "orchard-reliability-"));
const data = join(folder, "data");

async function start(more: Record<string, string> = {}): Promise<{ program: Program; server: RunningServer }> {
  const command = [process.execPath, join(root, "src/main.ts")];
  const program = await Program.start(command, folder, { ...settings, ...more });
  return { program, server: serverAt(program.origin, data) };
}

/** Writes the history, as said a week ago. */
function fill({ alice, server_id, channel_id }: Place): void {
  const at = Date.now() - 8 * DAY_MS;
  const first = firstIdAt(at);
  const insert = `insert into messages
    (id, channel_id, server_id, author_id, content, created_at, attachments, mentions, mentions_everyone, seq)
    select value, ?, ?, ?, 'said long ago', ?, '[]', '[]', 0, value from json_each(?)`;
  for (let written = 0; written < count; written += ROWS_AT_ONCE) {
    const length = Math.min(ROWS_AT_ONCE, count - written);
    const ids = JSON.stringify(Array.from({ length }, (_, place) => first + written + place));
    writeRows(data, insert, [[channel_id, server_id, alice.id, at, ids]]);
  }
}

/** How long it took to say something, each time, in order of length, in milliseconds. */
async function talk(who: Present, channel_id: number, goesOn: () => boolean): Promise<number[]> {
  const took: number[] = [];
  while (goesOn()) {
    const before = performance.now();
    await post(who, channel_id, "said today");
    took.push(performance.now() - before);
    await Bun.sleep(BETWEEN_WORDS_MS);
  }
  return took.toSorted((one, other) => one - other);
}

function talkFor(span_ms: number, who: Present, channel_id: number): Promise<number[]> {
  const until = performance.now() + span_ms;
  return talk(who, channel_id, () => performance.now() < until);
}

function figuresOf(took: readonly number[]): Record<string, unknown> {
  const at = (share: number) => Number((took[Math.floor((took.length - 1) * share)] ?? 0).toFixed(1));
  return { said: took.length, half_ms: at(0.5), of_100_ms: at(0.99), of_1000_ms: at(0.999), all_ms: at(1) };
}

/** Somebody to whom each end of a message is told: how many, and whether in order. */
async function listener(server: RunningServer, user: TestUser, channel_id: number) {
  const heard = { ended: 0, last_seq: 0, is_in_order: true };
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/subscribe?auth=${user.token}`);
  const listens = Promise.withResolvers<void>();
  socket.addEventListener("message", ({ data: text }) => {
    const { type, topic, seq, data: told } = JSON.parse(String(text));
    if (type === "ready") {
      const asked = { topics: [`channel:${channel_id}`] };
      socket.send(JSON.stringify({ type: "subscribe", data: asked, id: "listen" }));
    }
    if (type === "subscribe") {
      heard.last_seq = told.topics[`channel:${channel_id}`].seq;
      listens.resolve();
    }
    if (topic !== `channel:${channel_id}`) return;
    if (seq <= heard.last_seq) heard.is_in_order = false;
    heard.last_seq = seq;
    if (type === "message_deleted") heard.ended += 1;
  });
  await listens.promise;
  return { heard, close: () => socket.close() };
}

/** A copy of what there is now, as a client keeps it that has scrolled back a little; whoever keeps it goes away. */
async function copied(server: RunningServer, user: TestUser, { server_id, channel_id }: Place): Promise<Session> {
  const session = await Session.open(server, user);
  const load = async (type: string, parameters: object) => {
    await session.ask(type, parameters);
    session.catchUp();
  };
  await load("get_servers", {});
  for (const type of ["get_server", "get_server_channels", "get_server_roles"]) await load(type, { server_id });
  await load("get_server_members", { server_id, amount: 100, anchor: 0 });
  await load("get_server_channel", { channel_id });
  await load("get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true });
  for (let page = 1; page < PAGES_KEPT; page += 1) {
    const anchor = session.cache.channel(channel_id)?.messages_from ?? 0;
    if (anchor > 0) await load("get_message_chunk", { channel_id, amount: 100, anchor, direction: false });
  }
  await session.client.close();
  return session;
}

/** Whether the copy, brought up to date, is what a new session loads. */
async function isLawful(server: RunningServer, copy: Session): Promise<boolean> {
  const back = await Session.resume(server, copy);
  const cache = await back.settle();
  const fresh = await Session.open(server, copy.user);
  const truth = await fresh.loadAll();
  const faults = [...cache.faults, ...truth.faults];
  for (const fault of faults) console.error(fault);
  await Promise.all([back, fresh].map(({ client }) => client.close()));
  const same = Bun.deepEquals(sharedContents(cache, truth), sharedContents(truth, cache));
  return same && faults.length === 0;
}

/** The sweep, from the start of a server on. */
async function sweep(place: Place, before: Session) {
  const { program, server } = await start({ ORCHARD_RETENTION_DAYS: "1" });
  const started = performance.now();
  const { heard, close } = await listener(server, place.bob, place.channel_id);
  // Those that went before somebody listened.
  const missed = Number(
    readRows(data, "select count(*) as n from messages where deleted_at is not null and seq <= ?", [
      heard.last_seq,
    ])[0]?.["n"],
  );
  const alice = { ...place.alice, client: await server.connect(place.alice) };
  const copies: [name: string, copy: Session][] = [["made before", before]];
  const shares: [name: string, share: number][] = [
    ["made in the middle", 0.5],
    ["made near the end", 0.98],
  ];
  let [is_over, memory_peak_mib] = [false, 0];
  const watching = (async () => {
    while (!is_over) {
      const gone = heard.ended / count;
      const [next] = shares;
      if (next && gone >= next[1]) copies.push([next[0], await copied(server, place.bob, place)]);
      if (next && gone >= next[1]) shares.shift();
      memory_peak_mib = Math.max(memory_peak_mib, await memoryMib(server.url));
      await Bun.sleep(LOOK_MS);
    }
  })();
  const took = await talk(alice, place.channel_id, () => heard.ended + missed < count);
  const seconds = Math.round((performance.now() - started) / 1_000);
  is_over = true;
  await watching;
  const after = await talkFor(WITHOUT_MS, alice, place.channel_id);
  const lawful: Record<string, boolean> = {};
  for (const [name, copy] of copies) lawful[name] = await isLawful(server, copy);
  const faults = await counted(server.url, "orchard_faults_total");
  close();
  await program.stop();
  return { took, after, seconds, heard, missed, lawful, memory_peak_mib, faults };
}

async function run(): Promise<boolean> {
  const first = await start();
  const place = await aPlace(first.server);
  await first.program.stop();
  fill(place);
  const quiet = await start();
  const alice = { ...place.alice, client: await quiet.server.connect(place.alice) };
  const without = await talkFor(WITHOUT_MS, alice, place.channel_id);
  const before = await copied(quiet.server, place.bob, place);
  await quiet.program.stop();
  const { took, after, seconds, heard, missed, lawful, memory_peak_mib, faults } = await sweep(place, before);
  const said = without.length + took.length + after.length;
  console.table({
    ...{ before: figuresOf(without), [`${count} gone in ${seconds} s`]: figuresOf(took), after: figuresOf(after) },
  });
  const among = (content: string) =>
    Number(readRows(data, "select count(*) as n from messages where content = ?", [content])[0]?.["n"]);
  const found = {
    ...{ old_left: among("said long ago"), new_lost: said - among("said today") },
    ...{
      heard: heard.ended,
      before_anybody_listened: missed,
      in_order: heard.is_in_order,
      lawful,
      faults,
      memory_peak_mib,
    },
  };
  console.log(found);
  const is_law = Object.keys(lawful).length === 3 && Object.values(lawful).every(Boolean);
  const is_told = heard.is_in_order && heard.ended + missed === count;
  return found.old_left === 0 && found.new_lost === 0 && is_law && is_told && faults === 0;
}

const is_good = await run().finally(() => rm(folder, { recursive: true, force: true }));
process.exit(is_good ? 0 : 1);
