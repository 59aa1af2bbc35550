// The pages that belong together, as a list beside them.

import { Icon } from "../parts/icon.tsx";
import { closeNav } from "../state/nav.ts";
import { words } from "../words.ts";

export interface Tab {
  href: string;
  name: string;
}

export function TabList({
  title,
  tabs,
  current,
  back,
}: {
  title: string;
  tabs: Tab[];
  current: string;
  back?: string;
}) {
  return (
    <nav class="places" aria-label={title}>
      <div class="side-head">
        {back && (
          <a class="icon-button" href={back} aria-label={words.server.back} title={words.server.back}>
            <Icon name="back" />
          </a>
        )}
        <h2>{title}</h2>
      </div>
      <ul class="side-list">
        {tabs.map(({ href, name }) => (
          <li key={href}>
            <a href={href} aria-current={href === current ? "page" : undefined} onClick={closeNav}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
