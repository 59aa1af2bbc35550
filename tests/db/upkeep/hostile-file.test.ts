// A file that somebody has prepared, given to the operator's commands: nothing in it is run, nothing beside it is
// touched, and what isn't this program's own database to the letter is refused with a sentence.

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFile, mkdir, readdir, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import LibsqlDatabase from "libsql";
import { bookkeeping_sql } from "../../../src/db/engine/migrate.ts";
import { migrations } from "../../../src/db/migrations/index.ts";
import { openStore } from "../../../src/db/store.ts";
import { backUp } from "../../../src/db/upkeep/backup.ts";
import { restore } from "../../../src/db/upkeep/restore.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "../temporary.ts";

/** A database that the server has made and left. */
let made: string;
beforeAll(async () => {
  made = join(await temporaryDirectory(), "made.db");
  await (await openStore({ url: `file:${made}` })).close();
});
afterAll(removeTemporaryDirectories);

/** A folder with a copy of it, to which nobody has a connection any more. */
async function place() {
  const folder = await temporaryDirectory();
  const file = join(folder, "given.db");
  await copyFile(made, file);
  const sql = (text: string) => {
    // SQLite as the server has it lets more be spoilt than Bun's.
    const database = new LibsqlDatabase(file);
    database.exec(text);
    database.close();
  };
  const into = join(folder, "data", "orchard.db");
  return {
    ...{ folder, file, sql, into },
    restore: () => restore(`file:${into}`, file),
    backUp: () => backUp(`file:${file}`, join(folder, "copy.db"), false),
  };
}

/** Makes a database as it is after so many migrations. */
function migrated(path: string, count: number, first = ""): void {
  const database = new LibsqlDatabase(path);
  database.exec(`${first}; PRAGMA synchronous = OFF; BEGIN; ${bookkeeping_sql};`);
  for (const [index, { tag, sql }] of migrations.slice(0, count).entries()) {
    database.exec(sql);
    database.prepare("INSERT INTO migrations VALUES (?, ?, 0)").run(index, tag);
  }
  database.exec("COMMIT");
  database.close();
}

const schema = (change: string) => `PRAGMA writable_schema = ON; ${change}; PRAGMA writable_schema = OFF;`;
const injection = `x" ("x") VALUES ('optimize'); ATTACH 'FOLDER/evil.db' AS e; CREATE TABLE e.t (a); --`;

const prepared: [what: string, text: string, word: string][] = [
  [
    "a search whose name is SQL",
    `CREATE VIRTUAL TABLE "${injection.replaceAll('"', '""')}" USING fts5(a)`,
    "which orchard doesn't make so",
  ],
  ["a trigger", "CREATE TRIGGER evil AFTER INSERT ON users BEGIN DELETE FROM messages; END", 'the trigger "evil"'],
  ["a view", "CREATE VIEW evil AS SELECT password_hash FROM users", 'the view "evil"'],
  ["a table", "CREATE TABLE evil (a)", 'the table "evil"'],
  ["a virtual table", "CREATE VIRTUAL TABLE evil USING fts5vocab('messages_fts', 'row')", 'the table "evil"'],
  ["an index", "CREATE INDEX evil ON users (bio)", 'the index "evil"'],
  ["an index of an expression", "CREATE INDEX evil ON users (hex(zeroblob(id)))", 'the index "evil"'],
  ["a generated column", "ALTER TABLE users ADD evil TEXT AS (hex(zeroblob(9)))", 'the table "users"'],
  [
    "what AUTOINCREMENT leaves",
    "CREATE TABLE a (b INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE a",
    "sqlite_sequence",
  ],
  ["no trigger where one should be", "DROP TRIGGER upload_released", 'it lacks "upload_released"'],
  [
    "a trigger of the right name",
    "DROP TRIGGER upload_released; CREATE TRIGGER upload_released AFTER DELETE ON users BEGIN SELECT 1; END",
    'the trigger "upload_released"',
  ],
  [
    "a table that says it is another",
    schema("UPDATE sqlite_schema SET sql = replace(sql, 'bio', 'boi') WHERE name = 'users'"),
    'the table "users"',
  ],
  ["a view for the list of migrations", "DROP TABLE migrations; CREATE VIEW migrations AS SELECT 1 AS tag", "migrated"],
  ["no migration", "DELETE FROM migrations", "nothing was migrated"],
  ["a migration of a later version", "INSERT INTO migrations VALUES (999, 'later', 0)", '"later"'],
  [
    "an earlier version by its word alone",
    `DELETE FROM migrations WHERE idx = ${migrations.length - 1}`,
    "which orchard doesn't make so",
  ],
  ["no index of the search", "DELETE FROM messages_fts_data", "messages_fts"],
  ["a name that would clear the screen", 'CREATE TABLE "\u001b[2J\u009b2J" (a)', 'the table "�[2J�2J"'],
];

