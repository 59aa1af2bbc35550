// All attacks, in the order in which they are made and shown.

import type { Attack } from "./attack.ts";
import { door_attacks } from "./doors.ts";
import { frame_attacks } from "./frames.ts";
import { list_attacks } from "./lists.ts";
import { room_attacks } from "./rooms.ts";

export const attacks: readonly Attack[] = [...room_attacks, ...list_attacks, ...frame_attacks, ...door_attacks];
