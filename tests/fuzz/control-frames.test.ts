// Pings, pongs and the pieces of messages in any order that the standard allows: each ping has its pong, each message
// its one answer, whatever lies between its pieces.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rawClient, upgradeHead } from "../../scripts/reliability/raw-client.ts";
import { seededRandom } from "../harness/random.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { framesIn, type WireFrame, wireFrame } from "../routes/raw.ts";

const [CONTINUATION, TEXT, PING, PONG, FIN] = [0, 1, 9, 10, 0x80];
const MESSAGES = 20;
const MOST_PIECES = 8;

let server: TestServer;
let alice: Present;
beforeAll(async () => {
  server = await startServer();
  alice = await server.join();
});
afterAll(() => server.stop());

describe.each([1, 2, 3])("seed %d", (seed) => {
  test("a ping has its pong and a message in pieces its answer", async () => {
    const random = seededRandom(seed);
    const frames: Buffer[] = [];
    let pings = 0;
    const control = () => {
      const payload = "p".repeat(random.whole(0, 125));
      const is_ping = random.whole(0, 1) === 0;
      if (is_ping) pings += 1;
      frames.push(wireFrame(FIN | (is_ping ? PING : PONG), payload));
    };
    for (let sent = 0; sent < MESSAGES; sent += 1) {
      const text = JSON.stringify({ type: "ping", id: `${seed}-${sent}` });
      const pieces = random.whole(1, MOST_PIECES);
      const length = Math.ceil(text.length / pieces);
      for (let at = 0; at < text.length; at += length) {
        for (let between = random.whole(0, 3); between > 0; between -= 1) control();
        const is_last = at + length >= text.length;
        frames.push(wireFrame((is_last ? FIN : 0) | (at === 0 ? TEXT : CONTINUATION), text.slice(at, at + length)));
      }
    }
    const came = await allThatComes(frames, `"${seed}-${MESSAGES - 1}"`);
    expect(came.filter(({ opcode }) => opcode === PONG)).toHaveLength(pings);
    const answers = came.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => JSON.parse(String(payload)));
    const ids = answers.filter(({ type }) => type === "pong").map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: MESSAGES }, (_, at) => `${seed}-${at}`));
    expect(await alice.client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});

/** Frames of the server's, up to the one that has the text in it, with which all is answered. */
async function allThatComes(frames: readonly Uint8Array[], last: string): Promise<WireFrame[]> {
  const client = await rawClient(server.url);
  client.write(`${upgradeHead(alice.token)}\r\n`);
  await client.until('"ready"');
  client.write(Buffer.concat(frames));
  const came = await client.until(last);
  client.socket.destroy();
  return framesIn(Buffer.from(came.slice(came.indexOf("\r\n\r\n") + 4), "latin1"));
}
