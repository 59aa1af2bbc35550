// A server killed while it indexes what an older version wrote: the next one goes on, and in the end each message is
// found once.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexed_from } from "../../src/db/queries/message-index.ts";
import { limits } from "../../src/domain/limits.ts";
import { done, foundServer } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import type { Present } from "../harness/server.ts";
import { type Life, start } from "./rounds.ts";
import { databaseFaults } from "./truth.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-indexing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const KILLS = 3;
const COUNT = 20 * limits.indexing_slice;

test(`killed ${KILLS} times while it indexes, it indexes all, each message once`, async () => {
  const data = join(folder, "data");
  const before = await start(folder);
  const alice = await before.server.join();
  const server_id = await foundServer(alice);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const channel_id: number = categories.at(-1).channels[0].id;
  expect(await before.program.stop()).toBe(0);
  writeOld(data, server_id, channel_id, alice.id);

  const point = () => Number(readRows(data, "select value from settings where key = ?", [indexed_from])[0]?.["value"]);
  const indexedBelow = async (limit: number, { client }: Pick<Present, "client">) => {
    while (point() >= limit) await client.rest();
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    const from = point();
    expect(from).toBeGreaterThan(1);
    const { program, client } = await comeBack(alice);
    await indexedBelow(from, { client });
    await program.kill();
    expect(point()).toBeGreaterThan(0);
  }
  const { program, client } = await comeBack(alice);
  await indexedBelow(1, { client });
  const search = (query: string) => done({ client }, "search_messages", { server_id, query, amount: 100, anchor: 0 });
  for (const number of [1, COUNT / 2, COUNT]) {
    expect((await search(`zolw ${number}`)).messages).toMatchObject([{ content: `Żółw ${number}` }]);
  }
  expect(await program.stop()).toBe(0);
  expect(databaseFaults(data)).toEqual([]);
}, 60_000);

async function comeBack(person: Present): Promise<Pick<Life, "program"> & Pick<Present, "client">> {
  const { program, server } = await start(folder);
  return { program, client: await server.connect(person) };
}

/** Messages that are in no index, as after the migration of what an older version wrote. */
function writeOld(data: string, server_id: number, channel_id: number, author_id: number): void {
  writeRows(
    data,
    `insert into messages (id, channel_id, server_id, author_id, content, created_at, attachments, mentions,
      mentions_everyone, seq) values (?, ?, ?, ?, ?, 1, '[]', '[]', 0, ?)`,
    Array.from({ length: COUNT }, (_, at) => [at + 1, channel_id, server_id, author_id, `Żółw ${at + 1}`, at + 1]),
  );
  writeRows(data, "insert into settings (key, value) values (?, ?)", [[indexed_from, String(COUNT + 1)]]);
}
