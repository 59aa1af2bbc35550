// All workloads, in the order in which they are run and shown.

import type { Workload } from "../workload.ts";
import { durable, durableFloor, slowDisk } from "./durable.ts";
import { fanOut, fanOutDurable } from "./fan-out.ts";
import { idle, idleUnloaded } from "./idle.ts";
import { neighbours } from "./neighbours.ts";
import { nodesDurable, nodesFanOut } from "./nodes.ts";
import { opening } from "./opening.ts";
import { paced, singly, singlyDurable } from "./paced.ts";
import { presence, presenceDurable } from "./presence.ts";
import { reading } from "./reading.ts";
import { roomOpening } from "./room-opening.ts";
import { starting, startingParts } from "./start.ts";
import { storm } from "./storm.ts";

export const workloads: readonly Workload[] = [
  ...[fanOut, fanOutDurable, singly, singlyDurable, paced, durable, durableFloor, opening, presence, presenceDurable],
  ...[idleUnloaded, idle],
  ...[storm, starting, startingParts, reading, roomOpening, slowDisk, nodesFanOut, nodesDurable, neighbours],
];
