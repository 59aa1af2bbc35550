// What a stranger with an account tries besides: texts that are hard to read, and messages that never end. Others are
// served all the same.

import { afterEach, expect, test } from "bun:test";
import { channelId } from "../../bench/neighbours/land.ts";
import { rawClient, upgradeHead } from "../../scripts/reliability/raw-client.ts";
import { limits } from "../../src/domain/limits.ts";
import { wireFrame } from "../routes/raw.ts";
import { openTown, type Person, results, type Town } from "./town.ts";

const PATIENCE_MS = 60_000;
const ELSEWHERE = "198.51.100.1";
const [MALLORY, THEIRS] = [101, 2];
const [TEXT, CONTINUATION] = [1, 0];

let town: Town;
afterEach(() => town.stop());

async function expectServed({ client }: Person): Promise<void> {
  const data = { channel_id: channelId(1), content: "apples" };
  const answers = await Promise.all([client.ask({ type: "ping" }), client.ask({ type: "add_message", data })]);
  expect([...results(answers)]).toEqual(["pong", "add_message"]);
}

const half = limits.message_length / 2 - 1;
test.each([
  ["marks in the wrong order", `a${"\u0315".repeat(half)}${"\u0316".repeat(half)}`],
  ["signs that are taken apart", "\ufdfa".repeat(limits.message_length)],
  [
    "words of one sign",
    Array.from({ length: limits.message_length }, (_, at) => String.fromCodePoint(0x4e00 + at)).join(""),
  ],
])(
  "messages of %s, as many as one session may send",
  async (_, content) => {
    town = await openTown((land) => land.server(THEIRS, { owner: MALLORY, members: [MALLORY] }));
    const [bob, mallory] = [await town.person(1), await town.person(MALLORY, ELSEWHERE)];
    const data = { channel_id: channelId(THEIRS), content };
    for (let sent = 0; sent < 200; sent += 1) mallory.client.send({ type: "add_message", data });
    await expectServed(bob);
    expect(bob.client.socket.readyState).toBe(WebSocket.OPEN);
  },
  PATIENCE_MS,
);

test(
  "pieces of a message that never ends hold up nobody for good, and close nobody else's socket",
  async () => {
    town = await openTown();
    const [bob, mallory] = [await town.person(1), await town.person(MALLORY, ELSEWHERE)];
    const client = await rawClient(town.url);
    const head = `${upgradeHead(mallory.token)}X-Forwarded-For: ${ELSEWHERE}\r\n\r\n`;
    client.write(head);
    await client.until('"ready"');
    client.write(wireFrame(TEXT));
    const pieces = Buffer.concat(new Array(10_000).fill(wireFrame(CONTINUATION)));
    for (let sent = 0; sent < 200; sent += 1) {
      await new Promise<void>((resolve) => client.socket.write(pieces, () => resolve()));
      if (sent % 50 === 0) await expectServed(bob);
    }
    await expectServed(bob);
    expect(bob.client.socket.readyState).toBe(WebSocket.OPEN);
  },
  PATIENCE_MS,
);
