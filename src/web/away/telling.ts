// Whether this browser is told of what is said while nobody looks: its subscription, which belongs to the log-in and goes
// with it. Must not ask for permission before somebody wants it.

import { signal } from "@preact/signals";
import { callHttp } from "../../client/index.ts";
import { forgetShown } from "./attention.ts";

interface Account {
  url: string;
  token: string;
}

export type Telling = "unknown" | "unsupported" | "denied" | "off" | "on";

export const telling = signal<Telling>("unknown");

const PREVIEWS = "orchard.previews";
export const previews = signal(localStorage.getItem(PREVIEWS) !== "off");

const isSupported = () => "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

async function standing(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** How it stands here. A subscription is the log-in's anew, which may be another by now. */
export async function renewTelling(account: Account): Promise<void> {
  if (!isSupported()) telling.value = "unsupported";
  else if (Notification.permission === "denied") telling.value = "denied";
  else if (Notification.permission === "granted" && (await standing())) await turnOn(account);
  else telling.value = "off";
}

/** Asks for permission where there is none. */
export async function turnOn(account: Account): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") {
    telling.value = Notification.permission === "denied" ? "denied" : "off";
    return;
  }
  const { key } = await callHttp("push_key", { url: account.url });
  const { endpoint, keys } = (await subscribed(key)).toJSON();
  const { p256dh = "", auth = "" } = keys ?? {};
  const body = { endpoint: endpoint ?? "", keys: { p256dh, auth }, previews: previews.value };
  await callHttp("add_push_subscription", { ...account, body });
  telling.value = "on";
}

/** One with another key, as of a server that lost its own, is replaced. */
async function subscribed(key: string): Promise<PushSubscription> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const known = await pushManager.getSubscription();
  if (known && keyOf(known) === key) return known;
  await known?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function keyOf({ options }: PushSubscription): string {
  const bytes = new Uint8Array(options.applicationServerKey ?? []);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

export async function turnOff(account: Account): Promise<void> {
  await (await standing())?.unsubscribe();
  telling.value = "off";
  await callHttp("delete_push_subscription", account);
}

export async function choosePreviews(shown: boolean, account: Account): Promise<void> {
  previews.value = shown;
  if (shown) localStorage.removeItem(PREVIEWS);
  else localStorage.setItem(PREVIEWS, "off");
  if (telling.value === "on") await turnOn(account);
}

/** The log-in has ended: nobody is told anything here any more. */
export async function forgetTelling(): Promise<void> {
  telling.value = "unknown";
  previews.value = true;
  localStorage.removeItem(PREVIEWS);
  if (!isSupported()) return;
  await standing()
    .then((subscription) => subscription?.unsubscribe())
    .catch(() => {});
  await forgetShown();
}
