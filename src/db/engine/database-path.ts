// Where the configuration's URL says that the database is, and which file a `file:` URL means. What follows its scheme
// is a path with percent-encoding and nothing else: no fragment or options cut it off, since the rest would be another
// file.
// Pure: nothing is looked up on the disk.

import { fileURLToPath } from "node:url";
import { messageOf } from "./faults.ts";

/** What is wrong with where the database is; null when nothing is. */
export function databaseUrlFault(text: string): string | null {
  if (/^(libsql|https?|wss?):\/\/[^/]/.test(text) && URL.canParse(text)) return null;
  if (!text.startsWith("file:")) return "wants a file:, libsql://, http://, https://, ws:// or wss:// URL";
  try {
    databasePath(text);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Throws a sentence for a person on a URL that names no file, a database in memory included. */
export function databasePath(url: string): string {
  if (!url.startsWith("file:")) throw new Error("it is no file: URL");
  if (url.includes("?")) throw new Error("it takes no options: write %3F where a ? is part of the path");
  const path = url.startsWith("file://") ? absolutePath(url) : decoded(url.slice("file:".length));
  if (path.includes("\0")) throw new Error("no path holds a null character");
  if (path === "" || path === ":memory:") throw new Error("it names no file, as file:./data/orchard.db does");
  if (/(^|[/\\])\.{0,2}$/.test(path)) throw new Error("it names a folder: say which file in it");
  return path;
}

function absolutePath(url: string): string {
  decoded(url);
  try {
    return fileURLToPath(url.replaceAll("#", "%23"));
  } catch {
    throw new Error("after file:// it wants an absolute path, as file:///srv/orchard.db has one");
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("its percent-encoding is bad: write %25 where a % is part of the path");
  }
}
