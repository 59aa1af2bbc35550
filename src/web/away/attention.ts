// Whether somebody sits before this page, as the server is told: they do while it is seen and something moves now and
// then. Who comes back has seen what waited: the notifications and the number on the icon go.

import type { Client } from "../../client/index.ts";

const IDLE_MS = 5 * 60_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel"] as const;

export function followAttention(client: Client): () => void {
  let is_active = true;
  /** What this session was told; a new one takes it that somebody is there. */
  let told = true;
  let last_sign = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = () => {
    if (told === is_active || client.state !== "ready") return;
    told = is_active;
    void client.ask("set_active", { active: is_active }).catch(() => {});
  };
  const look = () => {
    const idle_ms = performance.now() - last_sign;
    const was_active = is_active;
    is_active = document.visibilityState === "visible" && idle_ms < IDLE_MS;
    clearTimeout(timer);
    if (is_active) timer = setTimeout(look, IDLE_MS - idle_ms);
    if (is_active && !was_active) void forgetShown();
    tell();
  };
  const sign = () => {
    last_sign = performance.now();
    if (!is_active) look();
  };
  const onVisibility = () => {
    if (document.visibilityState === "visible") last_sign = performance.now();
    look();
  };
  const onSynced = client.on("synced", () => {
    told = true;
    tell();
  });
  for (const one of SIGNS) addEventListener(one, sign, { passive: true });
  document.addEventListener("visibilitychange", onVisibility);
  look();
  void forgetShown();
  return () => {
    clearTimeout(timer);
    onSynced();
    for (const one of SIGNS) removeEventListener(one, sign);
    document.removeEventListener("visibilitychange", onVisibility);
  };
}

/** What was shown while nobody looked. */
export async function forgetShown(): Promise<void> {
  await navigator.clearAppBadge?.().catch(() => {});
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
}
