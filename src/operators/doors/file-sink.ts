// A file that appears under its name when it is whole and on the disk, for the eyes of who gave the command alone.

import { lstatSync, rmSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { syncFolder } from "../../db/upkeep/database-files.ts";
import type { Sink } from "./socket-client.ts";

/** What ends a command from outside: half a file doesn't stay. */
const ends = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Rejects where something of that name is there. */
export async function fileSink(path: string): Promise<Sink> {
  const target = resolve(path);
  if (lstatSync(target, { throwIfNoEntry: false })) throw new Error(`${target} is there already`);
  const partial = join(dirname(target), `.${basename(target)}-${crypto.randomUUID()}`);
  const file = await open(partial, "wx", 0o600).catch((error) => {
    throw new Error(`${target} can't be written: ${whyOf(error)}`);
  });
  const end = () => {
    rmSync(partial, { force: true });
    process.exit(1);
  };
  for (const signal of ends) process.once(signal, end);
  const heedNone = () => {
    for (const signal of ends) process.off(signal, end);
  };
  return {
    async write(piece) {
      for (let done = 0; done < piece.byteLength; ) done += (await file.write(piece, done)).bytesWritten;
    },
    async finish() {
      await file.sync();
      await file.close();
      await rename(partial, target).catch((error) => {
        throw new Error(`${target} can't be written: ${whyOf(error)}`);
      });
      await syncFolder(dirname(target));
      heedNone();
    },
    async abandon() {
      await file.close().catch(() => {});
      await rm(partial, { force: true });
      heedNone();
    },
  };
}

/** The system's reason, as a person reads it. */
const whyOf = ({ message }: Error) => message.replace(/^\w+: |, \w+ '.*$/g, "");
