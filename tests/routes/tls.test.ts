// The server with a certificate of its own, as clients see it: calls over https, the socket over wss.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Frame, Json } from "../harness/client.ts";
import { PASSWORD, startServer, type TestServer } from "../harness/server.ts";

// Made by itself, good for a hundred years and for `localhost` alone.
const [cert_path, key_path] = ["cert.pem", "key.pem"].map((name) => join(import.meta.dir, "certificate", name)) as [
  string,
  string,
];

let server: TestServer;
let ca: string;
beforeAll(async () => {
  ca = await Bun.file(cert_path).text();
  server = await startServer({ tls: { cert_path, key_path } });
});
afterAll(() => server.stop());

const call = async (path: string, body: unknown): Promise<Json> => {
  const init = { method: "POST", body: JSON.stringify(body), tls: { ca } };
  return (await fetch(`${server.url}/api/v1${path}`, init)).json();
};

/** How a socket for the token ends up: its first frame, or the fault. */
function firstFrame(token: string, tls: object): Promise<Frame> {
  const { promise, resolve, reject } = Promise.withResolvers<Frame>();
  const address = `${server.url.replace(/^https/, "wss")}/subscribe?auth=${token}`;
  const socket = new WebSocket(address, { tls } as unknown as string[]);
  socket.addEventListener("message", ({ data }) => {
    resolve(JSON.parse(String(data)));
    socket.close();
  });
  socket.addEventListener("close", ({ code, reason }) => reject(new Error(`${code} ${reason}`)));
  return promise;
}

test("a client that trusts the certificate logs in and opens the socket over wss", async () => {
  expect(server.url).toStartWith("https://");
  const account = { username: "alice", password: PASSWORD };
  await call("/user/register", account);
  const { token, id } = await call("/user/login", account);
  expect(await firstFrame(token, { ca })).toMatchObject({ type: "ready", data: { user: { id } } });
});

test("a client that doesn't trust it gets no socket", async () => {
  await expect(firstFrame("garbage", {})).rejects.toThrow();
});

test("nothing is answered in the clear", async () => {
  await expect(fetch(server.url.replace("https", "http"))).rejects.toThrow();
});
