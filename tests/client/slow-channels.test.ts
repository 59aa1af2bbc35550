// What a slow channel refuses is the program's to know, and holds up nothing else that it asks.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { RequestError } from "../../src/client/index.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { foundServer, inviteInto, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test("a message too soon is refused with how long to wait, and leaves the outbox", async () => {
  const [alice, bob] = [await present(server), await present(server)];
  const { server_id, channel_id } = await foundServer(alice.client);
  await inviteInto(server_id, alice.client, bob.client);
  const { channel: other } = await alice.client.ask("add_channel", { server_id, name: "other" });
  await alice.client.ask("update_channel", { channel_id, changes: { slow_mode_s: 3_600 } });
  await bob.client.send(channel_id, "one");
  const refused = await bob.client.send(channel_id, "two").catch((error) => error);
  expect(refused).toBeInstanceOf(RequestError);
  expect(refused.code).toBe("rate_limited");
  expect(refused.details).toMatchObject({ limit: "slow_mode_s", retry_after_ms: expect.any(Number) });
  expect(bob.client.outbox).toEqual([]);
  expect((await bob.client.send(other.id, "elsewhere")).content).toBe("elsewhere");
  await bob.client.ask("get_server_channels", { server_id });
  await bob.client.ask("get_server_channel", { channel_id });
  expect(bob.client.cache.servers.get(server_id)?.channels?.get(channel_id)?.details?.slow_mode_s).toBe(3_600);
  for (const { client } of [alice, bob]) client.close();
});
