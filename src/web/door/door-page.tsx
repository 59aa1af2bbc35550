// What every page of the door has: whose door it is, what it is for, and why one stands before it again.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { pictureOf } from "../parts/avatar.tsx";
import { turned_away } from "../state/account.ts";
import { instance } from "../state/instance.ts";
import { words } from "../words.ts";

export function DoorPage({ title, text, children }: { title: string; text?: string; children: ComponentChildren }) {
  const reason = turned_away.value;
  const of_reason = words.door.turned_away[reason as keyof typeof words.door.turned_away];
  useEffect(() => {
    document.title = `${title} · ${instance.value.name}`;
  }, [title, instance.value.name]);
  return (
    <div class="door">
      <main>
        <div class="brand">
          <img src={pictureOf(instance.value.icon) ?? "/icon.svg"} alt="" />
          <h1>{title}</h1>
          {text && <p>{text}</p>}
        </div>
        {of_reason && (
          <p class="alert" role="alert">
            {of_reason}
          </p>
        )}
        {children}
      </main>
    </div>
  );
}
