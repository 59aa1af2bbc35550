// What a socket takes: frames of every wrong kind are answered, and the socket lives; only abuse closes it.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits, rates } from "../../src/domain/limits.ts";
import { getFriends } from "../../src/protocol/console.ts";
import type { Frame, TestClient } from "../harness/client.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
let mallory: Present;
beforeAll(async () => {
  server = await startServer();
  mallory = await server.join();
});
afterAll(() => server.stop());

/** The only answer to the frame; the socket lives after it. */
async function answerTo(frame: string | Uint8Array | Frame, client = mallory.client): Promise<Frame> {
  client.send(frame);
  const answers = await client.rest();
  expect(answers.length).toBe(1);
  return answers[0] as Frame;
}

const badRequest = (path: string) => ({
  type: "error",
  code: "bad_request",
  message: expect.any(String),
  details: { path },
});

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

describe("a frame that is no JSON object is a bad request", () => {
  test.each([
    ["text", "hello"],
    ["a JSON text", '"ping"'],
    ["a number", "5"],
    ["a list", "[]"],
    ["a list of requests", '[{"type":"ping"}]'],
    ["null", "null"],
    ["true", "true"],
    ["broken JSON", '{"type":"ping"'],
    ["JSON and more", '{"type":"ping"}{"type":"ping"}'],
    ["with single quotes", "{'type':'ping'}"],
    ["with a byte order mark", '\ufeff{"type":"ping"}'],
    ["with a bare NUL", '{"type":"pi\0ng"}'],
    ["blanks", "   "],
    ["nothing", ""],
    ["binary", new TextEncoder().encode('{"type":"ping"}')],
    ["empty and binary", new Uint8Array()],
    ["a thousand levels deep", nested(1_000)],
    ["a thousand lists deep", `{"type":"ping","a":${"[".repeat(1_000)}${"]".repeat(1_000)}}`],
    ["one level too deep", `{"type":"ping","a":${nested(limits.frame_depth)}}`],
    ["ten thousand levels deep", nested(10_000)],
  ] as [string, string | Uint8Array][])("%s", async (_, frame) => {
    expect(await answerTo(frame)).toEqual(badRequest(""));
  });
});

describe("a type", () => {
  test.each([
    ["a number", 5],
    ["null", null],
    ["a list", ["ping"]],
    ["an object", { type: "ping" }],
    ["missing", undefined],
  ])("that is %s is a bad request", async (_, type) => {
    expect(await answerTo({ type, id: "1" })).toEqual({ id: "1", ...badRequest("type") });
  });

  test("given twice is the last one", async () => {
    expect(await answerTo('{"type":"ping","type":5}')).toEqual(badRequest("type"));
  });

  test.each([
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "",
    "PING",
    " ping",
    "ping\0",
    "\ud800",
    "pong",
  ])("such as %j is not known", async (type) => {
    const answer = {
      id: "1",
      type: "error",
      code: "unknown_type",
      message: expect.any(String),
      details: { path: "type" },
    };
    expect(await answerTo({ type, id: "1" })).toEqual(answer);
  });

  test("is one's own field, not an inherited one", async () => {
    expect(await answerTo('{"__proto__":{"type":"ping"}}')).toEqual(badRequest("type"));
    expect(await answerTo('{"id":"1","__proto__":{"type":"ping"}}')).toEqual({ id: "1", ...badRequest("type") });
  });
});

describe("an id", () => {
  test.each([
    ["a number", 5],
    ["a list", ["1"]],
    ["an object", {}],
    ["true", true],
    ["too long", "x".repeat(129)],
  ])("that is %s is a bad request", async (_, id) => {
    expect(await answerTo({ type: "ping", id })).toEqual(badRequest("id"));
  });

  test.each(["", "0", "123.4-0.5", "x".repeat(128), "\0", "\ud800", "\u2028", '"\\', "__proto__", "😀"])(
    "such as %j comes back as it was",
    async (id) => {
      expect(await answerTo({ type: "ping", id })).toEqual({ id, type: "pong" });
      expect(await answerTo({ type: "no such type", id })).toMatchObject({ id, type: "error" });
    },
  );

  test("that is null is none", async () => {
    expect(await answerTo({ type: "ping", id: null })).toEqual({ type: "pong" });
  });
});

