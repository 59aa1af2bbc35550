// How a server gets its first administrator from outside the machine: while there is none, each start sees to a link in a
// file that only the server's own user reads. The database has its hash alone.
// Must not let the link out in any other way, the log least of all.

import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { linkHash, linkUrl, newLink } from "../accounts/link-tokens.ts";
import { DatabaseError } from "../db/engine/driver.ts";
import { messageOf } from "../db/engine/faults.ts";
import { performed } from "../db/engine/write.ts";
import type { Store } from "../db/store.ts";
import type { Log } from "../telemetry/log.ts";

export interface FirstAdminDependencies {
  store: Pick<Store, "standing" | "links" | "writer">;
  log: Pick<Log, "warn">;
  data_dir: string;
  /** Null: the link is a path. */
  public_url: string | null;
  clock(): number;
}

const NAME = "first-admin";

/** The file with the link; null where the server has an administrator, or there can be no such file. */
export async function firstAdminFile(on: FirstAdminDependencies): Promise<string | null> {
  const { store, data_dir, log } = on;
  const path = join(data_dir, NAME);
  if ((await store.standing.countAdmins()) > 0) {
    await rm(path, { force: true }).catch(() => {});
    return null;
  }
  if (await isGood(store, path, on.clock())) return path;
  try {
    await mkdir(data_dir, { recursive: true, mode: 0o700 });
    await write(path, () => storedLink(on));
    return path;
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const reason = messageOf(error);
    log.warn({ path, reason }, "there is no file for the first administrator: 'orchard user admin NAME on' makes one");
    return null;
  }
}

/** Puts the text there, in one step, which is only made where it can be put. */
async function write(path: string, text: () => Promise<string>): Promise<void> {
  const partial = `${path}-${crypto.randomUUID()}`;
  const file = await open(partial, "wx", 0o600);
  try {
    await file.writeFile(await text());
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** A new one, as a line. */
async function storedLink({ store, public_url, clock }: FirstAdminDependencies): Promise<string> {
  const { link, token } = newLink({ purpose: "setup", user_id: null }, clock());
  await performed(store.writer.perform, store.links.create(link));
  return `${linkUrl("setup", token, public_url)}\n`;
}

/** Whether the link that lies there from an earlier start can still be used. */
async function isGood({ links }: FirstAdminDependencies["store"], path: string, now: number): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [, token] = /#(\S+)\s*$/.exec(text) ?? [];
  return token !== undefined && (await links.find({ token_hash: linkHash(token), purpose: "setup", now })) !== null;
}
