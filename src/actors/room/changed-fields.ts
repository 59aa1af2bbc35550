// What changed between two views of one thing: what `…_updated` and `…_changed` carry beside the id.

import { isDeepStrictEqual } from "node:util";

/** The fields of `after` that differ from those of `before`; none when nothing changed. */
export function changedFields<View extends object>(before: View, after: View): Partial<View> {
  const entries = Object.entries(after) as [keyof View, View[keyof View]][];
  const changed = entries.filter(([name, value]) => !isDeepStrictEqual(value, before[name]));
  return Object.fromEntries(changed) as Partial<View>;
}

export function isEmpty(changes: object): boolean {
  return Object.keys(changes).length === 0;
}
