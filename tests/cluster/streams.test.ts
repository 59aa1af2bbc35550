// What one node says to another: in order, once, or told as lost to both, over a wire that drops, repeats and delays.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  decodeItems,
  decodeMessage,
  encodeMessage,
  type PeerId,
  payloadsOf,
  wordItems,
} from "../../src/cluster/streams/envelope.ts";
import { Links, type LinksOptions, type Wire } from "../../src/cluster/streams/links.ts";

const [A, B] = ["1.1", "2.1"] as const;

/** A wire that carries when told to, as told to. */
function createWire(message_bytes = 4096) {
  const waiting: { to: PeerId; bytes: Uint8Array }[] = [];
  const ears = new Map<PeerId, (bytes: Uint8Array) => void>();
  const wire: Wire = {
    message_bytes,
    publish: (to, bytes) => void waiting.push({ to, bytes }),
    subscribe(me, onMessage) {
      ears.set(me, onMessage);
      return () => void ears.delete(me);
    },
  };
  const hand = ({ to, bytes }: { to: PeerId; bytes: Uint8Array }) => ears.get(to)?.(bytes);
  const carryAll = () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) hand(one);
  };
  return { wire, waiting, hand, carryAll };
}

/** What was said in it has gone out. */
const round = () => new Promise((resolve) => void setImmediate(resolve));

type Heard = { head: unknown; text?: string } | "lost";

function createNode(me: PeerId, other: PeerId, wire: Wire, more: Partial<LinksOptions> = {}) {
  const heard: Heard[] = [];
  const turns: number[] = [];
  const node = { heard, turns, unheard: 0, silences: [] as boolean[], now_ms: 0 };
  const links = new Links({
    ...{ me, wire, beat_ms: 1e9, silence_ms: 1_000, waiting_bytes: 2 ** 20 },
    clock: () => node.now_ms,
    onItems: (_peer, items) => {
      heard.push(...items);
      turns.push(items.length);
    },
    onKnown() {},
    onLost: () => void heard.push("lost"),
    onUnheard: () => {
      node.unheard += 1;
    },
    onSilence: (_peer, is_silent) => void node.silences.push(is_silent),
    ...more,
  });
  links.setPeers([me, other]);
  return Object.assign(node, { links });
}

function pair(more: Partial<LinksOptions> = {}, message_bytes?: number) {
  const carrier = createWire(message_bytes);
  const a = createNode(A, B, carrier.wire, more);
  const b = createNode(B, A, carrier.wire, more);
  /** Beats on both sides until nothing more comes of it. */
  const settle = async () => {
    for (let rounds = 0; rounds < 4; rounds += 1) {
      await null;
      a.links.beat();
      b.links.beat();
      carrier.carryAll();
    }
  };
  const close = () => {
    a.links.close();
    b.links.close();
  };
  return { ...carrier, a, b, settle, close };
}

