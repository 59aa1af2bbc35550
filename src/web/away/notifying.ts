// What the worker does with a push: shows one notification for each channel, with the number of what waits on the app's
// icon, and opens the place when it is clicked. Each push shows something, or the browser would end the subscription.

import type { PushNotice } from "../../protocol/push.ts";
import { away_words } from "../words/away.ts";

interface PushWorker {
  navigator: { setAppBadge?(count: number): Promise<void> };
  registration: { showNotification(title: string, options: object): Promise<void> };
  clients: {
    matchAll(of: { type: "window"; includeUncontrolled: true }): Promise<readonly Opened[]>;
    openWindow(path: string): Promise<unknown>;
  };
  addEventListener(type: "push", listener: (event: PushEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: ClickEvent) => void): void;
}

interface Opened {
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

interface PushEvent {
  data: { json(): unknown } | null;
  waitUntil(doing: Promise<unknown>): void;
}

interface ClickEvent {
  notification: { data: unknown; close(): void };
  waitUntil(doing: Promise<unknown>): void;
}

/** What a click tells a page that is open. */
export interface GoTo {
  type: "go";
  path: string;
}

const ICON = "/icon-192.png";

export function notify(worker: PushWorker): void {
  worker.addEventListener("push", (event) => event.waitUntil(show(worker, noticeIn(event))));
  worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(open(worker, String(event.notification.data ?? "/")));
  });
}

/** Null where it is none that this version of the pages knows. */
function noticeIn({ data }: PushEvent): PushNotice | null {
  try {
    const notice = data?.json() as PushNotice | undefined;
    return notice?.type === "message" ? notice : null;
  } catch {
    return null;
  }
}

async function show(worker: PushWorker, notice: PushNotice | null): Promise<void> {
  if (notice) await worker.navigator.setAppBadge?.(notice.badge).catch(() => {});
  const options = { icon: ICON, badge: ICON, tag: `channel-${notice?.channel_id ?? 0}`, renotify: true };
  await worker.registration.showNotification(titleOf(notice), {
    ...{ ...options, body: bodyOf(notice), data: pathOf(notice) },
  });
}

function titleOf(notice: PushNotice | null): string {
  if (!notice?.preview) return away_words.title;
  const { author, place, channel } = notice.preview;
  if (place === null) return author;
  return channel === null ? away_words.in_group(author, place) : away_words.in_channel(author, channel, place);
}

function bodyOf(notice: PushNotice | null): string {
  if (!notice?.preview) return away_words.new_messages(notice?.count ?? 1);
  return notice.preview.content || away_words.file;
}

function pathOf(notice: PushNotice | null): string {
  if (!notice) return "/";
  const { server_id, conversation_id, channel_id } = notice;
  return conversation_id === null ? `/servers/${server_id}/${channel_id}` : `/conversations/${conversation_id}`;
}

/** In a page that is open, or else in a new one. */
async function open(worker: PushWorker, path: string): Promise<void> {
  const [page] = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) return void (await worker.clients.openWindow(path));
  page.postMessage({ type: "go", path } satisfies GoTo);
  await page.focus().catch(() => {});
}
