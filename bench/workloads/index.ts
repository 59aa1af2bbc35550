// All workloads, in the order in which they are run and shown.

import type { Workload } from "../workload.ts";
import { durable, slowDisk } from "./durable.ts";
import { fanOut, fanOutDurable } from "./fan-out.ts";
import { idle } from "./idle.ts";
import { neighbours } from "./neighbours.ts";
import { paced } from "./paced.ts";
import { presence } from "./presence.ts";
import { reading } from "./reading.ts";
import { roomOpening } from "./room-opening.ts";
import { storm } from "./storm.ts";

export const workloads: readonly Workload[] = [
  ...[fanOut, fanOutDurable, durable, paced, presence, idle, storm],
  ...[reading, roomOpening, slowDisk, neighbours],
];
