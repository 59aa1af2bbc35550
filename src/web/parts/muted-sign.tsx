// That something is muted.

import { words } from "../words.ts";
import { Icon } from "./icon.tsx";

export const MutedSign = () => (
  <span class="muted-sign">
    <Icon name="silent" />
    <span class="hidden">{words.notifications.is_muted}</span>
  </span>
);
