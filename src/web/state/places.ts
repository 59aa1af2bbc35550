// Where one is in the pages: what the address says, as a value, and the ways to other places. Only addresses of one's
// own are followed.

import { computed, signal } from "@preact/signals";
import type { Message } from "../../protocol/community/entities.ts";

export type SettingsTab = "profile" | "account" | "devices" | "notifications" | "appearance" | "bots";
export type ServerTab =
  | "overview"
  | "roles"
  | "channels"
  | "sight"
  | "members"
  | "bans"
  | "invites"
  | "webhooks"
  | "audit";

export type Place =
  | { at: "home" | "login" | "register" | "friends" | "lost" }
  | { at: "admin"; section: string }
  | { at: "invite"; code: string }
  | { at: "reset" | "setup" | "email"; token: string }
  | { at: "channel"; server_id: number; channel_id: number | null; message_id: number | null }
  | { at: "conversation"; conversation_id: number; message_id: number | null }
  | { at: "settings"; tab: string }
  | { at: "server"; server_id: number; tab: string };

type Said = Pick<Message, "server_id" | "conversation_id" | "channel_id">;

const address = signal(location.pathname + location.hash);
export const place = computed<Place>(() => placeOf(address.value));

/** Whoever needs no more of the place than this isn't drawn again by every step in it. */
export const at_now = computed(() => place.value.at);
/** The server that one is in, or whose settings one sees; 0: none. */
export const server_here = computed(() => {
  const here = place.value;
  return here.at === "channel" || here.at === "server" ? here.server_id : 0;
});

addEventListener("popstate", () => {
  address.value = location.pathname + location.hash;
});
addEventListener("hashchange", () => {
  address.value = location.pathname + location.hash;
});

function placeOf(address: string): Place {
  const [path = "", token = ""] = address.split("#");
  const [first = "", ...rest] = path.split("/").filter(Boolean).map(decoded);
  const ids = rest.map((text) => (/^[1-9]\d{0,15}$/.test(text) ? Number(text) : null));
  const first_id = ids[0] ?? null;
  if (first === "") return { at: "home" };
  if (first === "login" || first === "register" || first === "friends") return { at: first };
  if (first === "admin") return { at: "admin", section: token };
  if (first === "reset" || first === "setup" || first === "email") return { at: first, token };
  if (first === "invite" && rest[0]) return { at: "invite", code: rest[0] };
  if (first === "settings") return { at: "settings", tab: rest[0] ?? "profile" };
  if (first_id === null) return { at: "lost" };
  if (first === "conversations") {
    return { at: "conversation", conversation_id: first_id, message_id: ids[1] ?? null };
  }
  if (first !== "servers") return { at: "lost" };
  const server_id = first_id;
  if (rest[1] === "settings") return { at: "server", server_id, tab: rest[2] ?? "overview" };
  return { at: "channel", server_id, channel_id: ids[1] ?? null, message_id: ids[2] ?? null };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Goes to an address of one's own; another is as if it were home. */
export function go(to: string, { replace = false } = {}): void {
  const path = /^\/(?!\/)/.test(to) && !to.includes("\\") ? to : "/";
  if (path === location.pathname + location.hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", path);
  address.value = path;
}

export const ways = {
  friends: "/friends",
  settings: (tab?: SettingsTab) => (tab ? `/settings/${tab}` : "/settings"),
  server: (server_id: number) => `/servers/${server_id}`,
  channel: (server_id: number, channel_id: number) => `/servers/${server_id}/${channel_id}`,
  conversation: (conversation_id: number) => `/conversations/${conversation_id}`,
  /** To a message in the same place as another, or as itself. */
  message: ({ server_id, conversation_id, channel_id }: Said, message_id: number) =>
    conversation_id === undefined
      ? `/servers/${server_id}/${channel_id}/${message_id}`
      : `/conversations/${conversation_id}/${message_id}`,
  serverSettings: (server_id: number, tab: ServerTab = "overview") => `/servers/${server_id}/settings/${tab}`,
  invite: (code: string) => `/invite/${encodeURIComponent(code)}`,
};

/** A click on a link of one's own goes there without loading the page again. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
    if (link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(link.pathname + link.hash);
  });
}
