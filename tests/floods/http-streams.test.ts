// HTTP requests in a stream, none of which waits for the answer to the one before it: whatever is asked for, they are
// paid for, and what one read of a connection brings is never handled in one go.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { counted } from "../../scripts/reliability/metrics.ts";
import { limits, rates } from "../../src/domain/limits.ts";
import { parseNetwork } from "../../src/routes/client-address.ts";
import { createTurns } from "../../src/routes/turnstile.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { exchange, statusesIn } from "../routes/raw.ts";

const BURST = 40;
const FLOODER = "198.51.100.1";
const loopback = parseNetwork("127.0.0.1");
if (!loopback) throw new Error("no network");

/** So many of the same request from one address, and one more that ends the connection in any case. */
const stream = (line: string, count: number, address: string, headers: readonly string[] = []) => {
  const head = [`${line} HTTP/1.1`, "Host: orchard.test", `X-Forwarded-For: ${address}`, ...headers].join("\r\n");
  return `${`${head}\r\n\r\n`.repeat(count)}${head}\r\nConnection: close\r\n\r\n`;
};

const LINES = [
  ["GET /", 1],
  ["HEAD /healthz", 1],
  ["GET /metrics", 16],
  ["GET /nowhere", 1],
  ["GET /api/v1/validate_jwt", 1],
  ["OPTIONS /api/v1/user/login", 1],
  ["GET /subscribe", 1],
] as const;

describe("an address that has used up its requests", () => {
  let server: TestServer;
  beforeAll(async () => {
    const http_per_address = { burst: BURST, per_s: 0.001 };
    server = await startServer({
      rate_limits: true,
      rates: { ...rates, http_per_address },
      trusted_proxies: [loopback],
    });
  });
  afterAll(() => server.stop());

  test.each(LINES)(
    "asks %s, which counts as %i, and is refused once: what is behind is not read",
    async (line, cost) => {
      const address = `198.51.100.${2 + LINES.findIndex(([one]) => one === line)}`;
      const statuses = statusesIn(await exchange(server, stream(line, 200, address)));
      expect(statuses.slice(0, -1)).not.toContain(429);
      expect(statuses).toHaveLength(Math.floor(BURST / cost) + 1);
      expect(statuses.at(-1)).toBe(429);
    },
  );

  test("is told when to come again, and so is a page of another origin", async () => {
    const answer = await exchange(server, stream("GET /", 200, FLOODER, ["Origin: https://console.example"]));
    const refusal = answer.slice(answer.lastIndexOf("HTTP/1.1 429"));
    expect(refusal).toMatch(/^connection: close\r$/im);
    expect(refusal).toMatch(/^retry-after: \d+\r$/im);
    expect(refusal).toMatch(/^access-control-allow-origin: https:\/\/console\.example\r$/im);
    expect(refusal).toMatch(/^access-control-expose-headers: Retry-After,/im);
    expect(refusal).toMatch(/^x-content-type-options: nosniff\r$/im);
    expect(refusal).toContain('"code":"rate_limited"');
  });

  test("is counted, and the others are served", async () => {
    const refused = async () => counted(server.url, 'orchard_rate_limited_total{scope="http"}');
    const before = await refused();
    await exchange(server, stream("GET /readyz", 1, FLOODER));
    expect(await refused()).toBe(before + 1);
    for (const path of ["/healthz", "/readyz", "/"]) {
      const response = await fetch(`${server.url}${path}`, { headers: { "x-forwarded-for": "192.0.2.7" } });
      expect(response.status).toBe(200);
    }
  });
});

describe("what comes in one read", () => {
  test("is begun as far as one turn goes, with no limit for an address, too; then the connection closes", async () => {
    const server = await startServer();
    for (const [line] of LINES) {
      const answered = () => counted(server.url, `orchard_http_requests_total{status="${statusOf(line)}"}`);
      const before = await answered();
      await exchange(server, stream(line, 5_000, FLOODER));
      // One waits for its turn when the connection closes; one is the look at the count.
      expect((await answered()) - before).toBeLessThanOrEqual(limits.http_requests_a_turn + 2);
    }
    await server.stop();
  });

  test("is no matter to requests on connections of their own, which wait for a turn", async () => {
    const server = await startServer();
    const many = Array.from({ length: 3 * limits.http_requests_a_turn }, () => fetch(`${server.url}/healthz`));
    expect(new Set((await Promise.all(many)).map(({ status }) => status))).toEqual(new Set([200]));
    await server.stop();
  });
});

function statusOf(line: string): number {
  if (line.startsWith("OPTIONS")) return 204;
  if (line.includes("nowhere")) return 404;
  if (line.includes("validate")) return 401;
  return line.includes("subscribe") ? 400 : 200;
}

test("so many of one key are in each turn, and others have their own", async () => {
  const turnOf = createTurns(2);
  expect([turnOf("a"), turnOf("a"), turnOf("b")]).toEqual([null, null, null]);
  const next = turnOf("a");
  expect(next).toBeInstanceOf(Promise);
  expect(turnOf("a")).toBe(next);
  expect(turnOf("b")).toBeNull();
  await next;
  expect(turnOf("a")).toBeNull();
});
