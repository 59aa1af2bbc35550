// What the server is called, and whether it sends mail, as it says at its root.

import { signal } from "@preact/signals";

interface Instance {
  name: string;
  icon: string | null;
  sends_mail: boolean;
}

interface Answer {
  sends_mail?: boolean;
  instance?: { name: string; icon: string };
}

export const instance = signal<Instance>({ name: "orchard", icon: null, sends_mail: false });

export async function lookAtInstance(): Promise<void> {
  try {
    const answer = await fetch("/", { headers: { accept: "application/json" } });
    const { sends_mail = false, instance: own } = (await answer.json()) as Answer;
    instance.value = { name: own?.name || "orchard", icon: own?.icon || null, sends_mail };
  } catch {
    // Without it the program's own name stands.
  }
}
