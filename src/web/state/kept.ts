// What the browser keeps between visits: the token, and the client's snapshot with whatever wasn't sent yet. All of it
// goes with the log-in that it belongs to.

import type { Ready } from "../../client/index.ts";

type Self = Pick<Ready, "user" | "limits">;

const TOKEN = "orchard.token";
const SELF = "orchard.self";
const DATABASE = "orchard";
const STORE = "snapshots";
const ENTRY = "last";

export const readToken = (): string | null => localStorage.getItem(TOKEN);
export const writeToken = (token: string) => localStorage.setItem(TOKEN, token);

/** Who is logged in, as the server said last. */
export const writeSelf = ({ user, limits }: Self) => localStorage.setItem(SELF, JSON.stringify({ user, limits }));
export function readSelf(): Self | null {
  try {
    return JSON.parse(localStorage.getItem(SELF) ?? "null") as Self | null;
  } catch {
    return null;
  }
}

/** Calls when another tab logged in or out. */
export function onTokenElsewhere(run: (token: string | null) => void): void {
  addEventListener("storage", ({ key, newValue }) => {
    if (key === TOKEN || key === null) run(key === null ? null : newValue);
  });
}

/** Where there is no database, as in some private windows, nothing is kept. */
async function inStore<Value>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value | null> {
  try {
    const database = await opened();
    const asked = ask(database.transaction(STORE, mode).objectStore(STORE));
    return await new Promise((resolve) => {
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
    });
  } catch {
    return null;
  }
}

let opening: Promise<IDBDatabase> | null = null;
function opened(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

export const readSnapshot = () => inStore<string>("readonly", (store) => store.get(ENTRY));
export const writeSnapshot = (text: string) => inStore("readwrite", (store) => store.put(text, ENTRY));

export async function forgetAll(): Promise<void> {
  localStorage.removeItem(TOKEN);
  localStorage.removeItem(SELF);
  sessionStorage.clear();
  await inStore("readwrite", (store) => store.clear());
}