describe.each(prepared)("a database with %s", (_, text, word) => {
  test.each(["backUp", "restore"] as const)("is refused by %s", async (command) => {
    const given = await place();
    given.sql(text.replaceAll("FOLDER", given.folder));
    const { ok, text: said } = await given[command]();
    expect([ok, said]).toEqual([false, expect.stringContaining(word)]);
    const made = (await readdir(given.folder)).filter((name) => !/^given\.db(-lock|-shm|-wal)?$/.test(name));
    expect(made).toEqual(command === "restore" ? ["data"] : []);
    if (command === "restore") expect(await readdir(join(given.folder, "data"))).toEqual(["orchard.db-lock"]);
  });
});

describe("what is this program's own is taken", () => {
  test("as it was after each of the migrations, and is then brought up to date", async () => {
    for (const count of migrations.keys()) {
      const folder = await temporaryDirectory();
      migrated(join(folder, "old.db"), count + 1);
      const url = `file:${join(folder, "orchard.db")}`;
      expect(await restore(url, join(folder, "old.db"))).toMatchObject({ ok: true });
      await (await openStore({ url })).close();
      expect(await backUp(url, join(folder, "copy.db"), false)).toMatchObject({ ok: true });
    }
  });

  test("with its statistics, which aren't kept", async () => {
    const { sql, file, into, ...run } = await place();
    sql("INSERT INTO settings VALUES ('some', 'thing'); ANALYZE");
    expect(await run.backUp()).toMatchObject({ ok: true });
    expect(await restore(`file:${into}`, file)).toMatchObject({ ok: true });
    const restored = new Database(into, { readonly: true });
    expect(restored.query("SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'").all()).toEqual([]);
    restored.close();
  });

  test("with pages of another size, in which it isn't kept", async () => {
    const { sql, into, ...run } = await place();
    sql("PRAGMA journal_mode = DELETE; PRAGMA page_size = 65536; PRAGMA auto_vacuum = FULL; VACUUM");
    expect(await run.restore()).toMatchObject({ ok: true });
    const restored = new Database(into);
    expect(restored.query("PRAGMA page_size").get()).toEqual({ page_size: 4096 });
    expect(restored.query("PRAGMA auto_vacuum").get()).toEqual({ auto_vacuum: 0 });
    restored.close();
    expect((await stat(into)).mode & 0o777).toBe(0o600);
  });

  test("but not with text of another encoding", async () => {
    const folder = await temporaryDirectory();
    migrated(join(folder, "odd.db"), migrations.length, "PRAGMA encoding = 'UTF-16le'");
    const { ok, text } = await restore(`file:${join(folder, "orchard.db")}`, join(folder, "odd.db"));
    expect([ok, text]).toEqual([false, expect.stringContaining("UTF-16le")]);
  });
});

describe("what lies at the path of the file", () => {
  test("a folder, a pipe, a device and a link to a journal are no files", async () => {
    const { folder, into, file, sql } = await place();
    const pipe = join(folder, "pipe");
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    for (const path of [folder, pipe, "/dev/zero"]) {
      expect(await restore(`file:${into}`, path)).toMatchObject({
        ok: false,
        text: expect.stringContaining("no file"),
      });
      expect(await backUp(`file:${path}`, join(folder, "copy.db"), true)).toMatchObject({ ok: false });
      expect(await backUp(`file:${file}`, path, true)).toMatchObject({
        ok: false,
        text: expect.stringContaining("no file"),
      });
    }
    sql("PRAGMA journal_mode = DELETE");
    await symlink("/etc/passwd", `${file}-wal`);
    expect(await restore(`file:${into}`, file)).toMatchObject({ ok: false, text: expect.stringContaining("a link") });
  });

  test("a journal that would have to be played back, by whom it names, is refused, and an empty one is not", async () => {
    const { into, file } = await place();
    await Bun.write(`${file}-journal`, Buffer.concat([Buffer.from("d9d505f920a163d7", "hex"), Buffer.alloc(600)]));
    const { ok, text } = await restore(`file:${into}`, file);
    expect([ok, text]).toEqual([false, expect.stringContaining("-journal belongs to a transaction")]);
    await Bun.write(`${file}-journal`, Buffer.alloc(600));
    expect(await restore(`file:${into}`, file)).toMatchObject({ ok: true });
  });

  test("links of one's own are followed, and what an end left behind is cleared away", async () => {
    const { folder, file } = await place();
    await mkdir(join(folder, "elsewhere"));
    await Bun.write(join(folder, "elsewhere", "orchard.db-restoring-1"), "left");
    await symlink("elsewhere", join(folder, "data"));
    await symlink(file, join(folder, "latest.db"));
    expect(await restore(`file:${join(folder, "data/orchard.db")}`, join(folder, "latest.db"))).toMatchObject({
      ok: true,
    });
    expect((await readdir(join(folder, "elsewhere"))).sort()).toEqual(["orchard.db", "orchard.db-lock"]);
  });
});
