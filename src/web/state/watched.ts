// Whether somebody looks at the page.

import { signal } from "@preact/signals";

const look = () => document.visibilityState === "visible" && document.hasFocus();
export const is_watched = signal(look());

for (const type of ["focus", "blur"]) addEventListener(type, () => update());
document.addEventListener("visibilitychange", () => update());

function update(): void {
  is_watched.value = look();
}
