// The wire over a real NATS server: order, size, and what is left after the server was killed.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Item, PeerId } from "../../src/cluster/streams/envelope.ts";
import { Links } from "../../src/cluster/streams/links.ts";
import { connectNats, type NatsWire } from "../../src/cluster/streams/nats-wire.ts";
import { hasNats, Nats } from "../harness/nats.ts";

const [A, B] = ["1.1", "2.1"] as const;

interface Node {
  links: Links;
  wire: NatsWire;
  heard: Item[];
  losses: number;
  reached: boolean[];
  /** Resolves once this holds. */
  until(holds: () => boolean): Promise<void>;
}

describe.skipIf(!hasNats)("over NATS", () => {
  let nats: Nats;
  let [a, b]: [Node, Node] = [] as never;
  beforeAll(async () => {
    nats = await Nats.start();
    [a, b] = await Promise.all([join(A, B), join(B, A)]);
    await Promise.all([a.until(() => a.links.isKnownTo(B)), b.until(() => b.links.isKnownTo(A))]);
  });
  afterAll(async () => {
    for (const { links, wire } of [a, b]) {
      links.close();
      await wire.close();
    }
    await nats.stop();
  });

  async function join(me: PeerId, other: PeerId): Promise<Node> {
    let waiting: { holds: () => boolean; resolve: () => void }[] = [];
    const look = () => {
      const over = waiting.filter(({ holds }) => holds());
      waiting = waiting.filter((one) => !over.includes(one));
      for (const { resolve } of over) resolve();
    };
    const reached: boolean[] = [];
    const onReach = (is_reached: boolean) => {
      reached.push(is_reached);
      look();
    };
    const wire = await connectNats({ servers: [nats.url], cluster: "test", name: me, database: "a", onReach });
    const node: Node = {
      ...{ wire, reached, heard: [], losses: 0 },
      until: (holds) => (holds() ? Promise.resolve() : new Promise((resolve) => void waiting.push({ holds, resolve }))),
      links: new Links({
        ...{ me, wire, beat_ms: 20, silence_ms: 1_000, waiting_bytes: 2 ** 26 },
        clock: () => performance.now(),
        onItems: (_peer, items) => {
          node.heard.push(...items);
          look();
        },
        onKnown: look,
        onLost: () => {
          node.losses += 1;
          look();
        },
        onUnheard: look,
        onSilence: look,
      }),
    };
    node.links.setPeers([me, other]);
    return node;
  }

  test("10,000 items of many turns arrive in their order, whole, with what is longer than NATS carries", async () => {
    const long = "apple ".repeat(400_000);
    for (let number = 0; number < 10_000; number += 1) {
      a.links.say(B, { head: number, text: number === 5_000 ? long : `frame ${number}` });
      if (number % 10 === 0) await null;
    }
    await b.until(() => b.heard.length >= 10_000 || b.losses > 0);
    expect(b.losses).toBe(0);
    expect(b.heard.map(({ head }) => head)).toEqual(Array.from({ length: 10_000 }, (_, number) => number));
    expect(b.heard[5_000]?.text).toBe(long);
  });

  test("a server that is killed and comes back loses nothing in silence, and all is said again", async () => {
    b.heard.length = 0;
    b.losses = 0;
    const said: number[] = [];
    const say = () => {
      said.push(said.length);
      a.links.say(B, { head: said.length - 1 });
    };
    for (let number = 0; number < 100; number += 1) say();
    await nats.kill();
    await Promise.all([a, b].map((node) => node.until(() => node.reached.includes(false))));
    for (let number = 0; number < 100; number += 1) say();
    await nats.restart();
    await Promise.all([a, b].map((node) => node.until(() => node.reached.at(-1) === true)));
    const goOn = setInterval(say, 5);
    await b.until(() => Number(b.heard.at(-1)?.head ?? -1) >= 250);
    clearInterval(goOn);
    const heard = b.heard.map(({ head }) => Number(head));
    expect(heard).toEqual(heard.toSorted((one, other) => one - other));
    expect(new Set(heard).size).toBe(heard.length);
    const missing = heard.some((number, at) => number !== at);
    if (missing) expect(b.losses).toBeGreaterThan(0);
  }, 60_000);
});
