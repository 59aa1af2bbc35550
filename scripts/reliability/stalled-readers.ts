// Readers that stop reading in a busy channel: each is closed at its limit, the server's memory stays flat, and who
// reads misses nothing. As a program: `bun scripts/reliability/stalled-readers.ts [readers]`.

import { limits } from "../../src/domain/limits.ts";
import type { Socket } from "../socket.ts";
import { counted, memoryMib } from "./metrics.ts";
import { type RawClient, rawClient, textFrame, upgradeHead } from "./raw-client.ts";
import { account, connect, done, place, strained } from "./subject.ts";

const HEALTHY = 5;
/** Each character takes three bytes on the wire. */
const CONTENT = "麦".repeat(limits.message_length);
/** Far more than the kernel and the server together keep for a socket. */
const MOST_MESSAGES = 2_000;
const ROUND = 20;
const WAVES = 3;

export interface StalledFigures {
  readers: number;
  messages: number;
  closed: number;
  /** Messages that came to each of those who read. */
  came_to_readers: number[];
  memory_before_mib: number;
  memory_peak_mib: number;
}

/** `readers` stall and nobody helps them; those who read are asked in the end how much has come. */
export async function stallReaders(url: string, readers: number): Promise<StalledFigures> {
  const owner = await account(url);
  const talker = await connect(url, owner);
  const people = await Promise.all(
    Array.from({ length: Math.ceil(readers / limits.sessions_per_user) }, () => account(url)),
  );
  const { channel_id } = await place(url, talker, people);
  const page = { channel_id, amount: 1, anchor: 0, direction: true };
  const healthy = await Promise.all(Array.from({ length: HEALTHY }, () => connect(url, owner)));
  for (const socket of healthy) await done(socket, "get_message_chunk", page);
  const stalled: RawClient[] = [];
  for (let index = 0; index < readers; index += 1) {
    stalled.push(await stalledReader(url, people[index % people.length]?.token ?? "", page));
  }
  const sessions = await counted(url, "orchard_sessions");
  const memory_before_mib = await memoryMib(url);
  let [messages, memory_peak_mib, closed] = [0, memory_before_mib, 0];
  while (closed < readers && messages < MOST_MESSAGES) {
    for (let sent = 0; sent < ROUND; sent += 1) await done(talker, "add_message", { channel_id, content: CONTENT });
    messages += ROUND;
    closed = sessions - (await counted(url, "orchard_sessions"));
    memory_peak_mib = Math.max(memory_peak_mib, await memoryMib(url));
  }
  const came_to_readers = await Promise.all(healthy.map(countMessages));
  for (const { socket } of stalled) socket.destroy();
  for (const socket of [talker, ...healthy]) socket.close();
  return { readers, messages, closed, came_to_readers, memory_before_mib, memory_peak_mib };
}

async function stalledReader(url: string, token: string, page: object): Promise<RawClient> {
  const client = await rawClient(url);
  client.write(`${upgradeHead(token)}\r\n`);
  await client.until('"ready"');
  client.write(textFrame(JSON.stringify({ type: "get_message_chunk", data: page, id: "page" })));
  await client.until('"page"');
  client.socket.pause();
  return client;
}

/** How many messages came before the answer to a ping; throws where one is out of order. */
async function countMessages(socket: Socket): Promise<number> {
  socket.send({ type: "ping", id: "last" });
  let [count, seq] = [0, 0];
  for (;;) {
    const frame = await socket.next("the last ping's answer");
    if (frame["id"] === "last") return count;
    if (frame["type"] !== "message_added") continue;
    if ((frame["seq"] as number) <= seq) throw new Error("a message came out of order");
    seq = frame["seq"] as number;
    count += 1;
  }
}

async function inWaves(url: string, readers: number): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {};
  for (let wave = 1; wave <= WAVES; wave += 1) {
    const { came_to_readers, ...counts } = await stallReaders(url, readers);
    const missed = came_to_readers.filter((came) => came !== counts.messages).length;
    figures[`wave ${wave}`] = { ...counts, readers_that_missed_some: missed };
  }
  return figures;
}

if (import.meta.main) {
  const environment = { ORCHARD_RATE_LIMITS: "off", ORCHARD_PASSWORD_MEMORY_KIB: "1024" };
  await strained(environment, (url) => inWaves(url, Number(process.argv[2] ?? 1_000)));
}
