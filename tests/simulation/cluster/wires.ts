// What carries messages between the nodes of a simulation, as NATS does: in their order from one to another, at most
// once, unless the weather has it otherwise. A node may be cut off for a while.

import type { PeerId } from "../../../src/cluster/streams/envelope.ts";
import type { NatsWire } from "../../../src/cluster/streams/nats-wire.ts";
import type { Random } from "../../harness/random.ts";
import type { ProcessTime, VirtualTime } from "../time.ts";
import type { Weather } from "../weather.ts";

export interface WiresParts {
  time: VirtualTime;
  weather: Weather;
  random: Random;
}

interface Ear {
  process: ProcessTime;
  hear(bytes: Uint8Array): void;
}

const in_order = { is_reached: true, reconnects: 0, refusal: null, is_guarded: true };
/** Short, so that long items come in pieces. */
const MESSAGE_BYTES = 16_000;

export class Wires {
  readonly #on: WiresParts;
  readonly #ears = new Map<PeerId, Ear>();
  /** From whom to whom: when what was sent last arrives. */
  readonly #arrivals = new Map<string, number>();
  readonly #cut_off = new Set<ProcessTime>();
  /** Of messages: so many are lost, and so many come twice. */
  losses = 0;

  constructor(parts: WiresParts) {
    this.#on = parts;
  }

  cutOff(process: ProcessTime, for_ms: number): void {
    this.#cut_off.add(process);
    this.#on.time.afterIn(null, for_ms, () => void this.#cut_off.delete(process));
  }

  /** As the process reaches it. */
  wireOf(process: ProcessTime): NatsWire {
    return {
      ...{ message_bytes: MESSAGE_BYTES, state: in_order, has_company: true },
      publish: (to, bytes) => this.#publish(process, to, bytes),
      subscribe: (me, hear) => {
        this.#ears.set(me, { process, hear });
        return () => void this.#ears.delete(me);
      },
      close: async () => {},
    };
  }

  #publish(from: ProcessTime, to: PeerId, bytes: Uint8Array): void {
    const { random, weather } = this.#on;
    const ear = this.#ears.get(to);
    if (!ear || this.#cut_off.has(from) || this.#cut_off.has(ear.process)) return;
    const chance = weather.isClear ? 1 : random.next();
    if (chance < this.losses) return;
    this.#send(from, ear, `${to}`, bytes);
    if (chance < this.losses * 2) this.#send(from, ear, `${to}`, bytes);
  }

  #send(from: ProcessTime, ear: Ear, to: string, bytes: Uint8Array): void {
    const { time, weather } = this.#on;
    const pair = `${from.number} ${to}`;
    const at_ms = Math.max(this.#arrivals.get(pair) ?? 0, time.now_ms + weather.networkMs());
    this.#arrivals.set(pair, at_ms);
    const copy = bytes.slice();
    time.at(at_ms, () => {
      if (!this.#cut_off.has(ear.process)) ear.hear(copy);
    }).process = ear.process;
  }
}
