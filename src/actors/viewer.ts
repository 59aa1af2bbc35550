// Who looks at people, with those of them who hide from the viewer, made of how the people were listed.

import { FROM_OWNER, FROM_VIEWER, type Hides } from "../db/queries/blocks.ts";
import type { Viewer } from "./people/calls.ts";

export function viewerOf(user_id: number, listed: readonly { user_id: number; hides: Hides }[]): Viewer {
  const hiding = (bit: number) => listed.flatMap((one) => ((one.hides & bit) !== 0 ? one.user_id : []));
  return { user_id, blockers: hiding(FROM_VIEWER), owner_blockers: hiding(FROM_OWNER) };
}
