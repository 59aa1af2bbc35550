// A bot that rolls dice: whoever writes "!roll 2d6" to it, or in a server that it is in, is answered. It answers once,
// whatever happens: each answer has a nonce made of what it answers, and what was written while the bot was away it is
// told of when it is back, from the snapshot that it leaves. Its owner brings it into servers.
//
// ORCHARD_TOKEN=bot.... bun examples/bot/bot.ts

import { randomInt } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Client, createClient } from "orchard/client";

const { ORCHARD_URL = "http://localhost:3000", ORCHARD_TOKEN = "" } = process.env;
const snapshot_path = process.env["ORCHARD_SNAPSHOT"] ?? "/tmp/dice.json";

const client = createClient({
  url: ORCHARD_URL,
  token: ORCHARD_TOKEN,
  snapshot: existsSync(snapshot_path) ? readFileSync(snapshot_path, "utf8") : null,
});
client.on("trouble", ({ error }) => console.error(error.message));
client.on("closed", (reason) => process.exit(reason === "program" ? 0 : 1));
client.on("event", (event) => {
  if (event.type === "message_added") void answer(event.data).catch(tellOf);
  if (event.type === "channel_added") void listenTo(event.data.channel.id).catch(tellOf);
  if (event.type === "server_added") void listenToServer(event.data.server.id).catch(tellOf);
  if (event.type === "conversation_added") void answerNewest(event.data.conversation.channel_id).catch(tellOf);
});
process.once("SIGINT", leave);
process.once("SIGTERM", leave);

await client.connect();
const { servers } = await client.ask("get_servers");
for (const { id } of servers) await listenToServer(id);
console.log(`rolling dice in ${servers.length} servers`);

async function listenToServer(server_id: number): Promise<void> {
  const { categories } = await client.ask("get_server_channels", { server_id });
  for (const { id } of categories.flatMap(({ channels }) => channels)) await listenTo(id);
}

/** Whoever has loaded the newest message is told of all that come after it. */
async function listenTo(channel_id: number): Promise<void> {
  await client.ask("get_message_chunk", { channel_id, amount: 1, anchor: 0, direction: true });
}

/** Somebody has written to the bot for the first time: that message it is told of by no event. */
async function answerNewest(channel_id: number): Promise<void> {
  const asked = { channel_id, amount: 1, anchor: 0, direction: true } as const;
  const { messages } = await client.ask("get_message_chunk", asked);
  for (const message of messages) await answer(message);
}

type Message = Awaited<ReturnType<Client["send"]>>;

async function answer({ id, channel_id, content }: Message): Promise<void> {
  const asked = /^!roll(?: (\d{1,2})d(\d{1,3}))?$/.exec(content);
  const [, count = "1", sides = "6"] = asked ?? [];
  if (!asked || Number(count) < 1 || Number(sides) < 2) return;
  const rolled = Array.from({ length: Number(count) }, () => randomInt(1, Number(sides) + 1));
  const sum = rolled.reduce((total, one) => total + one, 0);
  const text = rolled.length === 1 ? `${sum}` : `${rolled.join(" + ")} = ${sum}`;
  await client.send(channel_id, { content: text, reply_to: id, nonce: `roll ${id}` });
}

function tellOf(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
}

function leave(): void {
  writeFileSync(`${snapshot_path}.new`, client.snapshot(), { mode: 0o600 });
  renameSync(`${snapshot_path}.new`, snapshot_path);
  client.close();
}
