// A chat client for a terminal: shows the newest messages of a channel, what is written from then on, and sends each
// line that is typed. Names, and which messages there are, come from the client's cache and from nowhere else.
//
// ORCHARD_NAME=alice ORCHARD_PASSWORD=... bun examples/terminal/terminal.ts [server [channel]]

import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { createClient } from "orchard/client";

const { ORCHARD_URL = "http://localhost:3000", ORCHARD_NAME = "", ORCHARD_PASSWORD = "" } = process.env;
const [server_name, channel_name] = process.argv.slice(2);
const NEWEST = 20;

const client = createClient({
  url: ORCHARD_URL,
  credentials: { username: ORCHARD_NAME, password: ORCHARD_PASSWORD },
});
client.on("trouble", ({ error, retry_ms }) => say(`* ${error.message} Again in ${Math.ceil(retry_ms / 1000)} s.`));
client.on("closed", (reason) => process.exit(reason === "program" ? 0 : 1));
client.on("refused", (error) => say(`* ${error.message}`));
await client.connect();

const { servers } = await client.ask("get_servers");
const server = found(servers, server_name, "server");
const { categories } = await client.ask("get_server_channels", { server_id: server.id });
const channel = found(
  categories.flatMap(({ channels }) => channels),
  channel_name,
  "channel",
);
say(`* ${server.name}, ${channel.name}`);

const seen = new Set<number>();
client.on("change", () => void show());
await client.ask("get_message_chunk", { channel_id: channel.id, amount: NEWEST, anchor: 0, direction: true });
await show();

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line.trim() !== "") client.send(channel.id, line).catch((error: Error) => say(`* not sent: ${error.message}`));
});
lines.on("close", () => void client.settled().then(() => client.close()));

/** Prints what the cache has of the channel and wasn't printed yet. */
async function show(): Promise<void> {
  const messages = [...(client.cache.windows.get(channel.id)?.messages.values() ?? [])];
  const fresh = messages.filter(({ id }) => !seen.has(id));
  for (const { id } of fresh) seen.add(id);
  const strangers = new Set(fresh.map(({ author_id }) => author_id).filter((id) => !client.cache.users.has(id)));
  if (strangers.size > 0) await client.ask("get_users", { user_ids: [...strangers] });
  for (const { author_id, content } of fresh)
    say(`${client.cache.users.get(author_id)?.name ?? author_id}: ${content}`);
}

/** What others wrote may hold what a terminal takes for a command. */
function say(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be kept out.
  console.log(stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ""));
}

function found<Thing extends { name: string }>(
  things: readonly Thing[],
  name: string | undefined,
  what: string,
): Thing {
  const thing = name === undefined ? things[0] : things.find((one) => one.name === name);
  if (thing) return thing;
  console.error(`There is no such ${what}; there are: ${things.map((one) => one.name).join(", ") || "none"}.`);
  return process.exit(1);
}
