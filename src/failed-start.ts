// Why a start failed, for the operator who sees to it: one sentence that begins with the variable to look at, and
// whether starting again may help. What it doesn't know stays an error with its stack: it may be a bug.
// Must not show more of a URL than its host: the rest may hold a password or a token.

import { lookup } from "node:dns/promises";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { ClusterFault } from "./cluster/faults.ts";
import type { Config } from "./config.ts";
import { DatabaseInUseError } from "./db/engine/claim.ts";
import { databasePath } from "./db/engine/database-path.ts";
import { DatabaseError } from "./db/engine/driver.ts";
import { codeOf, messageOf } from "./db/engine/faults.ts";
import { UnsafeDatabaseError } from "./db/engine/fence.ts";
import { NewerDatabaseError } from "./db/engine/migrate.ts";

export type StartPart = "database" | "uploads" | "listening";

/** What went wrong when this part was opened is its `cause`. */
export class FailedStart extends Error {
  readonly part: StartPart;

  constructor(part: StartPart, cause: unknown) {
    super(messageOf(cause), { cause });
    this.part = part;
  }
}

/** Says of whatever a part's opening rejects with which part it was. */
export function failedAt(part: StartPart): (error: unknown) => never {
  return (error) => {
    throw new FailedStart(part, error);
  };
}

export interface StartFault {
  reason: string;
  /** Whether starting again may help, without another configuration. */
  again: boolean;
}

const lasting = (reason: string): StartFault => ({ reason, again: false });
const passing = (reason: string): StartFault => ({ reason, again: true });

/** Null where nobody can tell what it is that failed. */
export async function startFault(error: unknown, config: Config): Promise<StartFault | null> {
  const { part, cause } = error instanceof FailedStart ? error : { part: null, cause: error };
  if (cause instanceof ClusterFault) return { reason: cause.message, again: cause.again };
  // The first writes come after the opening.
  if (part === "database" || cause instanceof DatabaseError) return databaseFault(cause, config);
  if (part === "uploads") return uploadsFault(cause, config);
  if (part === "listening") return listeningFault(cause, config);
  return null;
}

async function listeningFault(error: unknown, { host, port }: Config): Promise<StartFault | null> {
  const unknown = await lookup(host).then(() => null, codeOf);
  if (unknown === "EAI_AGAIN") return passing(`ORCHARD_HOST: no name server says which address ${host} has`);
  if (unknown !== null) return lasting(`ORCHARD_HOST: ${host} has no address: write an address of this machine`);
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return passing(`another program listens on ${address}: stop it, or set ORCHARD_PORT`);
    case "EADDRNOTAVAIL":
      return lasting(`ORCHARD_HOST: ${host} is no address of this machine: 0.0.0.0 stands for all that it has`);
    case "EACCES":
      return lasting(`ORCHARD_PORT: this user may not listen on port ${port}: set one above 1023`);
    default:
      return null;
  }
}

function uploadsFault(error: unknown, { uploads_dir }: Config): StartFault {
  const { why, again } = diskFault(messageOf(error), "name a folder, or what can become one");
  return { reason: `ORCHARD_UPLOADS_DIR: the uploads folder ${resolve(uploads_dir)} can't be used: ${why}`, again };
}

function databaseFault(error: unknown, { database_url: url, database_auth_token, cluster }: Config): StartFault {
  // Other nodes use it, of a version that is too far from this one's.
  if (error instanceof NewerDatabaseError && cluster) return lasting(messageOf(error));
  const said = [DatabaseInUseError, UnsafeDatabaseError, NewerDatabaseError].some((kind) => error instanceof kind);
  if (said) return passing(messageOf(error));
  if (!url.startsWith("file:")) return serverFault(messageOf(error), url, database_auth_token);
  const text = messageOf(error);
  if (/\.node: /.test(text)) {
    const what = `the folder ${tmpdir()} must be there, and TMPDIR must allow execution in it`;
    return lasting(`TMPDIR: ${what}: a part of the program is unpacked there and loaded`);
  }
  const { why, again } = diskFault(text, "name a file in a folder, or in one that can be made");
  return { reason: `ORCHARD_DATABASE_URL: the database ${resolve(databasePath(url))} can't be used: ${why}`, again };
}

/** What a database server said, or nobody. */
function serverFault(text: string, url: string, token: string | null): StartFault {
  const { protocol, host } = new URL(url);
  const server = `${protocol}//${host}`;
  const status = Number(/\bstatus(?: code)?:? (\d{3})\b/.exec(text)?.[1] ?? 0);
  if (status === 401 || status === 403 || /\bAUTH_/.test(text)) {
    const refusal = token === null ? "wants a token: set the one" : "refuses this token: set one";
    return lasting(`ORCHARD_DATABASE_AUTH_TOKEN: the database server ${server} ${refusal} that it accepts`);
  }
  if (status >= 500 && status !== 501) {
    return passing(`ORCHARD_DATABASE_URL: the database server ${server} can't answer now (HTTP status ${status})`);
  }
  if (status > 0) {
    const what = `what answers at ${server} is no libSQL server, or has no such database (HTTP status ${status})`;
    return lasting(`ORCHARD_DATABASE_URL: ${what}: write the server's own address`);
  }
  if (/^(URL_|HRANA_PROTO|UNSUPPORTED)|JSON/.test(text)) {
    const what = `${server} isn't the address of a libSQL server as it stands there`;
    return lasting(`ORCHARD_DATABASE_URL: ${what}: write its scheme, host and port, and nothing behind`);
  }
  const why = /\b(E[A-Z_]{4,})\b/.exec(text.replace(/^[A-Z_]+_ERROR: /, ""))?.[1] ?? text.replace(/^.*failed: /, "");
  const mending = "start it, or write its address";
  return passing(`ORCHARD_DATABASE_URL: the database server ${server} can't be reached (${why}): ${mending}`);
}

const disk_faults: [pattern: RegExp, why: string, again: boolean][] = [
  [/\b(EACCES|EPERM)\b/, "this user may not write there", true],
  [/\bEROFS\b|readonly database/, "its disk can only be read: have it mounted for writing", true],
  [/\b(ENOSPC|EDQUOT)\b|database or disk is full/, "its disk is full: make room", true],
  [/\bELOOP\b/, "it, or the lock beside it, is a link, which isn't followed: remove the link", true],
  [/\bEIO\b|disk I\/O error/, "its disk fails", true],
  [/malformed/, 'it is damaged: put a copy in its place with "orchard restore"', true],
  [/database is locked/, "another program writes to it: stop that one", true],
];

/** What the disk said, in words of its operator's; `mending` is what to do where another path is wanted. */
function diskFault(text: string, mending: string): { why: string; again: boolean } {
  for (const [pattern, why, again] of disk_faults) if (pattern.test(text)) return { why, again };
  if (/\b(ENOTDIR|EEXIST)\b/.test(text)) {
    return { why: `it, or what it should be in, is a file and no folder: ${mending}`, again: false };
  }
  if (/\b(ENOENT|ENAMETOOLONG|EINVAL)\b/.test(text)) {
    return { why: `nothing can be made there: ${mending}`, again: false };
  }
  if (/it is a folder/.test(text)) return { why: "it is a folder: name a file in it", again: false };
  if (/not a database/.test(text)) {
    return { why: "it is no database: name one of orchard's, or a file that isn't there yet", again: false };
  }
  return { why: text, again: true };
}