describe("a stream", () => {
  test("hands on what is said in one round in one turn, in its order, with its texts", async () => {
    const { a, b, settle, close } = pair();
    a.links.say(B, { head: { ask: 1 }, text: '{"type":"message"}' });
    a.links.say(B, { head: ["two", null, 2.5] });
    a.links.say(B, { head: 3, text: "" });
    await settle();
    a.links.say(B, { head: 4, text: "zwölf 🍎\nlines\u2028" });
    await settle();
    expect(b.heard).toEqual([
      { head: { ask: 1 }, text: '{"type":"message"}' },
      { head: ["two", null, 2.5] },
      { head: 3, text: "" },
      { head: 4, text: "zwölf 🍎\nlines\u2028" },
    ]);
    expect(b.turns).toEqual([3, 1]);
    expect(a.heard).toEqual([]);
    close();
  });

  test("goes out once a round of the event loop, together with those to other nodes", async () => {
    const { wire, waiting } = createWire();
    const { links } = createNode(A, B, wire);
    links.setPeers([A, B, "3.1"]);
    for (const head of [1, 2, 3]) {
      await null;
      links.say(B, { head });
      links.say("3.1", { head });
    }
    const seen = new Promise((resolve) => void setImmediate(() => resolve(waiting.map(({ to }) => to))));
    expect(waiting).toEqual([]);
    expect(await seen).toEqual([B, "3.1"]);
    links.close();
  });

  test("carries what is longer than a message in pieces, and hands it on whole", async () => {
    const { a, b, settle, waiting, close } = pair({}, 256);
    const text = "äpfel ".repeat(500);
    a.links.say(B, { head: "long", text });
    a.links.say(B, { head: "after" });
    await round();
    expect(waiting.length).toBeGreaterThan(20);
    expect(Math.max(...waiting.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(256);
    await settle();
    expect(b.heard).toEqual([{ head: "long", text }, { head: "after" }]);
    expect(b.turns).toEqual([2]);
    close();
  });

  test("whose last message is lost is told as lost by the next beat, to both, once; and begins anew", async () => {
    const { a, b, waiting, settle, close } = pair();
    a.links.say(B, { head: 1 });
    await settle();
    a.links.say(B, { head: 2 });
    await round();
    waiting.length = 0;
    await settle();
    expect(b.heard).toEqual([{ head: 1 }, "lost"]);
    expect(a.unheard).toBe(1);
    a.links.say(B, { head: 3 });
    await settle();
    expect(b.heard).toEqual([{ head: 1 }, "lost", { head: 3 }]);
    expect(a.unheard).toBe(1);
    close();
  });

  test("in which something is lost is told so before whatever is said then, though the first word of that is lost", async () => {
    const { a, b, waiting, carryAll, close } = pair();
    const order: string[] = [];
    a.links.say(B, { head: 1 });
    await round();
    waiting.length = 0;
    a.links.beat();
    carryAll();
    expect(b.heard).toEqual(["lost"]);
    b.links.say(A, { head: "because of it" });
    await round();
    for (let one = waiting.shift(); one; one = waiting.shift()) order.push(decodeMessage(one.bytes)?.kind ?? "?");
    expect(order).toEqual(["beat", "items"]);
    close();
  });

  test("is heard by who comes when much has been said: as lost, then from its new beginning", async () => {
    const { wire, carryAll } = createWire();
    const a = createNode(A, B, wire);
    a.links.say(B, { head: "too early" });
    await round();
    carryAll();
    const b = createNode(B, A, wire);
    for (let rounds = 0; rounds < 3; rounds += 1) {
      a.links.beat();
      carryAll();
      b.links.beat();
      carryAll();
    }
    a.links.say(B, { head: "now" });
    await round();
    carryAll();
    expect(b.heard).toEqual(["lost", { head: "now" }]);
    a.links.close();
    b.links.close();
  });

  test("of which too much waits is broken off, and told to both", async () => {
    const { a, b, waiting, settle, close } = pair({ waiting_bytes: 10_000 });
    await settle();
    for (let number = 0; number < 20; number += 1) {
      a.links.say(B, { head: number, text: "x".repeat(1_000) });
      await round();
    }
    expect(a.unheard).toBeGreaterThan(0);
    expect(waiting.length).toBeGreaterThan(9);
    await settle();
    expect(b.heard).toContain("lost");
    a.links.say(B, { head: "after" });
    await settle();
    expect(b.heard.at(-1)).toEqual({ head: "after" });
    expect(a.links.readings().get(B)?.waiting_bytes).toBe(0);
    close();
  });

  test("of another life of a node isn't heard; nor is anything of who is no peer", async () => {
    const { wire, carryAll } = createWire();
    const b = createNode(B, A, wire);
    const next = createNode("1.2", B, wire);
    next.links.say(B, { head: "who?" });
    await round();
    carryAll();
    wire.publish(B, new TextEncoder().encode("nonsense"));
    wire.publish(B, new TextEncoder().encode("i 1.1 1 1\n[]"));
    wire.publish(B, new TextEncoder().encode("i 1.1 -1 1 0\n[]\n"));
    carryAll();
    expect(b.heard).toEqual([]);
    b.links.close();
    next.links.close();
  });

  test("with anything but items in it is lost, not guessed at", async () => {
    const { a, b, hand, settle, close } = pair();
    await settle();
    const payload = new TextEncoder().encode("[[1,400]]\nshort");
    hand({ to: B, bytes: encodeMessage({ kind: "items", from: A, stream: 1, count: 1, more: false, payload }) });
    await settle();
    expect(b.heard).toEqual(["lost"]);
    expect(a.unheard).toBe(1);
    close();
  });
});

describe("a node", () => {
  test("that says nothing for too long is silent, until it is heard again", async () => {
    const { a, b, carryAll, close } = pair();
    a.links.beat();
    carryAll();
    b.now_ms = 1_001;
    b.links.beat();
    b.links.beat();
    expect(b.silences).toEqual([true]);
    a.links.beat();
    carryAll();
    expect(b.silences).toEqual([true, false]);
    close();
  });

  test("that isn't there is told nothing, and says so", () => {
    const { a, waiting, close } = pair();
    expect(a.links.say("7.1", { head: 1 })).toBe(false);
    expect(a.links.say(A, { head: 1 })).toBe(false);
    expect(waiting).toEqual([]);
    close();
  });
});

type Deed =
  | { kind: "say"; from: 0 | 1 }
  | { kind: "beat" }
  | { kind: "carry" | "drop" | "repeat" | "late"; at: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("say" as const), from: fc.constantFrom(0 as const, 1 as const) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "beat" as const }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("carry" as const), at: fc.nat(0) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("drop" as const, "repeat" as const, "late" as const), at: fc.nat(8) }),
  },
);

