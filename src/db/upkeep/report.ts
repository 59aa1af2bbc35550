// What the operator's commands answer with, and what both ask of paths.
// Must not let control characters through, which a file can have put into a name: they would reach the terminal.

import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseInUseError } from "../engine/claim.ts";
import { messageOf } from "../engine/faults.ts";

/** What to tell the operator. */
export interface Report {
  ok: boolean;
  text: string;
}

export function refused(text: string): Report {
  return { ok: false, text: `orchard: ${text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�")}` };
}

export function refusedBy(error: unknown, what: string): Report {
  if (error instanceof DatabaseInUseError) return refused(`${error.message}; stop it first`);
  return refused(`${what}: ${messageOf(error)}`);
}

/** Says how it is done instead. */
export function refusedRemote(command: "backup" | "restore"): Report {
  const file = "ORCHARD_DATABASE_URL=file:/var/lib/sqld/dbs/default/data";
  const when = command === "backup" ? "while both run" : "with both stopped";
  const how = `on sqld's machine, ${when}, give this command the file that sqld keeps it in, such as ${file}`;
  return refused(`this database is on a server: ${how}`);
}

export function isRemote(url: string): boolean {
  return !url.startsWith("file:");
}

export function isSame(one: string, other: string): boolean {
  if (!existsSync(one) || !existsSync(other)) return resolve(one) === resolve(other);
  const [first, second] = [one, other].map((path) => statSync(path, { bigint: true }));
  return first?.ino === second?.ino && first?.dev === second?.dev;
}
