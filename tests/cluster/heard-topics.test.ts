// How far the sessions of a node have heard of rooms.

import { describe, expect, test } from "bun:test";
import { HeardTopics } from "../../src/cluster/node/heard-topics.ts";

const SERVER = 4;
const [ONE, TWO] = [101, 102];
const event = (topic: string, seq: number) => `{"type":"message_added","topic":"${topic}","seq":${seq},"data":{}}`;

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
    expect(heard.isResuming(ONE, SERVER)).toBe(true);
    expect(heard.resuming(SERVER)).toEqual([]);
    expect(heard.subscribed(ONE, "channel:2", SERVER, 30)).toBe(false);
    heard.unsubscribed(ONE, "channel:1");
    expect(heard.resumed(ONE, SERVER)).toBe(true);
    expect(heard.resumed(ONE, SERVER)).toBe(false);
    expect([...heard.servers]).toEqual([]);
  });

  test("leaves nothing behind when it has ended, in the midst of it or not", () => {
    const heard = new HeardTopics();
    heard.subscribed(ONE, "channel:1", SERVER, 10);
    heard.subscribed(TWO, "channel:1", SERVER, 10);
    heard.resuming(SERVER);
    heard.drop(ONE);
    expect(heard.isResuming(ONE, SERVER)).toBe(false);
    heard.drop(TWO);
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
