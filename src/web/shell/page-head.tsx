// The head of a page: what it is, on a phone the way back to the navigation, and what can be done with all of it.

import type { ComponentChildren } from "preact";
import { Icon } from "../parts/icon.tsx";
import { is_nav_open } from "../state/nav.ts";
import { words } from "../words.ts";

export function MenuButton() {
  return (
    <button
      type="button"
      class="icon-button menu-button"
      aria-label={words.menu}
      title={words.menu}
      onClick={() => {
        is_nav_open.value = true;
        // What was pressed is out of sight now.
        requestAnimationFrame(() => document.querySelector<HTMLElement>(".navigation [aria-current]")?.focus());
      }}
    >
      <Icon name="back" />
    </button>
  );
}

export function PageHead({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <header class="head">
      <MenuButton />
      <h1>{title}</h1>
      {children}
    </header>
  );
}
