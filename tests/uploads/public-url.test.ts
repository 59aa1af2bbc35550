// Behind a proxy that has the server under a path, uploads are given out as clients find them: at the address that the
// operator has named, never at one that a request names.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { done, foundServer } from "../harness/community.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { anyPng } from "./samples.ts";

const public_url = "https://example.org/orchard";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function upload(server: TestServer, { token }: Present): Promise<{ id: number; url: string }> {
  const headers = { authorization: `Bearer ${token}`, "x-forwarded-host": "evil.example", host: "evil.example" };
  const response = await fetch(`${server.url}/api/v1/uploads`, { method: "POST", headers, body: anyPng() });
  return (await response.json()) as { id: number; url: string };
}

test("with ORCHARD_PUBLIC_URL new uploads and old messages have its address, without it a path", async () => {
  let server = await startServer({}, folder);
  let alice = await server.join("alice");
  const server_id = await foundServer(alice);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const channel_id: number = categories[0].channels[0].id;
  const urlsIn = async (who: Present): Promise<string[]> => {
    const page = await done(who, "get_message_chunk", { channel_id, amount: 100, anchor: 0, direction: true });
    return page.messages.flatMap(({ attachments }: { attachments: { url: string }[] }) =>
      attachments.map(({ url }) => url),
    );
  };
  const attach = async (): Promise<{ id: number; url: string }> => {
    const made = await upload(server, alice);
    const { message } = await done(alice, "add_message", { channel_id, content: "poster", attachments: [made.id] });
    expect(message.attachments[0].url).toBe(made.url);
    return made;
  };
  const before = await attach();
  expect(before.url).toStartWith(`/api/v1/uploads/${before.id}/`);

  server = await server.restart({ public_url });
  alice = { ...alice, client: await server.connect(alice) };
  const after = await attach();
  expect(after.url).toStartWith(`${public_url}/api/v1/uploads/${after.id}/`);
  expect(await urlsIn(alice)).toEqual([`${public_url}${before.url}`, after.url]);
  const asked = { server_id, query: "poster", amount: 10, anchor: 0 };
  const { messages } = await done(alice, "search_messages", asked);
  expect(messages[1].attachments[0].url).toBe(`${public_url}${before.url}`);
  for (const profile_pic of [after.url, before.url]) {
    const { user } = await done(alice, "update_user", { changes: { profile_pic } });
    expect(user.profile_pic).toBe(profile_pic);
  }
  // The proxy takes the path away.
  expect((await fetch(server.url + after.url.slice(public_url.length))).status).toBe(200);

  server = await server.restart({ public_url: null });
  alice = { ...alice, client: await server.connect(alice) };
  expect(await urlsIn(alice)).toEqual([before.url, after.url.slice(public_url.length)]);
  await server.stop();
});
