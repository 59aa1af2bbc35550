// Turns what SQLite throws into a DatabaseFault, for every driver alike.
// A constraint is known by its words, since servers differ in their codes but all pass SQLite's message on.
// Must not carry parameters: they hold password hashes, and faults end up in logs.

import { type DatabaseFault, unavailable } from "./driver.ts";

const constraintPattern = /(?:UNIQUE|PRIMARY KEY|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: ([^\n]+))?/;

const unavailableCodes = [
  "SQLITE_BUSY",
  "SQLITE_LOCKED",
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_CANTOPEN",
  "SQLITE_READONLY",
  "SQLITE_NOMEM",
  "SQLITE_INTERRUPT",
  "SQLITE_PROTOCOL",
];

export function faultFrom(error: unknown): DatabaseFault {
  const message = messageOf(error);
  const violation = constraintPattern.exec(message);
  if (violation) {
    const constraint = violation[1]?.trim();
    return constraint ? { kind: "constraint", message, constraint } : { kind: "constraint", message };
  }
  const code = codeOf(error);
  const isUnavailable = unavailableCodes.some((prefix) => code.startsWith(prefix));
  return { kind: isUnavailable ? "unavailable" : "internal", message };
}

/** The same for what a database server answers: only what SQL itself refused is the statement's fault. */
export function serverFault(error: unknown): DatabaseFault {
  const fault = faultFrom(error);
  if (fault.kind === "internal" && !codeOf(error).startsWith("SQL")) return unavailable(withoutUrls(fault.message));
  return fault;
}

/** An address may hold a password or a token. */
function withoutUrls(text: string): string {
  return text.replace(/\b[a-z]+:\/\/[^\s'"]+/gi, "…");
}

/** The error's own code, or an empty string. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
