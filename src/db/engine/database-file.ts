// What stands at the path of a database before anything is made beside it: nothing, or a file of SQLite's. So a wrong
// path leaves no trace next to a stranger's file.
// Must not open a database that may be in use in this process: closing it here would drop the locks of its connections.

import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { lockPathOf } from "./claim.ts";
import { DatabaseError } from "./driver.ts";

const HEADER = Buffer.from("SQLite format 3\0");

/** Throws DatabaseError with a sentence on what can't be a database. */
export function expectDatabaseFile(path: string): void {
  if (!existsSync(path)) return;
  const standing = statSync(path);
  if (standing.isDirectory()) throw refusal("it is a folder");
  if (!standing.isFile()) throw refusal("it is not a database");
  // Where there is a lock, it has been one of ours.
  if (standing.size === 0 || existsSync(lockPathOf(path))) return;
  if (!headOf(path).equals(HEADER)) throw refusal("it is not a database");
}

function refusal(message: string): DatabaseError {
  return new DatabaseError({ kind: "internal", message });
}

function headOf(path: string): Buffer {
  const head = Buffer.alloc(HEADER.length);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head;
}
