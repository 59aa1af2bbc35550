// The examples as one who tries them starts them, against a server with people in it.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleClient } from "../../scripts/build-client.ts";
import type { Client } from "../../src/client/index.ts";
import { botOf } from "../bots/programs.ts";
import { foundServer, inviteInto, next, present } from "../client/programs.ts";
import { hasBrowser, openBrowser } from "../harness/browser.ts";
import { PASSWORD, startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";

const PATIENCE_MS = 60_000;
const examples = join(import.meta.dir, "../../examples");

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-examples-"));
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Somebody with a server of their own. */
async function host(): Promise<{ client: Client; user: TestUser; server_id: number; channel_id: number }> {
  const { client, user } = await present(server);
  return { client, user, ...(await foundServer(client)) };
}

function start(example: string, user: TestUser, ...parameters: string[]) {
  const env = {
    ...process.env,
    ...{ ORCHARD_URL: server.url, ORCHARD_NAME: user.name, ORCHARD_PASSWORD: PASSWORD, ORCHARD_TOKEN: user.token },
    ORCHARD_SNAPSHOT: join(folder, `${user.name}.json`),
  };
  return Bun.spawn([process.execPath, join(examples, example), ...parameters], {
    env,
    stdin: "pipe",
    stderr: "inherit",
  });
}

/** Reads on until it has said this. */
function listener(output: ReadableStream<Uint8Array>) {
  const reader = output.getReader();
  const decoder = new TextDecoder();
  let said = "";
  return async (wanted: string): Promise<string> => {
    while (!said.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`it ended without ${JSON.stringify(wanted)}, having said ${JSON.stringify(said)}`);
      said += decoder.decode(value, { stream: true });
    }
    return said;
  };
}

/** The first answer to the message in what the client has, now or soon. */
async function answerTo(client: Client, channel_id: number, message_id: number): Promise<string> {
  for (;;) {
    const changed = next(client, "change");
    const messages = [...(client.cache.windows.get(channel_id)?.messages.values() ?? [])];
    const answer = messages.find(({ reply_to }) => reply_to === message_id);
    if (answer) return answer.content;
    await changed;
  }
}

test(
  "the bot rolls dice, what was asked while it was away as well, and each time once",
  async () => {
    const { client, user: owner, server_id, channel_id } = await host();
    await client.ask("get_message_chunk", { channel_id, amount: 50, anchor: 0, direction: true });
    const user = await botOf(server, owner, uniqueName("dice"));
    await client.ask("add_bot", {
      server_id,
      bot_id: user.id,
      rules: ["view_channel", "read_history", "send_messages"],
    });
    const bot = start("bot/bot.ts", user);
    await listener(bot.stdout)("rolling dice in 1 servers");
    const { conversation } = await client.ask("open_conversation", { user_ids: [user.id] });
    const of_two = conversation.channel_id;
    await client.ask("get_message_chunk", { channel_id: of_two, amount: 50, anchor: 0, direction: true });
    const to_it = await client.send(of_two, "!roll 1d20");
    expect(await answerTo(client, of_two, to_it.id)).toMatch(/^\d{1,2}$/);
    const asked = await client.send(channel_id, "!roll 3d1000");
    const one = await client.send(channel_id, "!roll");
    expect(await answerTo(client, channel_id, one.id)).toMatch(/^[1-6]$/);
    bot.kill("SIGTERM");
    expect(await bot.exited).toBe(0);

    const missed = await client.send(channel_id, "!roll 2d4");
    const again = start("bot/bot.ts", user);
    expect(await answerTo(client, channel_id, missed.id)).toMatch(/^[1-4] \+ [1-4] = [2-8]$/);
    again.kill("SIGTERM");
    expect(await again.exited).toBe(0);

    await client.settled();
    const messages = [...(client.cache.windows.get(channel_id)?.messages.values() ?? [])];
    // There are no dice of a thousand sides.
    expect(messages.map(({ reply_to }) => reply_to).filter((id) => id !== null)).toEqual([one.id, missed.id]);
    expect(asked.id).toBeLessThan(one.id);
    client.close();
  },
  PATIENCE_MS,
);

test(
  "the terminal shows what is written, without what would command it, and sends what is typed",
  async () => {
    const { client, server_id, channel_id } = await host();
    const user = await server.user(uniqueName("typist"));
    const guest = await present(server, { user });
    await inviteInto(server_id, client, guest.client);
    guest.client.close();
    await client.ask("get_message_chunk", { channel_id, amount: 50, anchor: 0, direction: true });
    await client.send(channel_id, "before \u001b[2J\u0007hello");
    const terminal = start("terminal/terminal.ts", user);
    const said = listener(terminal.stdout);
    expect(await said("before hello\n")).not.toContain("\u001b");
    await client.send(channel_id, "and after");
    await said("and after\n");
    terminal.stdin.write("typed\n");
    await said(`${user.name}: typed\n`);
    void terminal.stdin.end();
    expect(await terminal.exited).toBe(0);
    await client.settled();
    expect([...(client.cache.windows.get(channel_id)?.messages.values() ?? [])].at(-1)?.content).toBe("typed");
    client.close();
  },
  PATIENCE_MS,
);

test("the terminal says what there is, where it doesn't find a server", async () => {
  const user = await server.user(uniqueName("lost"));
  const terminal = start("terminal/terminal.ts", user, "Nowhere");
  expect(await terminal.exited).toBe(1);
});

test.skipIf(!hasBrowser)(
  "the page logs in, shows what is written and sends what is typed",
  async () => {
    const { client, server_id, channel_id } = await host();
    const user = await server.user(uniqueName("visitor"));
    const guest = await present(server, { user });
    await inviteInto(server_id, client, guest.client);
    guest.client.close();
    await client.ask("get_message_chunk", { channel_id, amount: 50, anchor: 0, direction: true });
    await client.send(channel_id, "<b>before</b>");
    await bundleClient(folder);
    const pages = Bun.serve({
      ...{ port: 0, hostname: "127.0.0.1" },
      routes: {
        "/examples/page/": () => new Response(Bun.file(join(examples, "page/index.html"))),
        "/dist/client/index.js": () => new Response(Bun.file(join(folder, "index.js"))),
      },
    });
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${pages.url.href}examples/page/`);
      await page.getByLabel("Server").fill(server.url);
      await page.getByLabel("Name").fill(user.name);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Log in" }).click();
      const log = page.getByRole("log");
      await log.getByText(": <b>before</b>").waitFor();
      await client.send(channel_id, "after");
      await log.getByText(": after").waitFor();
      await page.getByLabel("Message", { exact: true }).fill("typed");
      await page.getByRole("button", { name: "Send" }).click();
      await log.getByText(`${user.name}: typed`).waitFor();
    } finally {
      await browser.close();
      await pages.stop(true);
    }
    client.close();
  },
  PATIENCE_MS,
);
