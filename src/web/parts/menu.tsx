// A button that opens a short list of things to do: arrows go through it, Escape closes it, and focus comes back.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

export interface Action {
  name: string;
  icon?: IconName;
  is_danger?: boolean;
  run(): void;
}

interface MenuProps {
  label: string;
  actions: Action[];
  align?: "start" | "end";
  children: ComponentChildren;
}

export function Menu({ label, actions, align = "start", children }: MenuProps) {
  const [is_open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!is_open) return;
    items(box.current)[0]?.focus();
    const onOutside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onOutside);
    return () => document.removeEventListener("pointerdown", onOutside);
  }, [is_open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the menu in it.
    <div class="menu-box" ref={box} onKeyDown={(event) => is_open && onKey(event, box.current, close)}>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={is_open}
        onClick={() => setOpen(!is_open)}
      >
        {children}
      </button>
      {is_open && (
        <div class={`menu ${align}`} role="menu" aria-label={label}>
          {actions.map(({ name, icon, is_danger, run }) => (
            <button
              key={name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={is_danger ? "danger" : undefined}
              onClick={() => {
                close();
                run();
              }}
            >
              {icon && <Icon name={icon} />}
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

const items = (box: HTMLElement | null) => [...(box?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];

function onKey(event: KeyboardEvent, box: HTMLElement | null, close: () => void): void {
  const all = items(box);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (event.key === "Escape" || event.key === "Tab") close();
  if (to !== undefined) all[to % all.length]?.focus();
  if (event.key === "Escape" || to !== undefined) {
    event.preventDefault();
    event.stopPropagation();
  }
}
