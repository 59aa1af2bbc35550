// How long a connection may lie idle between two calls is the operator's to say.

import { expect, test } from "bun:test";
import { connect } from "node:net";
import { limits } from "../../src/domain/limits.ts";
import { startServer } from "../harness/server.ts";

test("a connection on which nothing happens is closed after the time that was set", async () => {
  const server = await startServer({ bounds: { ...limits, http_idle_s: 1 } });
  const { hostname, port } = new URL(server.url);
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  let received = "";
  const socket = connect(Number(port), hostname, () => socket.write("GET /healthz HTTP/1.1\r\nhost: orchard\r\n\r\n"));
  socket.on("data", (bytes) => (received += bytes.toString()));
  socket.on("close", () => resolve(received));
  // The usual time is longer than this test may take.
  expect(await closed).toStartWith("HTTP/1.1 200");
  await server.stop();
}, 20_000);
