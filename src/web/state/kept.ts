// What the browser keeps between visits: the token, and the client's snapshot with whatever wasn't sent yet. All of it
// goes with the log-in that it belongs to.

import { placeOf, type Ready } from "../../client/index.ts";

type Self = Pick<Ready, "user" | "limits">;

const TOKEN = "orchard.token";
const SELF = "orchard.self";

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
const place = placeOf({ in: "indexedDB", name: "orchard" });

export const readSnapshot = () => place.read().catch(() => null);
export const writeSnapshot = (text: string) => place.write(text).catch(() => {});

export async function forgetAll(): Promise<void> {
  localStorage.removeItem(TOKEN);
  localStorage.removeItem(SELF);
  sessionStorage.clear();
  await place.forget().catch(() => {});
}