describe("fields", () => {
  test("that nobody knows are ignored, whatever they are called", async () => {
    for (const field of [
      "unknown",
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "prototype",
      "then",
      "toJSON",
    ]) {
      expect(await answerTo(`{"type":"ping","id":"1","${field}":{"id":"2","a":[null]}}`)).toEqual({
        id: "1",
        type: "pong",
      });
    }
    expect("a" in {}).toBe(false);
  });

  test("aren't inherited", async () => {
    const [alice, bob] = await server.friends();
    alice.client.send('{"type":"now-playing","__proto__":{"message":"Chess"}}');
    expect(await answerTo('{"type":"send-friend-request","__proto__":{"message":"bob"}}', alice.client)).toEqual(
      badRequest("message"),
    );
    expect(await bob.client.rest()).toEqual([]);
  });

  test("that are null are absent", async () => {
    expect(await answerTo({ type: "send-friend-request", message: null })).toEqual(badRequest("message"));
    const [alice, bob] = await server.friends();
    alice.client.send({ type: "now-playing", message: "Chess" });
    alice.client.send({ type: "now-playing", message: null });
    await alice.client.rest();
    expect((await bob.client.rest()).at(-1)).toEqual({ type: "now-playing", data: { who: alice.id, app: "" } });
  });

  test("with odd characters reach others whole", async () => {
    const [alice, bob] = await server.friends();
    for (const game of ['"}]', "a\u2060b", "<script>", "\u0001x\u001b"]) {
      alice.client.send(JSON.stringify({ type: "now-playing", message: game }));
      expect(await bob.client.take("now-playing")).toEqual({ type: "now-playing", data: { who: alice.id, app: game } });
    }
    for (const name of ["\0", "\ud800", "a\0b"]) {
      expect(await answerTo({ type: "send-friend-request", message: name })).toMatchObject({ code: "not_found" });
    }
  });
});

describe("a good frame", () => {
  test.each([
    ["with blanks around it", '  \n{"type":"ping","id":"1"}\t '],
    ["with escapes", '{"\\u0074ype":"p\\u0069ng","id":"1"}'],
    ["as deep as allowed", `{"type":"ping","id":"1","a":${nested(limits.frame_depth - 1)}}`],
    ["as long as allowed", `{"type":"ping","id":"1","a":"${"x".repeat(limits.frame_length - 32)}"}`],
  ])("%s is answered", async (_, frame) => {
    expect(frame.length).toBeLessThanOrEqual(limits.frame_length);
    expect(await answerTo(frame)).toEqual({ id: "1", type: "pong" });
  });
});

describe("a frame that is too deep", () => {
  const deep = nested(limits.frame_depth);
  test.each([
    ["first", `{"id":"1","type":"ping","a":${deep}}`],
    ["after the type", `{"type":"get_servers","id":"1","data":${deep}}`],
    ["after all else", `{"type":"watchParty","message":${deep},"id":"1"}`],
  ])("is answered under its id, which stands %s", async (_, frame) => {
    expect(await answerTo(frame)).toEqual({ id: "1", ...badRequest("") });
  });

  test("has no id but its own", async () => {
    expect(await answerTo(`{"type":"ping","data":{"id":"2","a":${deep}}}`)).toEqual(badRequest(""));
    expect(await answerTo(`{"type":"ping","id":${deep}}`)).toEqual(badRequest("id"));
  });
});

