// The gateway before sockets that read slowly: what waits before them counts as what waits in them, and what is
// published to a topic costs nothing for those who don't hear of it.

import { expect, test } from "bun:test";
import type { Topic } from "../../src/actors/delivery/gateway.ts";
import { limits } from "../../src/domain/limits.ts";
import { SmallSet } from "../../src/domain/small.ts";
import { Backlogs } from "../../src/routes/backlogs.ts";
import { BunGateway, type Socket, type Surroundings } from "../../src/routes/bun-gateway.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

class FakeSocket {
  readonly topics = new Set<string>();
  readonly sent: string[] = [];
  buffered = 0;
  is_gone = false;
  looks = 0;
  readonly data;

  constructor(session: number) {
    this.data = { session, own: `session:${session}`, people: new SmallSet(), topics: 0 };
  }

  subscribe = (topic: string) => void this.topics.add(topic);
  unsubscribe = (topic: string) => void this.topics.delete(topic);
  isSubscribed = (topic: string) => {
    this.looks += 1;
    return this.topics.has(topic);
  };
  getBufferedAmount = () => this.buffered;
  send = (text: string) => this.sent.push(text) && text.length;
  cork = (write: () => void) => write();
  close = () => {
    this.is_gone = true;
  };
  terminate = this.close;
  /** To all but itself. */
  publish: (topic: string, frame: string) => void = () => {};
}

const socketOf = (fake: FakeSocket) => fake as unknown as Socket;

function gatewayWith(fakes: readonly FakeSocket[], bounds = limits) {
  const gateway = new BunGateway(createMetrics(), bounds);
  const publish = (topic: string, frame: string, but_not?: FakeSocket) => {
    for (const fake of fakes) if (fake !== but_not && fake.topics.has(topic)) fake.sent.push(frame);
  };
  const server = {
    publish,
    subscriberCount: (topic: string) => fakes.filter(({ topics }) => topics.has(topic)).length,
  };
  const slices = { run: (work: () => void) => void work, now: () => false };
  gateway.attach({ server, slices, actors: { tell: () => true } } as unknown as Surroundings);
  for (const fake of fakes) {
    fake.publish = (topic, frame) => publish(topic, frame, fake);
    gateway.add(socketOf(fake));
  }
  return gateway;
}

const full = (session: number) =>
  Object.assign(new FakeSocket(session), { buffered: limits.socket_congested_bytes + 1 });

test("what waits before sockets counts in what waits for all together, and the slowest go first", () => {
  const fakes = [full(1), full(2), full(3)];
  const most = 10 * limits.socket_congested_bytes;
  const gateway = gatewayWith(fakes, { ...limits, sockets_backpressure_bytes: most });
  const text = "x".repeat(limits.socket_congested_bytes);
  gateway.sendAll(1, [text, text]);
  gateway.sendAll(2, [text, text, text]);
  expect(fakes.map(({ is_gone }) => is_gone)).toEqual([false, false, false]);
  for (let more = 0; more < 3; more += 1) gateway.send(1, text);
  expect(fakes.map(({ is_gone }) => is_gone)).toEqual([true, false, false]);
});

test("to a topic is published in order for those who wait, and back to Bun once nothing waits", () => {
  const [slow, other] = [full(1), new FakeSocket(2)];
  const gateway = gatewayWith([slow, other]);
  for (const session of [1, 2]) gateway.subscribe(session, "channel:5");
  gateway.sendAll(1, ["a", "b"]);
  gateway.publish("channel:5", "c");
  gateway.subscribe(1, "channel:6");
  gateway.publish("channel:6", "d");
  gateway.publish("channel:5", "e", 1);
  gateway.unsubscribe(1, "channel:6");
  gateway.publish("channel:6", "f");
  expect([slow.sent, other.sent]).toEqual([[], ["c", "e"]]);
  expect([gateway.isSubscribed(1, "channel:5"), gateway.isSubscribed(1, "channel:6")]).toEqual([true, false]);
  slow.buffered = 0;
  gateway.drained(1);
  gateway.publish("channel:5", "g");
  expect([slow.sent, other.sent]).toEqual([
    ["a", "b", "c", "d", "g"],
    ["c", "e", "g"],
  ]);
});

test("who doesn't hear of a topic is looked at once for it, however much is published to it", () => {
  const fakes = Array.from({ length: 200 }, (_, at) => full(at + 1));
  const gateway = gatewayWith(fakes);
  gateway.subscribe(1, "channel:5");
  for (const { data } of fakes) gateway.sendAll(data.session, ["a", "b"]);
  for (const fake of fakes) fake.looks = 0;
  for (let frame = 0; frame < 100; frame += 1) gateway.publish("channel:5", String(frame));
  expect(Math.max(...fakes.map(({ looks }) => looks))).toBe(1);
});

test("whoever begins and ends to wait, in any order: those who hear of a topic are those who wait and are subscribed", () => {
  const fakes = new Map(Array.from({ length: 60 }, (_, at) => [at, new FakeSocket(at)] as const));
  const backlogs = new Backlogs(1_000, (session) => socketOf(fakes.get(session) as FakeSocket));
  const subscribed = new Map<number, Set<Topic>>([...fakes.keys()].map((at) => [at, new Set()]));
  const topics: Topic[] = ["channel:1", "channel:2", "server:3"];
  let at = 1;
  for (let step = 0; step < 20_000; step += 1) {
    at = (at * 48_271) % 2_147_483_647;
    const [session, topic, act] = [at % 60, topics[(at >> 8) % 3] as Topic, (at >> 12) % 5];
    const socket = socketOf(fakes.get(session) as FakeSocket);
    if (act === 0 && !backlogs.get(session)) backlogs.begin(session);
    if (act === 1) backlogs.end(session);
    if (act === 2 && backlogs.join(socket, topic)) subscribed.get(session)?.add(topic);
    if (act === 3 && backlogs.leave(socket, topic)) subscribed.get(session)?.delete(topic);
    if (act < 4) continue;
    const waiting = [...fakes.keys()].filter((one) => backlogs.get(one) && subscribed.get(one)?.has(topic));
    expect([...backlogs.waitingOn(topic)].toSorted((one, other) => one - other)).toEqual(waiting);
    for (const one of waiting) expect(fakes.get(one)?.topics.has(topic)).toBe(false);
  }
});
