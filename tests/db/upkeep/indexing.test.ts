// Indexing what an older version wrote: from the newest message on, by slices, each message once.

import { afterAll, expect, test } from "bun:test";
import Database from "libsql";
import { databasePath } from "../../../src/db/engine/database-path.ts";
import { openEmbedded } from "../../../src/db/engine/embedded.ts";
import { migrate } from "../../../src/db/engine/migrate.ts";
import { migrations } from "../../../src/db/migrations/index.ts";
import { indexed_from } from "../../../src/db/queries/message-index.ts";
import { openStore, type Store } from "../../../src/db/store.ts";
import { alone } from "../../../src/db/upkeep/duty.ts";
import { startIndexing } from "../../../src/db/upkeep/indexing.ts";
import { limits } from "../../../src/domain/limits.ts";
import { performing } from "../performing-store.ts";
import { messageOf, orchard } from "../queries/community.ts";
import { removeTemporaryDirectories, temporaryDatabaseUrl } from "../temporary.ts";

afterAll(removeTemporaryDirectories);

const COUNT = 2 * limits.indexing_slice + 50;
const [first, last] = [101, 100 + COUNT];

/** A database as the version before wrote it: `COUNT` messages, every tenth of which is deleted. */
async function oldDatabase(): Promise<string> {
  const url = await temporaryDatabaseUrl();
  const driver = await openEmbedded({ url });
  const before = migrations.findIndex(({ tag }) => tag.endsWith("_search"));
  await migrate(driver, migrations.slice(0, before));
  await driver.close();
  const old = new Database(databasePath(url));
  old.exec("pragma foreign_keys = off");
  old.exec(
    `insert into channels (id, server_id, name, position, overwrites, seq) values (${orchard + 3}, ${orchard}, 'a', 0, '[]', 1)`,
  );
  old.exec("insert into users (id, name, last_online, created_at, seq) values (1, 'Alice', 0, 0, 0)");
  old.exec(
    `insert into members (server_id, user_id, joined_at, joined_seq, seq, self_seq) values (${orchard}, 1, 1, 1, 1, 1)`,
  );
  old.exec(`with recursive n(i) as (select ${first} union all select i + 1 from n where i < ${last})
    insert into messages (id, channel_id, server_id, author_id, content, created_at, attachments, mentions,
      mentions_everyone, seq, deleted_at)
    select i, ${orchard + 3}, ${orchard}, 1, case when i % 10 = 0 then '' else 'Żółw ' || i end, i, '[]', '[]', 0, i,
      case when i % 10 = 0 then i end from n`);
  old.close();
  return url;
}

async function found(store: Store, query: string): Promise<number[]> {
  const page = { server_id: orchard, channel_ids: [orchard + 3], before: 0, amount: limits.page_length };
  return (await store.messages.search({ ...page, query })).messages.map(({ id }) => id);
}

/** The store, with a note of the ids of each slice. */
function noting(store: Store, slices: number[][], after: () => void = () => undefined): Store {
  const index: Store["messages"]["index"] = (texts) => {
    slices.push(texts.map(({ id }) => id));
    after();
    return store.messages.index(texts);
  };
  return { ...store, messages: { ...store.messages, index } };
}

const live = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index).filter((id) => id % 10 !== 0);

test("what was there is indexed from the newest on, and what changes meanwhile is found as it is now", async () => {
  const url = await oldDatabase();
  const store = await openStore({ url });
  expect(await store.settings.get(indexed_from)).toBe(String(last + 1));
  expect(await found(store, "zolw")).toEqual([]);
  const own = performing(store);
  const edit = {
    author_id: 1,
    edited_at: 9_000,
    mentions: [],
    mentions_everyone: false,
    mention_roles: [],
    mentions_here: false,
  };
  await own.messages.edit({ ...edit, id: 111, content: "ślimak", seq: 9_001 });
  await own.messages.remove({ id: 112, user_id: 1, seq: 9_002, now: 9_002 });
  expect(await own.messages.edit({ ...edit, id: 113, author_id: 2, content: "ślimak", seq: 9_003 })).toBe(false);
  await own.messages.add(messageOf(9_004, { content: "ślimak" }));
  const slices: number[][] = [];
  const rounds = startIndexing({ store: noting(store, slices), duty: alone, onFault: expect.unreachable });
  await rounds.run();
  await rounds.stop();
  const [slice] = [limits.indexing_slice];
  expect(slices).toEqual([
    live(last + 1 - slice, last + 1),
    live(last + 1 - 2 * slice, last + 1 - slice),
    live(first, last + 1 - 2 * slice).filter((id) => id !== 112),
  ]);
  expect(await found(store, "zolw 101")).toEqual([101]);
  expect(await found(store, `zolw ${last}`)).toEqual([]);
  expect(await found(store, `zolw ${last - 1}`)).toEqual([last - 1]);
  expect(await found(store, "slimak")).toEqual([9_004, 111]);
  expect([await found(store, "zolw 111"), await found(store, "zolw 112")]).toEqual([[], []]);
  expect(await found(store, "zolw 113")).toEqual([113]);
  expect(await store.settings.get(indexed_from)).toBe("0");
  await store.close();
  const database = new Database(databasePath(url));
  const count = (sql: string) => Number((database.prepare(sql).raw().get() as [number])[0]);
  expect(count("select count(*) from messages_fts_docsize")).toBe(
    count("select count(*) from messages where content <> ''"),
  );
  database.exec("insert into messages_fts (messages_fts) values ('integrity-check')");
  database.close();
});

test("what was stopped goes on where it was", async () => {
  const url = await oldDatabase();
  const slices: number[][] = [];
  const store = await openStore({ url });
  const stopping = startIndexing({
    duty: alone,
    store: noting(store, slices, () => void stopping.stop()),
    onFault: expect.unreachable,
  });
  await stopping.run();
  expect(slices).toHaveLength(1);
  expect(await found(store, `zolw ${last - 1}`)).toEqual([last - 1]);
  expect(await found(store, "zolw 101")).toEqual([]);
  await store.close();
  const again = await openStore({ url });
  const rounds = startIndexing({ store: noting(again, slices), duty: alone, onFault: expect.unreachable });
  await rounds.run();
  await rounds.stop();
  expect(slices.flat().toSorted((one, other) => one - other)).toEqual(live(first, last + 1));
  expect(await found(again, "zolw 101")).toEqual([101]);
  await again.close();
});

test("a database without messages has nothing to index", async () => {
  const store = await openStore({ url: await temporaryDatabaseUrl() });
  expect(await store.settings.get(indexed_from)).toBeNull();
  await store.close();
});
