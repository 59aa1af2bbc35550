// What stands around every page: the servers, what the place at hand has beside it, and who one is.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { instance } from "../state/instance.ts";
import { is_nav_open } from "../state/nav.ts";
import { place } from "../state/places.ts";
import { all_mentions } from "../state/unread.ts";
import { ConnectionBar } from "./connection-bar.tsx";
import { MeBar } from "./me-bar.tsx";
import { Rail } from "./rail.tsx";
import { Side } from "./side.tsx";

/** Drawn again by what it shows itself, not by what the place beside it does. */
const navigation = (
  <div class="navigation">
    <Rail />
    <div class="side">
      <Side />
      <MeBar />
    </div>
  </div>
);

export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <div class="shell" data-nav={is_nav_open.value ? "open" : undefined}>
      {navigation}
      <div class="content">
        <ConnectionBar />
        {children}
      </div>
      <Title />
    </div>
  );
}

/** The title says how often one was mentioned. */
function Title() {
  const mentions = all_mentions.value;
  const { name } = instance.value;
  const { at } = place.value;
  useEffect(() => {
    if (at !== "channel" && at !== "conversation") document.title = mentions > 0 ? `(${mentions}) ${name}` : name;
  }, [mentions, name, at]);
  return null;
}
