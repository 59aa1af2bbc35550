// On a phone one column is shown at a time: whether that is the navigation now, and whether the members are.

import { signal } from "@preact/signals";

export const is_nav_open = signal(false);
/** On narrow screens the members are shown when they are asked for. */
export const are_members_open = signal(false);

export const closeNav = () => {
  is_nav_open.value = false;
};
