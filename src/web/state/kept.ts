// What the browser keeps between visits: the token, and the client's snapshot with whatever wasn't sent yet. All of it
// goes with the log-in that it belongs to.

import { type CloseReason, placeOf, type Ready } from "../../client/index.ts";

type Self = Pick<Ready, "user" | "limits">;

const TOKEN = "orchard.token";
const SELF = "orchard.self";
const OWNER = "orchard.owner";
const TURNED_AWAY = "orchard.turned_away";

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

const ownerNow = () => String(readSelf()?.user.id ?? "");

/** What this tab keeps. A tab that was away meanwhile may still keep what was another's: that is taken from it. */
export function readOfTab(key: string): string | null {
  const owner = sessionStorage.getItem(OWNER);
  if (owner === ownerNow()) return sessionStorage.getItem(key);
  if (owner !== null) forgetTab();
  return null;
}

export function writeOfTab(key: string, text: string): void {
  sessionStorage.setItem(OWNER, ownerNow());
  sessionStorage.setItem(key, text);
}

/** For the page that begins next in this tab. */
export const noteTurnedAway = (reason: CloseReason) => sessionStorage.setItem(TURNED_AWAY, reason);
export const readTurnedAway = () => sessionStorage.getItem(TURNED_AWAY) as CloseReason | null;

/** Calls when another tab logged in or out, also while this page was put aside for a way back to it. */
export function onTokenElsewhere(run: (token: string | null) => void): void {
  addEventListener("storage", ({ key, newValue }) => {
    if (key === TOKEN || key === null) run(key === null ? null : newValue);
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) run(readToken());
  });
}

/** Where there is no database, as in some private windows, nothing is kept. */
const place = placeOf({ in: "indexedDB", name: "orchard" });

export const readSnapshot = () => place.read().catch(() => null);
export const writeSnapshot = (text: string) => place.write(text).catch(() => {});

export const forgetTab = () => sessionStorage.clear();

export async function forgetAll(): Promise<void> {
  localStorage.removeItem(TOKEN);
  localStorage.removeItem(SELF);
  forgetTab();
  await place.forget().catch(() => {});
}
