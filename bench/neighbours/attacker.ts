// The attacker, in a process of its own: makes the attack that it is told to, until it is told to end it.

import { Attacker } from "./attack.ts";
import { attacks } from "./attacks.ts";
import { ownOf, type Size } from "./land.ts";

export type Order = { attack: number; origin: string; size: Size } | "end";
/** `begun`: it is ready and goes on; `ended`: nothing of it goes on, and what its requests were answered. */
export type Report =
  | { said: "begun" }
  | { said: "ended"; answers: Record<string, number> }
  | { said: "failed"; why: string };

let attacker: Attacker | null = null;
const say = (report: Report) => process.send?.(report);
const fail = (error: unknown) => say({ said: "failed", why: error instanceof Error ? error.message : String(error) });

process.on("message", (order: Order) => {
  if (order === "end") {
    attacker?.end();
    say({ said: "ended", answers: attacker?.answers ?? {} });
    attacker = null;
    return;
  }
  // Another address each, so that none pays for what another has done.
  const address = `198.51.100.${order.attack + 1}`;
  const own = new Attacker(order.origin, address, ownOf(order.attack), order.size);
  attacker = own;
  void own.begun.then(() => say({ said: "begun" }));
  attacks[order.attack]?.run(own).catch((error) => own === attacker && fail(error));
});
// A request that the server cut off with its socket is no fault of the attack.
process.on("unhandledRejection", () => {});
process.on("disconnect", () => process.exit());
