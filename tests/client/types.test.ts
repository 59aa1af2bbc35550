// What the compiler knows of a request and its answer, from the protocol's literals alone.

import { expectTypeOf, test } from "bun:test";
import type { Client, EventFrame, RequestError } from "../../src/client/index.ts";
import type { Friend } from "../../src/protocol/entities.ts";

/** Never runs: that it compiles is the test. */
async function typed(client: Client): Promise<void> {
  const page = await client.ask("get_message_chunk", { channel_id: 1, amount: 9, anchor: 0, direction: true });
  expectTypeOf(page.messages[0]?.content).toEqualTypeOf<string | undefined>();
  expectTypeOf((await client.ask("get")).count).toBeNumber();
  expectTypeOf((await client.ask("get-friends")).result).toEqualTypeOf<Friend[]>();
  expectTypeOf((await client.send(1, "hello")).id).toBeNumber();
  expectTypeOf(client.cache.servers.get(1)?.name).toEqualTypeOf<string | undefined>();
  await client.ask("get_servers");
  client.tell("now-playing");
  await client.ask("add_server", { name: "Orchard", nonce: "mine" });
  const { signal } = new AbortController();
  await client.ask("get_servers", {}, { signal, deadline_ms: 1_000 });
  await client.connect({ signal });
  client.on("trouble", ({ error, retry_ms }) =>
    expectTypeOf([error.message, retry_ms]).toEqualTypeOf<(string | number)[]>(),
  );
  expectTypeOf(client.trouble).toEqualTypeOf<RequestError | null>();
  expectTypeOf(client.cache.windows.get(1)?.to).toEqualTypeOf<number | undefined>();
  client.on("event", (event) => {
    if (event.type === "member_added") expectTypeOf(event.data.member.nickname).toEqualTypeOf<string | null>();
    if (event.type === "typing_started") expectTypeOf(event.data.user_id).toBeNumber();
  });
  client.on("push", (push) => {
    if (push.type === "watchParty") expectTypeOf(push.text).toBeString();
  });

  // @ts-expect-error: it wants parameters.
  await client.ask("get_server_channels");
  // @ts-expect-error: what it wants comes before how long it waits.
  await client.ask("get_server_channels", { signal });
  // @ts-expect-error: an id is a number.
  await client.ask("get_server_channels", { server_id: "1" });
  // @ts-expect-error: it makes nothing.
  await client.ask("get_server_channels", { server_id: 1, nonce: "mine" });
  // @ts-expect-error: a nonce is a text.
  await client.ask("add_invite", { server_id: 1, nonce: 1 });
  // @ts-expect-error: there is no such message.
  await client.ask("get_weather");
  // @ts-expect-error: it has no answer to wait for.
  await client.ask("now-playing", { message: "Chess" });
  // @ts-expect-error: syncing is the client's own.
  await client.ask("sync", { epoch: "", topics: {} });
  // @ts-expect-error: the cache is the client's to write.
  client.cache.servers.clear();
}

test("requests, answers, events and the cache are typed", () => {
  expectTypeOf(typed).returns.resolves.toBeVoid();
  expectTypeOf<Extract<EventFrame, { type: "user_changed" }>["data"]["status"]>().toEqualTypeOf<
    "online" | "idle" | "dnd" | "offline" | undefined
  >();
});
