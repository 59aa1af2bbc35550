// A bot on the client library: had by its owner through HTTP calls, and a client like any with its token.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { callHttp, createClient } from "../../src/client/index.ts";
import { startServer, type TestServer, uniqueName } from "../harness/server.ts";
import { foundServer, next, present } from "./programs.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test("somebody has bots by the HTTP calls, and each is a client with its token", async () => {
  const { url } = server;
  const { client: alice, user } = await present(server);
  const { token } = user;
  const { id, token: of_bot } = await callHttp("add_bot", { url, token, body: { name: uniqueName("bot") } });
  const name = uniqueName("dice");
  const { bot: changed } = await callHttp("change_bot", { url, token, body: { id, name } });
  expect(changed).toMatchObject({ id, name, profile_pic: null });
  expect((await callHttp("bots", { url, token })).bots).toEqual([changed]);

  const bot = createClient({ url, token: of_bot });
  await bot.connect();
  const { server_id, channel_id } = await foundServer(alice);
  const came = next(bot, "event");
  const { member } = await alice.ask("add_bot", { server_id, bot_id: id });
  expect(member).toMatchObject({ user_id: id, bot: true });
  expect(await came).toMatchObject({ type: "server_added", data: { server: { id: server_id } } });
  const { author_id } = await bot.send(channel_id, "beep");
  expect(author_id).toBe(id);

  const closed = next(bot, "closed");
  const { token: another } = await callHttp("change_bot_token", { url, token, body: { id } });
  expect(await closed).toBe("revoked");
  const again = createClient({ url, token: another });
  await again.connect();
  const ended = next(again, "closed");
  await callHttp("delete_bot", { url, token, body: { id } });
  expect(await ended).toBe("revoked");
  alice.close();
});
