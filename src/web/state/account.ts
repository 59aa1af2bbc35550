// Who is logged in here, and the client that goes with it: from a log-in, or from what the browser kept, to its end.
// When it ends nothing of it stays: the page is loaded anew for whoever comes next, so that no part of it needs to know
// what it holds of a person.

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
  forgetTab,
  noteTurnedAway,
  onTokenElsewhere,
  readSelf,
  readSnapshot,
  readToken,
  readTurnedAway,
  writeSelf,
  writeSnapshot,
  writeToken,
} from "./kept.ts";
import { followOutbox } from "./outbox.ts";
import { follow as followPushes } from "./pushes.ts";
import { followTyping } from "./typing.ts";
import { followUnread } from "./unread.ts";
import { whenIdle } from "./when-idle.ts";

export const url = location.origin;
/** `unknown` until the browser was asked what it keeps, and again while somebody leaves: nothing is shown then. */
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
/** Who leaves waits no longer for those who are to be told. */
const LEAVE_WITHIN_MS = 5_000;
const FAST = { backoff_first_ms: 500, backoff_max_ms: 15_000 };

export async function begin(): Promise<void> {
  onTokenElsewhere((token) => {
    if (token === client.value?.token) return;
    // From here on nothing is written any more.
    standing.value = "unknown";
    client.value?.close();
    if (token === null) forgetTab();
    location.reload();
  });
  const token = readToken();
  if (!token) {
    turned_away.value = readTurnedAway();
    standing.value = "out";
    // What another tab wrote after the log-out, or could not take away.
    await Promise.all([forgetAll(), forgetTelling()]);
    return;
  }
  ready.value = readSelf();
  enter(token, await readSnapshot());
}

export async function logIn(username: string, password: string): Promise<void> {
  const { token } = await callHttp("login", { url, body: { username, password } });
  await admit(token);
}

/** Makes the account and logs in to it. */
export async function register(body: { username: string; password: string; invite?: string }): Promise<void> {
  await callHttp("register", { url, body });
  await logIn(body.username, body.password);
}

/** Goes on with a token that was just given. */
async function admit(token: string): Promise<void> {
  const other = client.value;
  if (other) {
    standing.value = "unknown";
    other.close();
    await forgetAll();
  }
  writeToken(token);
  turned_away.value = null;
  if (!other) return enter(token, null);
  // Whoever waits for this goes to the next place first.
  setTimeout(() => location.reload());
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
    if (reason === "program") return;
    void changing.then(() => {
      if (client.value === mine) void leave(reason);
    });
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

/** Ends uploads, timers and whatever else is under way, too. `told`: the server, or nobody. */
async function leave(reason: CloseReason | null, told?: Promise<unknown>): Promise<void> {
  standing.value = "unknown";
  client.value = null;
  const forgotten = forgetAll();
  if (reason) noteTurnedAway(reason);
  const late = new Promise((resolve) => setTimeout(resolve, LEAVE_WITHIN_MS));
  await Promise.race([Promise.all([forgotten, forgetTelling(), told]), late]);
  location.reload();
}

export async function logOut(): Promise<void> {
  const mine = client.value;
  const token = mine?.token;
  mine?.close();
  // Here it is over; whether the server could be told makes no difference to who sits here.
  await leave(null, token ? callHttp("logout", { url, token }).catch(() => {}) : undefined);
}

/** A changed password brings a new token; the old one's sockets are closed, which may be heard of before. */
let changing: Promise<unknown> = Promise.resolve();

export async function changePassword(password: string, new_password: string): Promise<void> {
  const old = client.value;
  const asked = callHttp("change_password", {
    url,
    body: { password, new_password },
    ...(old?.token && { token: old.token }),
  });
  changing = asked.catch(() => {});
  const { token } = await asked;
  const snapshot = old?.snapshot() ?? null;
  writeToken(token);
  old?.close();
  enter(token, snapshot);
}
