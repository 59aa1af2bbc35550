// Uploads that never come to their end, over real sockets: what they hold goes to whoever needs it.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { limits } from "../../src/domain/limits.ts";
import { createPools, type Pools } from "../../src/domain/pools.ts";
import { UploadRoom } from "../../src/domain/upload-room.ts";
import { success } from "../../src/protocol/outcome.ts";
import { createUploadReceiver } from "../../src/routes/upload-body.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { receiving } from "./sent.ts";

const MISSING = 40;
const ROOM_FOR = 3;

let server: ReturnType<typeof Bun.serve>;
let pools: Pools;
const sockets: Socket[] = [];

beforeAll(() => {
  pools = { ...createPools(), upload_room: new UploadRoom(ROOM_FOR * limits.upload_bytes) };
  const log = createLog("silent");
  const receiver = createUploadReceiver({ files: receiving, pools, bounds: limits, log, clock: Date.now });
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const party = request.headers.get("x-user") ?? "";
      const who = { party, group: "home" };
      const outcome = await receiver.receive(request, who, async ({ content }) => success(content.bytes));
      return Response.json(outcome.ok ? outcome.value : outcome.error, { status: outcome.ok ? 201 : 503 });
    },
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await server.stop(true);
});

/** Sends all but the last bytes of a file; what is answered, once it is. */
function drip(user: string): Promise<string> {
  const socket = connect(server.port as number, "127.0.0.1");
  sockets.push(socket);
  socket.write(`POST / HTTP/1.1\r\nHost: orchard\r\nX-User: ${user}\r\nContent-Length: ${limits.upload_bytes}\r\n\r\n`);
  socket.write(Buffer.alloc(limits.upload_bytes - MISSING));
  socket.on("error", () => {});
  return new Promise((resolve) => socket.once("data", (answer) => resolve(String(answer))));
}

async function held(bytes: number): Promise<void> {
  while (pools.upload_room.stats.bytes < bytes) await new Promise(setImmediate);
}

test("of one user's dripping uploads as many end as another's upload needs room", async () => {
  const dripping = Array.from({ length: ROOM_FOR }, () => drip("crowd"));
  await held(ROOM_FOR * (limits.upload_bytes - MISSING));
  const body = Buffer.alloc(limits.upload_bytes);
  const answer = await fetch(server.url, { method: "POST", headers: { "x-user": "bob" }, body });
  expect([answer.status, await answer.json()]).toEqual([201, limits.upload_bytes]);
  const refused = await Promise.race(dripping);
  expect(refused).toStartWith("HTTP/1.1 503");
  expect(refused).toContain(`"retry_after_ms":${limits.crowded_retry_ms}`);
  expect(pools.upload_room.stats.bytes).toBe((ROOM_FOR - 1) * (limits.upload_bytes - MISSING));
});
