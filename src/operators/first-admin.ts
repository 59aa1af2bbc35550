// How a server gets its first administrator from outside the machine: while there is none, each start sees to a link in a
// file that only the server's own user reads. The database has its hash alone.
// Must not let the link out in any other way, the log least of all.

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { linkHash, linkUrl, newLink } from "../accounts/link-tokens.ts";
import { performed } from "../db/engine/write.ts";
import type { Store } from "../db/store.ts";

export interface FirstAdminDependencies {
  store: Pick<Store, "standing" | "links" | "writer">;
  data_dir: string;
  /** Null: the link is a path. */
  public_url: string | null;
  clock(): number;
}

const NAME = "first-admin";

/** The file with the link; null where the server has an administrator, and then there is no such file. */
export async function firstAdminFile({ store, data_dir, public_url, clock }: FirstAdminDependencies) {
  const path = join(data_dir, NAME);
  if ((await store.standing.countAdmins()) > 0) {
    await rm(path, { force: true });
    return null;
  }
  if (await isGood(store, path, clock())) return path;
  const { link, token } = newLink({ purpose: "setup", user_id: null }, clock());
  await performed(store.writer.perform, store.links.create(link));
  await mkdir(data_dir, { recursive: true, mode: 0o700 });
  const partial = `${path}-${crypto.randomUUID()}`;
  await writeFile(partial, `${linkUrl("setup", token, public_url)}\n`, { mode: 0o600, flag: "wx" });
  await rename(partial, path);
  return path;
}

/** Whether the link that lies there from an earlier start can still be used. */
async function isGood({ links }: FirstAdminDependencies["store"], path: string, now: number): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [, token] = /#(\S+)\s*$/.exec(text) ?? [];
  return token !== undefined && (await links.find({ token_hash: linkHash(token), purpose: "setup", now })) !== null;
}
