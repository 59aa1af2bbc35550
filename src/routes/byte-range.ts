// Which bytes of a file a request wants: one range of RFC 9110, as browsers, players and downloads that go on ask for.
// What is no such range is passed over, as if it weren't there. Pure.

import type { ByteRange } from "../uploads/files.ts";

/** Null: all of it. `unsatisfiable` where the range lies behind the end. `tag` is that of the file. */
export function rangeWanted(headers: Headers, bytes: number, tag: string): ByteRange | "unsatisfiable" | null {
  const condition = headers.get("if-range");
  if (condition !== null && condition !== tag) return null;
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(headers.get("range")?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  if (first === "")
    return Number(last) === 0 ? "unsatisfiable" : { from: Math.max(0, bytes - Number(last)), to: bytes };
  const from = Number(first);
  if (last !== "" && Number(last) < from) return null;
  if (from >= bytes) return "unsatisfiable";
  return { from, to: last === "" ? bytes : Math.min(Number(last) + 1, bytes) };
}
