// Sessions that connect, load, write and vanish, again and again: they leave nothing behind, and the server's memory
// stays flat. As a program: `bun scripts/reliability/vanishing.ts [sessions]`; it then waits until the room rests.

import { limits } from "../../src/domain/limits.ts";
import { counted, memoryMib } from "./metrics.ts";
import { rawClient, textFrame, upgradeHead } from "./raw-client.ts";
import { type Account, account, connect, type Place, place, strained } from "./subject.ts";

const AT_ONCE = 20;
const PEOPLE = 10;
const STEPS = 5;
const LOOK_MS = 1_000;

/** One of them: loads what subscribes to topics of every kind, and goes without a word, a request still unanswered. */
export async function comeAndVanish(url: string, { id, token }: Account, at: Place): Promise<void> {
  const client = await rawClient(url);
  client.write(`${upgradeHead(token)}\r\n`);
  await client.until('"ready"');
  const ask = (type: string, data: object) => client.write(textFrame(JSON.stringify({ type, data, id: type })));
  ask("get_servers", {});
  ask("get_user", { user_id: id });
  ask("get_server_members", { server_id: at.server_id, amount: 9, anchor: 0 });
  ask("get_message_chunk", { channel_id: at.channel_id, amount: 9, anchor: 0, direction: true });
  await client.until('"get_message_chunk"');
  ask("add_message", { channel_id: at.channel_id, content: "goodbye" });
  client.socket.resetAndDestroy();
  await client.closed;
}

const gauges = {
  sessions: "orchard_sessions",
  session_actors: 'orchard_actors{kind="session"}',
  subscriptions: "orchard_subscriptions",
  addresses: "orchard_addresses",
  users_online: "orchard_users_online",
  rooms: 'orchard_actors{kind="room"}',
  profiles: 'orchard_actors{kind="profile"}',
  friendships: 'orchard_actors{kind="friendship"}',
};

/** What is held for people who are here. */
export async function held(url: string): Promise<Record<keyof typeof gauges, number>> {
  const counts = await Promise.all(
    Object.entries(gauges).map(async ([name, sample]) => [name, await counted(url, sample)]),
  );
  return Object.fromEntries(counts);
}

async function vanish(url: string, sessions: number): Promise<Record<string, unknown>> {
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => account(url)));
  const owner = await connect(url, people[0] as Account);
  const at = await place(url, owner, people.slice(1));
  owner.close();
  await owner.closed;
  const memory_mib = [];
  for (let step = 0; step <= STEPS; step += 1) {
    memory_mib.push(await memoryMib(url));
    for (let come = 0; step < STEPS && come < sessions / STEPS; come += AT_ONCE) {
      const wave = Array.from({ length: AT_ONCE }, (_, index) => people[(come + index) % PEOPLE] as Account);
      await Promise.all(wave.map((one) => comeAndVanish(url, one, at)));
    }
  }
  const resting_ms = limits.room_idle_ms + 2 * limits.actor_sweep_ms;
  for (let waited_ms = 0; waited_ms < resting_ms; waited_ms += LOOK_MS) {
    if (Object.values(await held(url)).every((count) => count === 0)) break;
    await Bun.sleep(LOOK_MS);
  }
  return { came_and_vanished: sessions, memory_mib, memory_at_rest_mib: await memoryMib(url), ...(await held(url)) };
}

if (import.meta.main) {
  const environment = { ORCHARD_RATE_LIMITS: "off", ORCHARD_PASSWORD_MEMORY_KIB: "1024" };
  await strained(environment, (url) => vanish(url, Number(process.argv[2] ?? 10_000)));
}
