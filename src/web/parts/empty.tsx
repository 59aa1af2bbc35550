// Where there is nothing yet: what would be here, and how it comes.

import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

export function Empty({
  icon,
  title,
  text,
  children,
}: {
  icon: IconName;
  title: string;
  text?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}
