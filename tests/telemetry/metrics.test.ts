// What is counted for each frame, and handed over at a scrape.

import { expect, test } from "bun:test";
import { createMetrics } from "../../src/telemetry/metrics.ts";

test("replies and bytes are counted once, however often they are asked for", async () => {
  const metrics = createMetrics();
  const lines = async () => (await metrics.text()).split("\n").filter((line) => /^orchard_(mess|socket_b)/.test(line));
  expect(await lines()).toEqual(["orchard_socket_bytes_out_total 0"]);
  metrics.reply("ping", "ok");
  metrics.reply("ping", "ok");
  metrics.reply("ping", "rate_limited");
  metrics.bytesOut(100);
  metrics.bytesOut(20);
  const counted = [
    'orchard_messages_total{type="ping",result="ok"} 2',
    'orchard_messages_total{type="ping",result="rate_limited"} 1',
    "orchard_socket_bytes_out_total 120",
  ];
  expect(await lines()).toEqual(counted);
  expect(await lines()).toEqual(counted);
  metrics.reply("ping", "ok");
  expect((await lines())[0]).toBe('orchard_messages_total{type="ping",result="ok"} 3');
});
