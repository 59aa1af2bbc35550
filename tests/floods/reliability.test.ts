// Small versions of the scripts in scripts/reliability, against a server in this process. They wait side by side.

import { describe, expect, test } from "bun:test";
import { counted } from "../../scripts/reliability/metrics.ts";
import { rawClient, upgradeHead } from "../../scripts/reliability/raw-client.ts";
import { openSlowly, serveMeanwhile } from "../../scripts/reliability/slowloris.ts";
import { stallReaders } from "../../scripts/reliability/stalled-readers.ts";
import { limits } from "../../src/domain/limits.ts";
import { startServer } from "../harness/server.ts";

/** The shortest that Bun has. */
const IDLE_S = 8;

const PATIENCE_MS = 30_000;

describe.concurrent("under siege", () => {
  test(
    "who stops reading is closed, in time for all of them together, and who reads misses nothing",
    async () => {
      const server = await startServer({ bounds: { ...limits, sockets_backpressure_bytes: 2 * 1024 * 1024 } });
      const { readers, closed, messages, came_to_readers } = await stallReaders(server.url, 20);
      expect(closed).toBe(readers);
      expect(new Set(came_to_readers)).toEqual(new Set([messages]));
      expect(await counted(server.url, "orchard_slow_readers_closed_total")).toBeGreaterThan(0);
      await server.stop();
    },
    PATIENCE_MS,
  );

  // That who answers no ping is closed takes longer: scripts/reliability/half-open.ts waits for it.
  test(
    "who says nothing is asked by a ping whether they are still there",
    async () => {
      const server = await startServer({ bounds: { ...limits, socket_idle_s: IDLE_S } });
      const { token } = await server.user();
      const silent = await rawClient(server.url);
      silent.write(`${upgradeHead(token)}\r\n`);
      await silent.until('"ready"');
      await silent.until("\x89\x00");
      await server.stop();
    },
    PATIENCE_MS,
  );

  test(
    "who sends a request by drops holds up nobody",
    async () => {
      const server = await startServer();
      const opened = await openSlowly(server.url, 30);
      for (const clients of opened.values()) for (const { write } of clients) write("x");
      await serveMeanwhile(server.url);
      expect(await counted(server.url, "orchard_sessions")).toBeLessThanOrEqual(1);
      for (const clients of opened.values()) for (const { socket } of clients) socket.destroy();
      await server.stop();
    },
    PATIENCE_MS,
  );
});
