// Has a large history go while people talk: a database of so many old messages, a server that keeps them for a day, and
// somebody who says something over and over. Says how long that took with the sweep and without it, and checks that
// nothing old is left and nothing new is lost. Ends with 1 where that fails.
// As a program: bun scripts/reliability/retention.ts [--messages 1000000]

import { firstIdAt } from "../../src/domain/ids.ts";
import { aPlace, type Place, post } from "../../tests/community/messages/place.ts";
import { done } from "../../tests/harness/community.ts";
import { readRows, writeRows } from "../../tests/harness/database.ts";
import { type Present, startServer, type TestServer } from "../../tests/harness/server.ts";
import { readArguments } from "../arguments.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const WITHOUT_MS = 3_000;
const ROWS_AT_ONCE = 10_000;

const values = readArguments("scripts/reliability/retention.ts", { messages: { type: "string", default: "1000000" } });
const count = Number(values["messages"]);

function fill(server: TestServer, { alice, server_id, channel_id }: Place): void {
  const at = Date.now() - 8 * DAY_MS;
  const first = firstIdAt(at);
  const insert = `insert into messages
    (id, channel_id, server_id, author_id, content, created_at, attachments, mentions, mentions_everyone, seq)
    select value, ?, ?, ?, 'said long ago', ?, '[]', '[]', 0, value from json_each(?)`;
  for (let done_so_far = 0; done_so_far < count; done_so_far += ROWS_AT_ONCE) {
    const length = Math.min(ROWS_AT_ONCE, count - done_so_far);
    const ids = JSON.stringify(Array.from({ length }, (_, place) => first + done_so_far + place));
    writeRows(server.folder, insert, [[channel_id, server_id, alice.id, at, ids]]);
  }
}

/** How long it took to say something, each time, in order of length. */
async function talk(who: Present, channel_id: number, goesOn: () => boolean): Promise<number[]> {
  const took: number[] = [];
  while (goesOn()) {
    const before = performance.now();
    await post(who, channel_id, "said today");
    took.push(performance.now() - before);
  }
  return took.toSorted((one, other) => one - other);
}

function told(name: string, took: readonly number[]): void {
  const at = (share: number) => (took[Math.floor((took.length - 1) * share)] ?? 0).toFixed(1);
  process.stdout.write(`${name}: ${took.length} said; half in ${at(0.5)} ms, 99 % in ${at(0.99)}, all in ${at(1)}\n`);
}

const old_left = (server: TestServer) =>
  Number(readRows(server.folder, "select count(*) as n from messages where content = 'said long ago'")[0]?.["n"]);

let server = await startServer();
const place = await aPlace(server);
const until = performance.now() + WITHOUT_MS;
const without = await talk(place.alice, place.channel_id, () => performance.now() < until);
told("without a sweep", without);
fill(server, place);
server = await server.restart({ retention_days: "1" });
const alice = { ...place.alice, client: await server.connect(place.alice) };
await done(alice, "subscribe", { topics: [`channel:${place.channel_id}`] });
let left = count;
let asked_at = 0;
const started = performance.now();
const during = await talk(alice, place.channel_id, () => {
  if (performance.now() - asked_at > 1_000) {
    left = old_left(server);
    asked_at = performance.now();
  }
  return left > 0;
});
told(`while ${count} went in ${((performance.now() - started) / 1000).toFixed(0)} s`, during);
const said = Number(
  readRows(server.folder, "select count(*) as n from messages where content = 'said today'")[0]?.["n"],
);
await server.stop();
const is_good = said === without.length + during.length;
process.stdout.write(
  is_good ? "nothing new was lost\n" : `of ${without.length + during.length} new ones ${said} are left\n`,
);
process.exit(is_good ? 0 : 1);
