// Through what the owners at this node speak and store. What an owner says reaches sessions here and at other nodes, in
// the order in which it was said, and nobody once its slot is another's; what it stores then is refused. What the node
// says to its own sessions rests on no slot.

import type { Gateway } from "../../actors/delivery/gateway.ts";
import type { Line } from "../../actors/delivery/line.ts";
import { LinedGateway } from "../../actors/delivery/lined-gateway.ts";
import type { Voice } from "../../actors/runtime.ts";
import type { Perform } from "../../db/engine/write.ts";
import { fencing } from "../slot-fence.ts";
import type { Holdings } from "./holdings.ts";
import type { ListenersBySlot } from "./listeners-by-slot.ts";
import { NodeGateway, type NodeGatewayParts, type Speaker } from "./node-gateway.ts";
import { RemoteListeners } from "./remote-listeners.ts";
import type { SlotView } from "./slot-view.ts";

export interface VoicesOptions extends Omit<NodeGatewayParts, "listeners"> {
  view: SlotView;
  holdings: Holdings;
  by_slot: ListenersBySlot;
  perform: Perform;
}

export class Voices {
  readonly #on: VoicesOptions;
  /** How many writes were refused, their slot being another's. */
  fenced = 0;

  constructor(options: VoicesOptions) {
    this.#on = options;
  }

  /** For what the node says to its own sessions. */
  ofNode(line: Line): Gateway {
    const speaker = { server_id: null, is_node: true, speak: (say: () => void) => say(), spares: () => false };
    return this.#gateway(line, new RemoteListeners(), speaker);
  }

  /** Of the room of that server, or, where it is null, of people. */
  of(line: Line, slot: number, server_id: number | null): Voice {
    const { holdings, by_slot, perform } = this.#on;
    const speaker = {
      ...{ server_id, is_node: false },
      speak: (say: () => void) => holdings.speak(slot, say),
      spares: () => holdings.spares(slot),
    };
    const countFenced = () => {
      this.fenced += 1;
    };
    return {
      gateway: this.#gateway(line, by_slot.of(slot), speaker),
      perform: fencing(perform, () => this.#fenceOf(slot), countFenced),
    };
  }

  #gateway(line: Line, listeners: RemoteListeners, speaker: Speaker): Gateway {
    return new LinedGateway(line, new NodeGateway({ ...this.#on, listeners }, speaker));
  }

  #fenceOf(slot: number) {
    const { me, view } = this.#on;
    const { node, epoch } = view.of(slot);
    return node === me ? ([me, slot, epoch] as const) : null;
  }
}
