// What no WebSocket library sends: bytes on an upgraded connection, and odd addresses of the socket.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { closeCodeOf, exchange, requestOf, socketExchange, statusesIn, wireFrame } from "./raw.ts";

let server: TestServer;
let alice: Present;
beforeAll(async () => {
  server = await startServer();
  alice = await server.join();
});
afterAll(() => server.stop());

const [TEXT, CONTINUATION, CLOSE, PING, FIN] = [1, 0, 8, 9, 0x80];
const half = Buffer.alloc(limits.frame_hard_bytes / 2 + 1, "x");

describe("bytes that are no frames close the socket, as the standard has it", () => {
  test.each([
    ["text that is no UTF-8", 1007, [wireFrame(FIN | TEXT, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))]],
    ["half a surrogate pair in UTF-8", 1007, [wireFrame(FIN | TEXT, Buffer.from([0xed, 0xa0, 0x80]))]],
    ["a frame without a mask", 1002, [Buffer.from([FIN | TEXT, 2, 0x7b, 0x7d])]],
    ["a reserved bit", 1002, [wireFrame(FIN | 0x40 | TEXT, "{}")]],
    ["an unknown opcode", 1002, [wireFrame(FIN | 3, "{}")]],
    ["a continuation of nothing", 1002, [wireFrame(FIN | CONTINUATION, "{}")]],
    ["a frame within another", 1002, [wireFrame(TEXT, "{"), wireFrame(FIN | TEXT, "}")]],
    ["a ping in pieces", 1002, [wireFrame(PING, "x")]],
    ["a long ping", 1002, [wireFrame(FIN | PING, "x".repeat(126))]],
    ["a bad close code", 1002, [wireFrame(FIN | CLOSE, Buffer.from([0x03, 0xed]))]],
    ["half a close code", 1002, [wireFrame(FIN | CLOSE, Buffer.from([0x03]))]],
    ["HTTP", 1002, [Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
    ["a frame longer than any", 1009, [Buffer.from([FIN | TEXT, 0xff, 0x7f, ...Array(7).fill(0xff), 0, 0, 0, 0])]],
    ["pieces above the limit together", 1009, [wireFrame(TEXT, half), wireFrame(FIN | CONTINUATION, half)]],
  ])("%s: %d", async (_, code, bytes) => {
    expect(closeCodeOf(await socketExchange(server, `/subscribe?auth=${alice.token}`, bytes))).toBe(code);
    expect(await alice.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});

test("a frame may come in pieces", async () => {
  const pieces = [wireFrame(TEXT, '{"type":'), wireFrame(FIN | PING, "?"), wireFrame(FIN | CONTINUATION, '"get"}')];
  const frames = await socketExchange(server, `/subscribe?auth=${alice.token}`, [
    ...pieces,
    wireFrame(FIN | TEXT, "{}"),
    wireFrame(FIN | CLOSE, Buffer.from([0x03, 0xe8])),
  ]);
  expect(closeCodeOf(frames)).toBe(1000);
});

describe("an address of the socket", () => {
  test.each([
    ...[
      "?auth=%",
      "?auth=%00",
      "?auth=%ff",
      "?auth=a&auth=b",
      "?auth[]=a",
      "?auth",
      "?__proto__=a",
      "?auth=a.b.c",
      "?",
    ],
    `?auth=${"a".repeat(8_000)}`,
  ])("such as %j has a bad token", async (query) => {
    const [refusal, ...more] = await socketExchange(server, `/subscribe${query}`);
    expect(JSON.parse(String(refusal?.payload))).toMatchObject({ type: "error", reason: "SocketClosedBadJwt" });
    expect(closeCodeOf(more)).toBe(4001);
  });

  test.each(["x", "nas", "tv:80"])("is found at a host such as %j", async (host) => {
    expect(closeCodeOf(await socketExchange(server, "/subscribe?auth=x", [], host))).toBe(4001);
  });
});

describe("an upgrade", () => {
  const version = "Sec-WebSocket-Version: 13";
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  test.each([
    ["without a key", [version]],
    ["with half a key", [version, "Sec-WebSocket-Key: dGhlIHNhbXBs"]],
    ["with a key that is no Base64", [version, `Sec-WebSocket-Key: ${"*".repeat(24)}`]],
    ["without a version", [key]],
    ["of another version", ["Sec-WebSocket-Version: 8", key]],
    ["of none of that", []],
  ])("%s is refused as everything is, with its headers and in JSON", async (_, lines) => {
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", ...lines];
    const request = requestOf(`GET /subscribe?auth=${alice.token}`, upgrade).replace("Connection: close\r\n", "");
    const answer = await exchange(server, request + requestOf("GET /nowhere"));
    expect(statusesIn(answer)).toEqual([400, 404]);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head.toLowerCase()).toContain("x-content-type-options: nosniff");
    expect(body).toStartWith('{"success":false,"code":"bad_request"');
  });
});
