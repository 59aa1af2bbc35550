// How far the sessions of a node have heard of rooms.

import { describe, expect, test } from "bun:test";
import { HeardTopics } from "../../src/cluster/node/heard-topics.ts";

const SERVER = 4;
const [ONE, TWO] = [101, 102];
const event = (topic: string, seq: number) => `{"type":"message_added","topic":"${topic}","seq":${seq},"data":{}}`;

test("what is published of a topic is known by the head of its frame alone", () => {
  const heard = new HeardTopics();
  heard.subscribed(ONE, "channel:1", SERVER, 10);
  const frames = [
    '{"type":"typing","topic":"channel:1","data":{"text":"\\",\\"seq\\":99,"}}',
    '{"type":"message_added","topic":"channel:12","seq":98,"data":{}}',
    '{"type":"message_added","topic":"channel:1","data":{"seq":97}}',
    '{"type":"push"}',
    "",
  ];
  for (const frame of frames) heard.published("channel:1", frame);
  heard.published("channel:1", event("channel:1", 9_007_199_254_740_991));
  heard.subscribed(TWO, "channel:2", SERVER, 10);
  for (const frame of frames) heard.published("channel:2", frame);
  expect(heard.resuming(SERVER)).toEqual([
    { session: ONE, heard: { "channel:1": 9_007_199_254_740_991 } },
    { session: TWO, heard: { "channel:2": 10 } },
  ]);
});

describe("a session", () => {
  test("has heard what it was subscribed from, what was published since, and what it was sent alone", () => {
    const heard = new HeardTopics();
    heard.subscribed(ONE, "channel:1", SERVER, 10);
    heard.subscribed(ONE, "server:4", SERVER, 20);
    heard.published("channel:1", event("channel:1", 12));
    heard.sent(ONE, event("server:4", 25));
    heard.subscribed(TWO, "channel:1", SERVER, 15);
    heard.subscribed(TWO, "server:4", SERVER, 21);
    expect(heard.resuming(SERVER)).toEqual([
      { session: ONE, heard: { "channel:1": 12, "server:4": 25 } },
      { session: TWO, heard: { "channel:1": 15, "server:4": 21 } },
    ]);
  });

  test("that is resuming isn't subscribed, nor resumed once more, until it is answered", () => {
    const heard = new HeardTopics();
    heard.subscribed(ONE, "channel:1", SERVER, 10);
    expect(heard.resuming(SERVER)).toHaveLength(1);
    expect([heard.isResuming(ONE, SERVER), heard.is_any_resuming]).toEqual([true, true]);
    expect(heard.resuming(SERVER)).toEqual([]);
    expect(heard.subscribed(ONE, "channel:2", SERVER, 30)).toBe(false);
    heard.unsubscribed(ONE, "channel:1");
    expect(heard.resumed(ONE, SERVER)).toBe(true);
    expect(heard.resumed(ONE, SERVER)).toBe(false);
    expect(heard.is_any_resuming).toBe(false);
    expect([...heard.servers]).toEqual([]);
  });

  test("leaves nothing behind when it has ended, in the midst of it or not", () => {
    const heard = new HeardTopics();
    heard.subscribed(ONE, "channel:1", SERVER, 10);
    heard.subscribed(TWO, "channel:1", SERVER, 10);
    heard.resuming(SERVER);
    heard.drop(ONE);
    expect(heard.isResuming(ONE, SERVER)).toBe(false);
    expect(heard.is_any_resuming).toBe(true);
    heard.drop(TWO);
    expect(heard.is_any_resuming).toBe(false);
    expect([...heard.servers]).toEqual([]);
    // The topic's own mark went with those who heard of it.
    heard.published("channel:1", event("channel:1", 99));
    heard.subscribed(ONE, "channel:1", SERVER, 11);
    expect(heard.resuming(SERVER)).toEqual([{ session: ONE, heard: { "channel:1": 11 } }]);
  });

  test("hears of other topics without a number here", () => {
    const heard = new HeardTopics();
    heard.sent(ONE, '{"type":"user_changed","topic":"user:1","seq":5}');
    heard.unsubscribed(ONE, "channel:1");
    expect(heard.resuming(SERVER)).toEqual([]);
  });
});
