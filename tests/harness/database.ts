// A second hand on a server's database, for what no request can bring about and for what must be found afterwards.
// ORCHARD_TEST_DATABASE=sqld has the servers of the tests keep theirs on a database server, each in one of its own.

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient } from "@libsql/client";
import Database from "libsql";
import { openEmbedded } from "../../src/db/engine/embedded.ts";
import { migrate } from "../../src/db/engine/migrate.ts";
import { migrations } from "../../src/db/migrations/index.ts";
import { openStore } from "../../src/db/store.ts";
import { type AskForRows, rowsThread } from "./remote-database.ts";
import { sharedSqld } from "./sqld.ts";

type Value = string | number | null;
export type Row = Record<string, Value>;

const BUSY_TIMEOUT_MS = 5_000;

const over_sqld = process.env["ORCHARD_TEST_DATABASE"] === "sqld";

/** The databases of folders that don't hold their own, by folder. */
const remote = new Map<string, string>();
/** Asks them; there is none before there is one of them. */
let askForRows: AskForRows;

/** The URL for a server that runs on the folder: the same again for the next one. A new file is migrated already. */
export async function databaseOf(folder: string): Promise<string> {
  if (over_sqld && !remote.has(folder)) await keepDatabaseAt(folder, await newDatabaseOnServer());
  const url = remote.get(folder);
  if (url) return url;
  const path = join(folder, "orchard.db");
  return existsSync(path) ? `file:${path}` : newDatabaseFile(path);
}

/** The URL of a file with a database in which there is nothing yet, and which is migrated. */
export async function newDatabaseFile(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await migrated());
  return `file:${path}`;
}

let made: Promise<Uint8Array> | null = null;

/** The file of a database in which there is nothing yet: all begin with the same, made by the server's own driver. */
function migrated(): Promise<Uint8Array> {
  made ??= makeMigrated();
  return made;
}

let made_on_server: Promise<string> | null = null;

/** The URL of a database on the shared server in which there is nothing yet, and which is migrated. */
export async function newDatabaseOnServer(): Promise<string> {
  const sqld = await sharedSqld();
  made_on_server ??= sqld.newDatabase().then(async (url) => {
    await (await openStore({ url })).close();
    return url;
  });
  return sqld.copyOf(await made_on_server);
}

async function makeMigrated(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-migrated-"));
  const path = join(folder, "orchard.db");
  const driver = await openEmbedded({ url: `file:${path}` });
  await migrate(driver, migrations);
  await driver.close();
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  return bytes;
}

/** Says that a server that runs on the folder has its database there. */
export async function keepDatabaseAt(folder: string, url: string): Promise<void> {
  askForRows = await rowsThread();
  remote.set(folder, url);
}

/** When no server will run on the folder any more. */
export async function forgetDatabase(folder: string): Promise<void> {
  const url = remote.get(folder);
  remote.delete(folder);
  if (url && over_sqld) await (await sharedSqld()).removeDatabase(url);
}

function withDatabase<Result>(folder: string, use: (database: Database.Database) => Result): Result {
  const database = new Database(join(folder, "orchard.db"), { timeout: BUSY_TIMEOUT_MS });
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** Runs one statement for each row of parameters, all in one transaction. */
export function writeRows(folder: string, sql: string, rows: Value[][]): void {
  const url = remote.get(folder);
  if (url) return void askForRows({ url, sql, rows, mode: "write" });
  withDatabase(folder, (database) => {
    const statement = database.prepare(sql);
    database.transaction(() => rows.forEach((row) => void statement.run(...row))).immediate();
  });
}

export function readRows(folder: string, sql: string, parameters: Value[] = []): Row[] {
  const url = remote.get(folder);
  if (url) return askForRows({ url, sql, rows: [parameters], mode: "read" });
  return withDatabase(folder, (database) => database.prepare(sql).all(...parameters) as Row[]);
}

/** All that is stored at the URL, by table, but for the index of the search, which follows from it. */
export async function readTables(url: string): Promise<Map<string, Row[]>> {
  const client = createClient({ url });
  try {
    const listed =
      "select name from sqlite_master where type = 'table' and name not like 'messages_fts%' order by name";
    const names = (await client.execute(listed)).rows.map((row) => String(row["name"]));
    const tables = await client.batch(names.map((name) => `select * from "${name}"`));
    return new Map(names.map((name, index) => [name, (tables[index]?.rows ?? []).map((row) => ({ ...row }) as Row)]));
  } finally {
    client.close();
  }
}
