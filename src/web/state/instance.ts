// What the server is called, as it says at its root.

import { signal } from "@preact/signals";

export const instance = signal<{ name: string; icon: string | null }>({ name: "orchard", icon: null });

export async function lookAtInstance(): Promise<void> {
  try {
    const answer = await fetch("/", { headers: { accept: "application/json" } });
    const { instance: own } = (await answer.json()) as { instance?: { name: string; icon: string } };
    if (own) instance.value = { name: own.name || "orchard", icon: own.icon || null };
  } catch {
    // Without it the program's own name stands.
  }
}
