// The bare programs' database: synced at each commit, as orchard's is.

import Database from "libsql";

export function openDatabase(table: string): Database.Database {
  const database = new Database(process.env["BARE_DATABASE"] ?? "bare.db");
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec(table);
  return database;
}
