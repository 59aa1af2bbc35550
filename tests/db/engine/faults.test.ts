// How SQLite's errors become faults, by their words and codes.
// The words are SQLite's own, bare and as servers pass them on.

import { describe, expect, test } from "bun:test";
import { faultFrom } from "../../../src/db/engine/faults.ts";

function sqliteError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

describe("a fault", () => {
  const constraints: [string, string | undefined][] = [
    ["UNIQUE constraint failed: users.name_key", "users.name_key"],
    ["SQLite error: UNIQUE constraint failed: users.name_key", "users.name_key"],
    ["UNIQUE constraint failed: friendships.user_id, friendships.peer_id", "friendships.user_id, friendships.peer_id"],
    ["NOT NULL constraint failed: users.name", "users.name"],
    ["CHECK constraint failed: state", "state"],
    ["FOREIGN KEY constraint failed", undefined],
  ];
  test.each(constraints)("of %s is a constraint", (message, constraint) => {
    const fault = faultFrom(sqliteError(message, "SQLITE_CONSTRAINT"));
    expect(fault.kind).toBe("constraint");
    expect(fault.constraint).toBe(constraint);
  });

  test.each(["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_READONLY"])(
    "of %s is unavailable",
    (code) => {
      expect(faultFrom(sqliteError("no", code))).toEqual({ kind: "unavailable", message: "no" });
    },
  );

  test("of anything else is internal", () => {
    expect(faultFrom(sqliteError("no such table: t", "SQLITE_ERROR")).kind).toBe("internal");
    expect(faultFrom("a text").kind).toBe("internal");
  });
});
