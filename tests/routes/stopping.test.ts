// A server that stops while its database server answers no write: who is connected hears that it may come back.

import { expect, test } from "bun:test";
import { limits } from "../../src/domain/limits.ts";
import { startFarDatabase } from "../community/far-database.ts";
import { startServer } from "../harness/server.ts";

test("a database server that hangs keeps neither the sockets from 1012 nor the server from its end", async () => {
  const far = await startFarDatabase();
  const server = await startServer({ database_url: far.url });
  const { client } = await server.join();
  const held = far.holdNextAnswer("orchard_guard");
  client.send({ type: "add_server", id: "q", data: { name: "never told of" } });
  await held.reached;
  const began_ms = performance.now();
  const stopped = server.stop();
  expect(await client.closed).toMatchObject({ code: 1012 });
  await stopped;
  expect(performance.now() - began_ms).toBeLessThan(limits.shutdown_ms);
  held.release();
  await far.stop();
}, 20_000);
