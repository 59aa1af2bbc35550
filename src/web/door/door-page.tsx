// What every page of the door has: whose door it is, what it is for, and why one stands before it again.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { pictureOf } from "../parts/avatar.tsx";
import { turned_away } from "../state/account.ts";
import { instance } from "../state/instance.ts";
import { words } from "../words.ts";
import { Invited, InvitedSkeleton, type Inviting } from "./invited.tsx";

interface DoorPageProps {
  title: string;
  text?: string;
  invited?: Inviting;
  children: ComponentChildren;
}

export function DoorPage({ title, text, invited = null, children }: DoorPageProps) {
  const reason = turned_away.value;
  const of_reason = words.door.turned_away[reason as keyof typeof words.door.turned_away];
  useEffect(() => {
    document.title = `${title} · ${instance.value.name}`;
  }, [title, instance.value.name]);
  return (
    <div class="door">
      <main>
        <Head {...{ title, text, invited }} />
        {invited === "nowhere" && <p class="note">{words.door.no_server}</p>}
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

function Head({ title, text, invited }: Omit<DoorPageProps, "children">) {
  if (invited && invited !== "nowhere") {
    return (
      <div class="invited" aria-busy={invited === "asking"}>
        <p class="hint">{words.door.invited_to}</p>
        {invited === "asking" ? <InvitedSkeleton /> : <Invited server={invited} />}
        {text && <p class="hint">{text}</p>}
      </div>
    );
  }
  return (
    <div class="brand">
      <img src={pictureOf(instance.value.icon) ?? "/icon.svg"} alt="" />
      <h1>{title}</h1>
      {text && <p>{text}</p>}
    </div>
  );
}
