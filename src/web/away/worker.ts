// The service worker: it keeps the pages' own files, and answers with them when there is no connection. It never sees
// what is asked of the server itself, nor pictures: these go past it.

import { notify } from "./notifying.ts";

declare const PAGE_ASSETS: readonly string[];

interface Worker {
  location: { origin: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}

interface WorkerEvent {
  request: Request;
  waitUntil(doing: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}

const worker = self as unknown as Worker;
const DOCUMENT = "/";
const OTHERS = ["/manifest.webmanifest", "/icon.svg", "/icon-192.png"];
/** Another set of files is another store. */
const STORE = `pages ${PAGE_ASSETS.join(" ")}`;

async function keep(): Promise<void> {
  const store = await caches.open(STORE);
  const document = new Request(DOCUMENT, { headers: { accept: "text/html" }, cache: "no-cache" });
  await store.addAll([document, ...PAGE_ASSETS, ...OTHERS]);
  await worker.skipWaiting();
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== STORE).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The server's own, and the kept one where the server can't be reached. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(STORE)).match(DOCUMENT, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

async function file(request: Request): Promise<Response> {
  const kept = await (await caches.open(STORE)).match(request, { ignoreVary: true });
  return kept ?? fetch(request);
}

notify(self as unknown as Parameters<typeof notify>[0]);
worker.addEventListener("install", (event) => event.waitUntil(keep()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate" && !pathname.startsWith("/api/")) event.respondWith(page(request));
  else if (PAGE_ASSETS.includes(pathname) || OTHERS.includes(pathname)) event.respondWith(file(request));
});
