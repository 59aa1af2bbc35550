// What comes on a socket is paid for by its length and its kind, and who goes on without end is closed: frames, pings
// and pongs, good and bad, before the session is open as after.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits, rates } from "../../src/domain/limits.ts";
import { TestClient } from "../harness/client.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { closeCodeOf, socketExchange, wireFrame } from "../routes/raw.ts";

const [TEXT, CONTINUATION, BINARY, CLOSE, PING, PONG, FIN] = [1, 0, 2, 8, 9, 10, 0x80];
const BURST = 60;

let server: TestServer;
let bob: Present;
beforeAll(async () => {
  // Nothing comes back while a test runs.
  const session_requests = { burst: BURST, per_s: 0.001 };
  server = await startServer({ rate_limits: true, rates: { ...rates, session_requests } });
  bob = await server.join();
});
afterAll(() => server.stop());

const times = (count: number, frame: Buffer) => Array.from({ length: count }, () => frame);
const goodbye = wireFrame(FIN | CLOSE, Buffer.from([0x03, 0xe8]));
const all = limits.socket_input_factor * BURST + rates.session_refusals.burst;
const pings = Math.floor(all / limits.socket_input_factor);

describe("without end, closed with 4008; as many as are allowed, not", () => {
  test.each([
    ["pings", pings, wireFrame(FIN | PING)],
    ["long pings", pings, wireFrame(FIN | PING, "x".repeat(125))],
    ["pongs that nobody asked for", pings, wireFrame(FIN | PONG)],
    ["empty frames", all, wireFrame(FIN | TEXT)],
    ["empty bytes", all, wireFrame(FIN | BINARY)],
    ["frames in pieces", all, Buffer.concat([wireFrame(TEXT), wireFrame(CONTINUATION), wireFrame(FIN | CONTINUATION)])],
    ["long bytes", Math.floor(all / 21), wireFrame(FIN | BINARY, Buffer.alloc(20 * 1024))],
  ])("%s", async (_, allowed, frame) => {
    // A bad token: the frames come before anybody could have looked at it.
    const within = await socketExchange(server, "/subscribe?auth=x", [...times(allowed, frame), goodbye]);
    expect(closeCodeOf(within)).toBeOneOf([1000, 4001]);
    const alice = await server.user();
    const beyond = await socketExchange(server, `/subscribe?auth=${alice.token}`, times(20 * allowed, frame));
    expect(closeCodeOf(beyond)).toBe(4008);
    expect(await bob.client.ask({ type: "get" })).toMatchObject({ count: expect.any(Number) });
  });
});

describe("the length of a frame is paid for", () => {
  const KIB = limits.frame_length_per_token;
  /** How many are answered before one is refused. */
  async function answered(frame: (at: number) => object): Promise<number> {
    const { client } = await server.join();
    for (let at = 0; ; at += 1) {
      const reply = await client.ask(frame(at));
      if (reply["code"] === "rate_limited") return at;
    }
  }

  test.each([
    ["a short one costs what it does", BURST, { type: "ping" }],
    ["a long one more", Math.floor(BURST / 11), { type: "ping", padding: "x".repeat(10 * KIB) }],
    ["one that is malformed as well", Math.floor(BURST / 11), { type: "get_users", padding: "x".repeat(10 * KIB) }],
    ["and one of no known type", Math.floor(BURST / 11), { type: "?", padding: "x".repeat(10 * KIB) }],
    ["by what is asked for", 4, { type: "get_users", data: { user_ids: Array(90).fill(1) } }],
  ])("%s", async (_, count, frame) => {
    expect(await answered(() => frame)).toBe(count);
  });

  test("refused ones count by their length as well towards the end", async () => {
    const { client } = await server.join();
    await Promise.all(Array.from({ length: BURST }, () => client.ask({ type: "ping" })));
    const long = { type: "ping", padding: "x".repeat(60 * KIB) };
    for (let sent = 0; sent < 3; sent += 1) client.send(long);
    expect((await client.closed).code).toBe(4008);
    expect(client.seen.filter(({ code }) => code === "rate_limited").length).toBeLessThanOrEqual(2);
  });

  test("of an HTTP body, from the address", async () => {
    const address_requests = { burst: 200, per_s: 0.001 };
    const strict = await startServer({ rate_limits: true, rates: { ...rates, address_requests } });
    const body = JSON.stringify({ username: Array(25_000).fill(0), password: "x" });
    const call = () => fetch(`${strict.url}/api/v1/user/login`, { method: "POST", body });
    const statuses = [(await call()).status, (await call()).status, (await call()).status, (await call()).status];
    expect(statuses).toEqual([400, 400, 429, 429]);
    await strict.stop();
  });
});

test("who waits between pings stays", async () => {
  const alice = await server.user();
  const client = await TestClient.open(server.url, alice.token);
  await client.take("ready");
  for (let sent = 0; sent < BURST / 2; sent += 1) client.socket.ping();
  expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
});
