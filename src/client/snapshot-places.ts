// Where a snapshot is kept: in a browser's storage or database, in a file, or wherever the program says. Each is used
// only where it is named, so that no runtime needs what it lacks.

/** A place for one text. What fails there is as if nothing were kept. */
export interface SnapshotPlace {
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
  forget(): Promise<void>;
}

/** `name` tells several apart that are kept in one browser. */
export type Keep =
  | "localStorage"
  | "indexedDB"
  | { in: "localStorage" | "indexedDB"; name: string }
  | { file: string }
  | SnapshotPlace;

const DEFAULT_NAME = "orchard.snapshot";

export function placeOf(keep: Keep): SnapshotPlace {
  if (typeof keep === "object" && "read" in keep) return keep;
  if (typeof keep === "object" && "file" in keep) return inFile(keep.file);
  const { in: where, name } = typeof keep === "string" ? { in: keep, name: DEFAULT_NAME } : keep;
  return where === "localStorage" ? inStorage(name) : inDatabase(name);
}

function inStorage(name: string): SnapshotPlace {
  return {
    read: async () => localStorage.getItem(name),
    write: async (text) => localStorage.setItem(name, text),
    forget: async () => localStorage.removeItem(name),
  };
}

const STORE = "snapshots";
const ENTRY = "last";

/** As much of a browser's database as is used. */
interface Asked<Value> {
  readonly result: Value;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
interface Store {
  get(key: string): Asked<string | undefined>;
  put(text: string, key: string): Asked<unknown>;
  delete(key: string): Asked<unknown>;
}
interface Database {
  createObjectStore(name: string): Store;
  transaction(store: string, mode: "readonly" | "readwrite"): { objectStore(name: string): Store };
}
interface Databases {
  open(name: string, version: number): Asked<Database> & { onupgradeneeded: (() => void) | null };
}

function settled<Value>(asked: Asked<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function inDatabase(name: string): SnapshotPlace {
  let opening: Promise<Database> | null = null;
  const open = () => {
    const { indexedDB } = globalThis as unknown as { indexedDB: Databases };
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    return settled(asked);
  };
  const ask = async <Value>(mode: "readonly" | "readwrite", of: (store: Store) => Asked<Value>) => {
    opening ??= open();
    return settled(of((await opening).transaction(STORE, mode).objectStore(STORE)));
  };
  return {
    read: async () => (await ask("readonly", (store) => store.get(ENTRY))) ?? null,
    write: async (text) => void (await ask("readwrite", (store) => store.put(text, ENTRY))),
    forget: async () => void (await ask("readwrite", (store) => store.delete(ENTRY))),
  };
}

/** As much of `node:fs/promises` as is used; Bun has it too. */
interface Files {
  readFile(path: string, encoding: "utf8"): Promise<string>;
  writeFile(path: string, text: string, options: { mode: number }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: boolean }): Promise<void>;
}

function inFile(path: string): SnapshotPlace {
  // Named when it is wanted: what is bundled for browsers must not look for it.
  const name = ["node", "fs/promises"].join(":");
  const files = (): Promise<Files> => import(/* @vite-ignore */ name);
  return {
    read: async () => (await files()).readFile(path, "utf8"),
    // Beside it first, so that an end in between leaves the one before. It holds what one may read alone.
    async write(text) {
      const { writeFile, rename } = await files();
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    forget: async () => (await files()).rm(path, { force: true }),
  };
}
