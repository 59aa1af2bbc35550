// A process that takes lines as a node does, and does nothing else: who it is, and at which port, it is told.

import { openDoor } from "../../src/cluster/lifelines/door.ts";

const [holder = "", port = "0"] = process.argv.slice(2);
process.stdout.write(`${openDoor("127.0.0.1", Number(port), holder).port}\n`);
