// What operations are refused with, in sentences that say what to do. Who runs a server may know of everything in it, so
// that they can be told what isn't there.

import { failure } from "../protocol/outcome.ts";

/** Administrators do nothing to each other. */
export const amongAdmins = () =>
  failure("forbidden", "Administrators do nothing to each other: this is for the command line.");

export const missing = (noun: "user" | "server" | "report", id: number) =>
  failure("not_found", `There is no ${noun} ${id}: ${noun} list has those that there are.`);

/** Of a text that was to be a time: `why` not. */
export const noTime = (field: string, why: string) =>
  failure("bad_request", `'${field}' ${why}: a date such as 2026-05-01T12:00Z, or a span such as 30m, 12h, 7d.`, {
    path: field,
  });