test("whatever the wire does: in order, nothing twice, nothing left out unless it is told, and whole again at the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 120 }), async (deeds) => {
      const { a, b, waiting, hand, settle, close } = pair({}, 160);
      const said = [0, 0];
      for (const one of deeds) {
        if (one.kind === "say") {
          said[one.from] = (said[one.from] ?? 0) + 1;
          const text = "x".repeat(((said[one.from] ?? 0) * 37) % 150);
          (one.from === 0 ? a : b).links.say(one.from === 0 ? B : A, { head: said[one.from] ?? 0, text });
        } else if (one.kind === "beat") {
          a.links.beat();
          b.links.beat();
        } else {
          const at = Math.min(one.at, waiting.length - 1);
          const message = waiting[at];
          if (!message) continue;
          if (one.kind !== "repeat") waiting.splice(at, 1);
          if (one.kind === "late") waiting.push(message);
          else if (one.kind !== "drop") hand(message);
        }
        await round();
      }
      await settle();
      for (const { heard } of [a, b]) {
        let last = 0;
        let is_lost = false;
        for (const one of heard) {
          if (one === "lost") {
            is_lost = true;
            continue;
          }
          const number = Number(one.head);
          expect(one.text).toBe("x".repeat((number * 37) % 150));
          if (is_lost) expect(number).toBeGreaterThan(last);
          else expect(number).toBe(last + 1);
          [last, is_lost] = [number, false];
        }
      }
      // Where something is missing at the end, that was told.
      for (const [heard, count] of [
        [b.heard, said[0]],
        [a.heard, said[1]],
      ] as const) {
        const last = heard.at(-1);
        if (last !== "lost") expect(last === undefined ? 0 : Number(last.head)).toBe(count ?? 0);
      }
      a.links.say(B, { head: "end" });
      b.links.say(A, { head: "end" });
      await settle();
      expect([a.heard.at(-1), b.heard.at(-1)]).toEqual([{ head: "end" }, { head: "end" }]);
      close();
    }),
    { numRuns: 300 },
  );
});

test("what is written is read: messages and items", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constant("\n\n"));
  const items = fc.array(fc.record({ head: fc.jsonValue({ maxDepth: 2 }), text }, { requiredKeys: ["head"] }));
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 64 }), (all, bytes) => {
      const plain = JSON.parse(JSON.stringify(all));
      const pieces = payloadsOf(wordItems(all as never), bytes).map((piece) => Buffer.from(piece));
      expect(JSON.parse(JSON.stringify(decodeItems(Buffer.concat(pieces))))).toEqual(plain);
      for (const { length } of pieces) expect(length).toBeLessThanOrEqual(bytes);
    }),
  );
  const beat = {
    kind: "beat",
    from: "30.12",
    stream: 4,
    count: 9,
    heard_stream: 2,
    heard_count: 7,
    wants_anew: 2,
  } as const;
  expect(decodeMessage(encodeMessage(beat))).toEqual(beat);
});
