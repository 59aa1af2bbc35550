// Light or dark: as the person chose on this device, or else as the system wishes.

import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";
const KEY = "orchard.theme";
const stored = localStorage.getItem(KEY);

export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");

export function followTheme(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const system = signal(dark.matches);
  dark.addEventListener("change", ({ matches }) => {
    system.value = matches;
  });
  effect(() => {
    const is_dark = theme.value === "system" ? system.value : theme.value === "dark";
    document.documentElement.dataset["theme"] = is_dark ? "dark" : "light";
  });
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
}