describe("a large frame", () => {
  const long = "x".repeat(70 * 1024);
  const too_large = { type: "error", code: "too_large", message: expect.any(String) };
  const longest = "😀".repeat(limits.request_id_length / 2);

  test.each([
    ["first", "1", `{"id":"1","type":"add_message","data":{"content":"${long}"}}`],
    ["after the type", "1", `{"type":"watchParty","id":"1","userId":5,"message":"${long}"}`],
    ["between blanks", "1", `\n{ "type" : "add_message",\t"id" : "1" , "data":{"content":"${long}"}}`],
    ["at the end", "1", `{"id":"1"} ${long}`],
    ["as long as allowed", longest, `{"type":"ping","id":"${longest}","a":"${long}"}`],
    ["empty", "", `{"id":"","type":"ping","a":"${long}"}`],
  ])("is too_large, under its id, which stands %s, and the socket lives", async (_, id, frame) => {
    expect(await answerTo(frame)).toEqual({ id, ...too_large });
  });

  test.each([
    ["that is longer than allowed", `{"type":"ping","id":"${"x".repeat(129)}","a":"${long}"}`],
    ["with escapes", `{"type":"ping","id":"\\u0031","a":"${long}"}`],
    ["with a quote in it", `{"id":"1\\"","type":"ping","a":"${long}"}`],
    ["with a line break", `{"id":"1\n","type":"ping","a":"${long}"}`],
    ["that is no text", `{"id":1,"type":"ping","a":"${long}"}`],
    ["that doesn't end", `{"id":"${long}"}`],
    ["after what is long", `{"type":"ping","a":"${long}","id":"1"}`],
    ["after what belongs to it", `{"type":"ping","data":{},"id":"1","a":"${long}"}`],
    ["of something in it", `{"data":{"id":"2","a":"${long}"},"type":"ping","id":"1"}`],
    ["of something after the type", `{"type":"ping","data":{"id":"2","a":"${long}"}}`],
    ["in a list", `[{"id":"1","a":"${long}"}]`],
    ["in a text", `{"type":"ping\\",\\"id\\":\\"1","a":"${long}"}`],
    ["of no object", `"id":"1","a":"${long}"`],
    ["of nothing", long],
  ])("is too_large without an id %s", async (_, frame) => {
    expect(await answerTo(frame)).toEqual(too_large);
  });

  test("of 2 MiB closes the socket with 1009, and harms nobody else", async () => {
    const { client } = await server.join();
    client.send("x".repeat(2 * 1024 * 1024));
    expect((await client.closed).code).toBe(1009);
    expect(await mallory.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});

describe("a hundred requests at once", () => {
  test("are answered in their order, the good and the bad", async () => {
    const [{ client }] = await server.friends();
    const kinds: Frame[] = [
      { type: "get-friends" },
      { type: "ping" },
      { type: "no such type" },
      { type: "get-friend-requests" },
      { type: "accept-friend-request", message: "12345" },
      { type: "get" },
      { type: "send-friend-request" },
      { type: "watchParty", userId: 12345, message: "{}" },
      { type: "send-friend-request", message: "no such person" },
      {},
    ];
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    for (const [index, id] of ids.entries()) client.send({ ...kinds[index % kinds.length], id });
    await client.take(({ id }) => id === "99");
    expect(client.seen.flatMap(({ id }) => (ids.includes(id) ? [id] : []))).toEqual(ids);
  });

  test("are all handled, though the client leaves at once", async () => {
    const [alice, bob] = await server.friends();
    for (let count = 0; count < 100; count += 1) alice.client.send({ type: "now-playing", message: `Game ${count}` });
    await alice.client.close();
    expect(await bob.client.take(({ data }) => data?.app === "Game 99")).toMatchObject({ type: "now-playing" });
  });
});

describe("with rate limits", () => {
  let strict: TestServer;
  beforeAll(async () => {
    strict = await startServer({ rate_limits: true });
  });
  afterAll(() => strict.stop());

  /** Sends so many pings with these ids, and waits for the answer to the last. */
  async function pingThrough(client: TestClient, from: number, to: number): Promise<void> {
    for (let id = from; id < to; id += 1) client.send({ type: "ping", id: String(id) });
    await client.take(({ id }) => id === String(to - 1));
  }

  const { burst } = rates.session_requests;

  test("who asks too much is told how long to wait, under the request's id, and stays", async () => {
    const { client } = await strict.join();
    await pingThrough(client, 0, burst);
    await pingThrough(client, burst, burst + 80);
    const refused = await client.take("error");
    const { retry_after_ms } = refused["details"];
    expect(Number(refused["id"])).toBeGreaterThanOrEqual(burst);
    expect(retry_after_ms).toBeGreaterThan(0);
    expect(refused).toEqual({
      id: refused["id"],
      type: "error",
      code: "rate_limited",
      message: expect.any(String),
      details: { retry_after_ms },
    });
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("what costs more is refused sooner", async () => {
    const { client } = await strict.join();
    const asked = burst / getFriends.cost + 80;
    for (let sent = 0; sent < asked; sent += 1) client.send({ type: "get-friends", id: String(sent) });
    const refused = await client.take("error");
    expect(refused["code"]).toBe("rate_limited");
    expect(Number(refused["id"])).toBeGreaterThanOrEqual(burst / getFriends.cost);
    expect(Number(refused["id"])).toBeLessThan(asked);
  });

  test("malformed frames count as well", async () => {
    const { client } = await strict.join();
    await pingThrough(client, 0, burst);
    for (let sent = 0; sent < 80; sent += 1) client.send("{");
    expect(await client.take(({ code }) => code === "rate_limited")).toMatchObject({ type: "error" });
  });

  test("who goes on regardless is closed with 4008, and others aren't", async () => {
    const [alice, bob] = await strict.friends();
    await pingThrough(alice.client, 0, burst);
    await pingThrough(alice.client, burst, burst + 50);
    for (let sent = 0; sent < 200; sent += 1) alice.client.send({ type: "ping" });
    expect((await alice.client.closed).code).toBe(4008);
    const refusals = alice.client.seen.filter(({ code }) => code === "rate_limited");
    expect(refusals.length).toBeGreaterThanOrEqual(rates.session_refusals.burst);
    expect(await bob.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    const again = await strict.connect(alice);
    expect(await again.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });

  test("hundreds of frames that arrive at once are all answered", async () => {
    const { client } = await server.join();
    const pings = Array.from({ length: 800 }, () => client.ask({ type: "ping" }));
    expect(new Set((await Promise.all(pings)).map(({ type }) => type))).toEqual(new Set(["pong"]));
  });

  test("who sends more than can be read is closed with 4008 as well", async () => {
    const [alice, bob] = await strict.friends();
    for (let sent = 0; sent < 20 * limits.session_queue; sent += 1) alice.client.send("{}");
    expect((await alice.client.closed).code).toBe(4008);
    expect(await bob.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});
