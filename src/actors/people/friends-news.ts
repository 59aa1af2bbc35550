// What friends hear of how people look, and how many people others see online. Each change is told once, in the turn in
// which it came to be; whoever calls says how the person looked before.

import { type Person, presenceDiff, type SeenPresence } from "../../domain/presence.ts";
import type { Gateway } from "../delivery/gateway.ts";
import { announcement } from "./announcements.ts";

export class FriendsNews {
  readonly #gateway: Gateway;
  readonly #onCount: (online: number) => void;
  #online = 0;

  constructor(gateway: Gateway, onCount: (online: number) => void) {
    this.#gateway = gateway;
    this.#onCount = onCount;
  }

  /** Users whom others see online. */
  get online(): number {
    return this.#online;
  }

  tell(person: Person, before: SeenPresence, after: SeenPresence): void {
    for (const change of presenceDiff(before, after)) {
      if (change === "came_online") this.#count(+1);
      if (change === "went_offline") this.#count(-1);
      for (const frame of announcement(change, person, after)) this.#gateway.publish(`friends:${person.id}`, frame);
    }
  }

  /** Somebody is seen online of whom nobody has to be told. */
  countOne(): void {
    this.#count(+1);
  }

  /** Nobody is seen from here any more; nobody is told. */
  end(): void {
    this.#count(-this.#online);
  }

  #count(more: number): void {
    this.#online += more;
    this.#onCount(this.#online);
  }
}
