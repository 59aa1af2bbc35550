// In whose name a command works in the folder of a database. Root does there what the folder's own user may do, and
// nothing more: whatever links and journals this user has put there, nothing outside is read, made or removed, and
// what is made is this user's. The system sees to it, not our care.
// Changes the user of the whole process: for commands alone.

import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { isAbsolute, join, parse, relative, resolve, sep } from "node:path";

/** As many as Linux follows. */
const MOST_LINKS = 40;

export interface Owner {
  /** Whether it is somebody else for whom root works. */
  isAnother: boolean;
  /** Does it in the owner's name. */
  act<Value>(use: () => Promise<Value>): Promise<Value>;
}

/** Whose the folder is; where it is still to be made, whose the folder above is. */
export function ownerOf(folder: string): Owner {
  const own = process.geteuid?.();
  let standing: Stats | undefined;
  for (let at = resolve(folder); !standing; at = join(at, "..")) standing = lstatSync(at, { throwIfNoEntry: false });
  const { uid, gid } = standing;
  if (own !== 0 || uid === 0) return { isAnother: false, act: (use) => use() };
  return { isAnother: true, act: (use) => actAs(uid, gid === 0 ? uid : gid, use) };
}

async function actAs<Value>(uid: number, gid: number, use: () => Promise<Value>): Promise<Value> {
  const groups = process.getgroups?.() ?? [];
  const own_gid = process.getegid?.() ?? 0;
  // In this order, and back in the opposite one: only root may do the first two.
  process.setgroups?.([gid]);
  process.setegid?.(gid);
  process.seteuid?.(uid);
  try {
    return await use();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(own_gid);
    process.setgroups?.(groups);
  }
}

/** The absolute path without links; throws where one on the way is neither root's nor one's own. */
export function pathWithoutLinks(path: string): string {
  const own = process.geteuid?.() ?? 0;
  const absolute = resolve(path);
  let { root: real } = parse(absolute);
  const ahead = relative(real, absolute).split(sep);
  for (let links = 0; ahead.length > 0; ) {
    const next = join(real, ahead.shift() ?? "");
    const standing = lstatSync(next, { throwIfNoEntry: false });
    if (!standing?.isSymbolicLink()) {
      real = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw new Error(`${path} leads round and round`);
    if (standing.uid !== 0 && standing.uid !== own) {
      throw new Error(`${next} is a link that somebody else has made: name the place itself`);
    }
    const target = readlinkSync(next);
    if (isAbsolute(target)) real = parse(target).root;
    ahead.unshift(...target.split(sep).filter((part) => part !== ""));
  }
  return real;
}
