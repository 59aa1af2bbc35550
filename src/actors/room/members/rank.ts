// Whether one member ranks above another, who may act on them then.

import type { Member } from "../../../domain/community.ts";
import { outranks } from "../../../domain/permissions.ts";
import { failure } from "../../../protocol/outcome.ts";
import type { Room } from "../room.ts";

export const ranksTooHigh = () => failure("forbidden", "They rank as high as you, or higher.");

/** Whether the one may act on the other. */
export function isBelow({ structure }: Pick<Room, "structure">, asker: Member, other: Member): boolean {
  return outranks(structure.standing(asker), structure.standing(other));
}
