import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeRows } from "../harness/database.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]?Inf|[+-]?[0-9.]+(?:e[+-]?[0-9]+)?)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** Reads the Prometheus text format; throws at a line that is none, or at a sample of an undeclared metric. */
function parse(text: string): Sample[] {
  const declared = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("# HELP "))) {
    const type = line.match(/^# TYPE (\S+) (counter|gauge|histogram|summary)$/);
    const sample = line.match(SAMPLE);
    if (type) declared.add(type[1] as string);
    else if (!sample) throw new Error(`not the Prometheus text format: ${line}`);
    else {
      const [, name = "", labels = "", value] = sample;
      if (![name, name.replace(/_(bucket|sum|count)$/, "")].some((one) => declared.has(one))) {
        throw new Error(`a sample of no declared metric: ${line}`);
      }
      const pairs = [...labels.matchAll(LABEL)].map(([, label, content]) => [label, content] as const);
      samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
    }
  }
  return samples;
}

async function metrics(of: TestServer): Promise<(name: string, labels?: Record<string, string>) => number | undefined> {
  const response = await fetch(`${of.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toStartWith("text/plain");
  const samples = parse(await response.text());
  return (name, labels = {}) =>
    samples.find(
      (one) => one.name === name && Object.entries(labels).every(([label, content]) => one.labels[label] === content),
    )?.value;
}

test.each(["/", "/healthz", "/readyz"])("GET %s answers 200 to anyone", async (path) => {
  const response = await fetch(`${server.url}${path}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ success: true });
});

test("GET / says what it is", async () => {
  expect(await (await fetch(server.url)).json()).toEqual({
    ...{ success: true, name: "orchard", version: "test", sends_mail: false },
  });
});

describe("the metrics", () => {
  test("count sessions, people online and messages by type and result", async () => {
    const own = await startServer();
    const alice = await own.join();
    await Promise.all([own.connect(alice), own.join()]);
    await alice.client.ask({ type: "ping" });
    await alice.client.ask({ type: "ping" });
    await alice.client.ask({ type: "accept-friend-request", message: "12345" });
    await alice.client.ask({ type: "accept-friend-request", message: "banana" });
    await alice.client.ask({ type: 'no such type, and\n"quoted"' });
    const value = await metrics(own);
    expect(value("orchard_sessions")).toBe(3);
    expect(value("orchard_users_online")).toBe(2);
    expect(value("orchard_messages_total", { type: "ping", result: "ok" })).toBe(2);
    expect(value("orchard_messages_total", { type: "accept-friend-request", result: "not_found" })).toBe(1);
    expect(value("orchard_messages_total", { type: "invalid", result: "bad_request" })).toBe(1);
    expect(value("orchard_messages_total", { type: "invalid", result: "unknown_type" })).toBe(1);
    expect(value("orchard_socket_bytes_out_total")).toBeGreaterThan(100);
    await alice.client.close();
    await own.stop();
  });

  test("measure mailboxes, commits, the event loop and HTTP", async () => {
    await server.join();
    await fetch(`${server.url}/nowhere`);
    const value = await metrics(server);
    for (const kind of ["session", "presence"]) expect(value("orchard_mailbox_waiting", { kind })).toBe(0);
    expect(value("orchard_mailbox_oldest_seconds", { kind: "session" })).toBe(0);
    expect(value("orchard_actors", { kind: "presence" })).toBe(1);
    expect(value("orchard_commit_seconds_count")).toBeGreaterThan(0);
    expect(value("orchard_commit_seconds_bucket", { le: "+Inf" })).toBe(
      value("orchard_commit_seconds_count") as number,
    );
    expect(value("orchard_event_loop_lag_seconds", { quantile: "0.99" })).toBeGreaterThanOrEqual(0);
    expect(value("orchard_http_requests_total", { status: "201" })).toBeGreaterThan(0);
    expect(value("orchard_http_requests_total", { status: "404" })).toBeGreaterThan(0);
    expect(value("orchard_memory_bytes")).toBeGreaterThan(0);
  });

  test("count a socket's close by its code", async () => {
    const own = await startServer();
    const { client, token } = await own.join();
    await own.call("POST", "/user/logout", undefined, token);
    expect((await client.closed).code).toBe(4002);
    const value = await metrics(own);
    expect(value("orchard_socket_closes_total", { code: "4002" })).toBe(1);
    expect(value("orchard_sessions")).toBe(0);
    await own.stop();
  });

  test("count closes with codes of the clients' own together, so that nobody can make up numbers without end", async () => {
    const own = await startServer();
    const { client: witness } = await own.join();
    for (const code of [3000, 4000, 4777, 4999]) {
      const { client } = await own.join();
      client.socket.close(code);
      await client.closed;
    }
    await witness.rest();
    const text = await (await fetch(`${own.url}/metrics`)).text();
    const counts = text.split("\n").filter((line) => line.startsWith("orchard_socket_closes_total{"));
    expect(counts).toEqual(['orchard_socket_closes_total{code="other"} 4']);
    await own.stop();
  });

  test("count what went wrong inside", async () => {
    const own = await startServer();
    const { client } = await own.join();
    await client.ask({ type: "ping" });
    await writeRows(own.folder, "drop table friendships", [[]]);
    const reply = await client.ask({ type: "get-friends" });
    expect(reply["message"]).not.toContain("friendships");
    expect(reply).toMatchObject({ type: "error", code: "internal", message: expect.stringContaining("reference") });
    expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    expect((await metrics(own))("orchard_faults_total")).toBe(1);
    await own.stop();
  });
});

test("the table of docs/monitoring.md has every metric, and no other than those of a node", async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const served = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  const page = await Bun.file(new URL("../../docs/monitoring.md", import.meta.url)).text();
  const told = [...page.matchAll(/^\| `(orchard_[a-z_]+)` +\|/gm)].map(([, name]) => name);
  expect(told.filter((name) => !name?.startsWith("orchard_node_")).sort()).toEqual(served.sort());
});
