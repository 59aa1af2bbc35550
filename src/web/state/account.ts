// Who is logged in here, and the client that goes with it: from a log-in, or from what the browser kept, to its end.
// When it ends nothing of it stays.

import { signal } from "@preact/signals";
import {
  type Client,
  type ClientState,
  type CloseReason,
  callHttp,
  createClient,
  type RequestError,
  UnreadCounts,
} from "../../client/index.ts";
import { followAttention } from "../away/attention.ts";
import { forgetTelling, renewTelling } from "../away/telling.ts";
import { client, ready, takeAll, takeChanges } from "./cache.ts";
import {
  forgetAll,
  onTokenElsewhere,
  readSelf,
  readSnapshot,
  readToken,
  writeSelf,
  writeSnapshot,
  writeToken,
} from "./kept.ts";
import { followOutbox } from "./outbox.ts";
import { forgetPeople } from "./people.ts";
import { follow as followPushes } from "./pushes.ts";
import { followTyping } from "./typing.ts";
import { followUnread, forgetUnread } from "./unread.ts";
import { whenIdle } from "./when-idle.ts";

export const url = location.origin;
/** `unknown` until the browser was asked what it keeps. */
export const standing = signal<"unknown" | "out" | "in">("unknown");
export const connection = signal<ClientState>("connecting");
export const trouble = signal<RequestError | null>(null);
/** The servers and how far one has read are known. */
export const is_loaded = signal(false);
/** Why one was logged out, when it was not one's own wish. */
export const turned_away = signal<CloseReason | null>(null);

/** Of quiet; where there is none, it is saved all the same after the other. */
const SAVE_AFTER_MS = 1_000;
const SAVE_AT_LATEST_MS = 15_000;
/** Of the latest, so many are there from the beginning. */
const CONVERSATIONS = 50;
const FAST = { backoff_first_ms: 500, backoff_max_ms: 15_000 };

export async function begin(): Promise<void> {
  onTokenElsewhere((token) => {
    if (token !== client.value?.token) location.reload();
  });
  const token = readToken();
  if (!token) {
    standing.value = "out";
    return;
  }
  ready.value = readSelf();
  enter(token, await readSnapshot());
}

export async function logIn(username: string, password: string): Promise<void> {
  const { token } = await callHttp("login", { url, body: { username, password } });
  admit(token);
}

/** Makes the account and logs in to it. */
export async function register(body: { username: string; password: string; invite?: string }): Promise<void> {
  await callHttp("register", { url, body });
  await logIn(body.username, body.password);
}

/** Goes on with a token that was just given. */
export function admit(token: string): void {
  writeToken(token);
  turned_away.value = null;
  client.value?.close();
  enter(token, null);
}

function enter(token: string, snapshot: string | null): void {
  const mine = createClient({ url, token, snapshot, ...FAST });
  const unread = new UnreadCounts(mine);
  client.value = mine;
  is_loaded.value = mine.cache.servers_listed;
  const ends = [followUnread(unread), followTyping(mine), followOutbox(mine), followPushes(mine), saveOften(mine)];
  ends.push(followAttention(mine));
  mine.on("state", (state) => {
    connection.value = state;
    if (state === "syncing" && mine.ready) {
      ready.value = mine.ready;
      writeSelf(mine.ready);
    }
  });
  mine.on("trouble", ({ error }) => {
    trouble.value = error;
  });
  mine.on("synced", () => {
    trouble.value = null;
    void load();
  });
  mine.on("change", takeChanges);
  mine.on("event", (event) => {
    if (event.type === "user_changed" && event.data.id === mine.ready?.user.id && ready.value) {
      const { status: _, ...changes } = event.data;
      ready.value = { ...ready.value, user: { ...ready.value.user, ...changes } };
    }
  });
  mine.on("closed", (reason) => {
    for (const end of ends) end();
    unread.close();
    if (reason !== "program") void leave(reason);
  });
  standing.value = "in";
  takeAll();
  void renewTelling({ url, token }).catch(() => {});
  void mine.connect().catch(() => {});
}

/** What every page needs. */
async function load(): Promise<void> {
  const mine = client.value;
  if (!mine) return;
  const { servers_listed, friends, conversations, notification_settings } = mine.cache;
  const wanted: Promise<unknown>[] = [];
  if (!servers_listed) wanted.push(mine.ask("get_servers"));
  if (!friends) wanted.push(mine.ask("get_friends"));
  if (!conversations) wanted.push(mine.ask("get_conversations", { amount: CONVERSATIONS, anchor: 0 }));
  if (!notification_settings) wanted.push(mine.ask("get_notification_settings"));
  const self_id = mine.ready?.user.id;
  if (self_id) wanted.push(mine.ask("get_user", { user_id: self_id }));
  await Promise.allSettled(wanted);
  is_loaded.value = true;
  await loadChannels(mine);
}

/** Which channels are whose: by that a server that wasn't opened yet shows what is unread in it. */
async function loadChannels(mine: Client): Promise<void> {
  for (const { id } of [...mine.cache.servers.values()]) {
    const server = mine.cache.servers.get(id);
    if (server && !server.channels) await mine.ask("get_server_channels", { server_id: id }).catch(() => {});
  }
}

/**
 * The snapshot is written once nothing has changed for a moment, and when the page is left. To write it takes the longer
 * the more is kept: nobody is to feel it while they read back, or while much is said.
 */
function saveOften(mine: NonNullable<typeof client.value>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let cancel = () => {};
  let changed_at: number | null = null;
  const forget = () => {
    clearTimeout(timer);
    cancel();
    changed_at = null;
  };
  const save = () => {
    forget();
    if (standing.value === "in") void writeSnapshot(mine.snapshot());
  };
  const later = () => {
    const now = performance.now();
    changed_at ??= now;
    clearTimeout(timer);
    const wait_ms = Math.min(SAVE_AFTER_MS, changed_at + SAVE_AT_LATEST_MS - now);
    timer = setTimeout(() => {
      cancel = whenIdle(save);
    }, wait_ms);
  };
  const onHide = () => {
    if (document.visibilityState === "hidden") save();
  };
  const ends = [mine.on("change", later), mine.on("delivery", later)];
  document.addEventListener("visibilitychange", onHide);
  return () => {
    forget();
    document.removeEventListener("visibilitychange", onHide);
    for (const end of ends) end();
  };
}

async function leave(reason: CloseReason | null): Promise<void> {
  standing.value = "out";
  turned_away.value = reason;
  client.value = null;
  ready.value = null;
  is_loaded.value = false;
  forgetUnread();
  forgetPeople();
  await Promise.all([forgetAll(), forgetTelling()]);
}

export async function logOut(): Promise<void> {
  const mine = client.value;
  const token = mine?.token;
  mine?.close();
  await leave(null);
  // Here it is over; whether the server could be told makes no difference to who sits here.
  if (token) await callHttp("logout", { url, token }).catch(() => {});
}

/** A changed password brings a new token; the old one's sockets are closed. */
export async function changePassword(password: string, new_password: string): Promise<void> {
  const old = client.value;
  const { token } = await callHttp("change_password", {
    url,
    body: { password, new_password },
    ...(old?.token && { token: old.token }),
  });
  const snapshot = old?.snapshot() ?? null;
  writeToken(token);
  old?.close();
  enter(token, snapshot);
}
