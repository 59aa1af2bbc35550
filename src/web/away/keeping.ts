// Has the browser keep the pages themselves, so that they open without a connection.

import { go } from "../state/places.ts";
import type { GoTo } from "./notifying.ts";

export function keepPages(): void {
  if (!("serviceWorker" in navigator)) return;
  // Its address is the one text here that the browser runs as a program.
  const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("orchard", {
    createScriptURL: (url) => url,
  });
  const worker = policy ? policy.createScriptURL("/worker.js") : "/worker.js";
  void navigator.serviceWorker.register(worker as string, { scope: "/" }).catch(() => {});
}

/** A notification was clicked: its place is opened here. */
export function followClicks(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent<Partial<GoTo> | null>) => {
    if (data?.type === "go" && typeof data.path === "string") go(data.path);
  });
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: "/worker.js"): unknown };
}
