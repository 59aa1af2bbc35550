// The attacker, in a process of its own: makes the attack that it is told to, until it is told to end it. Who watches
// what the attack does to them lives here too. Both stand for other machines, so that their work takes no time of the
// server's cores that it wants itself: this process has the lowest priority.

import { constants, setPriority } from "node:os";
import { Attacker } from "./attack.ts";
import { attacks } from "./attacks.ts";
import { ownOf, type Size } from "./land.ts";
import { type Testimony, witnesses } from "./witnesses.ts";

export type Order = { attack: number; origin: string; size: Size } | "end";
/**
 * `begun`: it is ready and goes on; `ended`: nothing of it goes on, what its requests were answered, and how many of
 * the witnesses were let down.
 */
export type Report =
  | { said: "begun" }
  | { said: "ended"; answers: Record<string, number>; let_down: number }
  | { said: "failed"; why: string };

let attacker: Attacker | null = null;
let testimony: Testimony | undefined;
const say = (report: Report) => process.send?.(report);
const fail = (error: unknown) => say({ said: "failed", why: error instanceof Error ? error.message : String(error) });

setPriority(constants.priority.PRIORITY_LOW);
process.on("message", (order: Order) => void (order === "end" ? end() : begin(order)));
// A request that the server cut off with its socket is no fault of the attack.
process.on("unhandledRejection", () => {});
process.on("disconnect", () => process.exit());

async function begin({ attack: at, origin, size }: Exclude<Order, "end">): Promise<void> {
  const attack = attacks[at];
  if (!attack) return;
  // Another address each, so that none pays for what another has done.
  const own = new Attacker(origin, `198.51.100.${at + 1}`, ownOf(at), size);
  attacker = own;
  void own.begun.then(() => say({ said: "begun" }));
  try {
    testimony = await witnesses[attack.name]?.(origin, ownOf(at));
    if (attacker === own) await attack.run(own);
  } catch (error) {
    if (attacker === own) fail(error);
  }
}

/** The witnesses are asked while the attack goes on. */
async function end(): Promise<void> {
  const ended = attacker;
  attacker = null;
  const let_down = (await testimony?.()) ?? 0;
  testimony = undefined;
  ended?.end();
  say({ said: "ended", answers: ended?.answers ?? {}, let_down });
}
