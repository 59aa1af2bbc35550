// What people notice of deploy/cluster behind its haproxy, both as they stand there: where they come to, what becomes of
// them when a node is killed or stopped, by what they are counted, and what isn't theirs to see.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engines, freePorts, startEngines } from "../../scripts/cluster/engines.ts";
import { DeveloperNodes } from "../../scripts/cluster/nodes.ts";
import { limits } from "../../src/domain/limits.ts";
import { TestClient } from "../harness/client.ts";
import { hasCluster } from "../harness/cluster.ts";
import { Haproxy, hasHaproxy } from "../harness/haproxy.ts";
import { type RunningServer, serverAt, type TestUser } from "../harness/server.ts";
import { exchange, requestOf } from "../routes/raw.ts";

const LOOK_MS = 20;
const CASE_MS = 60_000;
/** So many log-ins has one address in these tests. */
const LOGINS = 20;

/** In Node, which can say from which address it connects: the statuses of so many log-ins of nobody. */
const log_ins = `
  const { readFileSync } = require("node:fs");
  const { request } = require("node:https");
  const [url, ca, localAddress, count] = process.argv.slice(1);
  const logIn = (forged) => new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "x-forwarded-for": "10.9.9." + forged };
    const asked = request(url, { method: "POST", ca: readFileSync(ca), localAddress, headers }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode));
    });
    asked.on("error", reject);
    asked.end(JSON.stringify({ username: "nobody-" + forged, password: "correct horse battery" }));
  });
  (async () => {
    const statuses = [];
    for (let tried = 0; tried < Number(count); tried += 1) statuses.push(await logIn(tried));
    console.log(JSON.stringify(statuses));
  })();
`;

describe.skipIf(!hasCluster || !hasHaproxy)("behind deploy/cluster's haproxy", () => {
  let folder: string;
  let engines: Engines;
  let nodes: DeveloperNodes;
  let haproxy: Haproxy;
  let server: RunningServer;
  let people: TestUser[];
  let secure_port: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "orchard-haproxy-"));
    engines = await startEngines(folder, 3);
    const [port, plain_port, ...ports] = freePorts(5) as [number, number, number, number, number];
    secure_port = port;
    nodes = new DeveloperNodes(
      folder,
      engines,
      () => {},
      (node) => ({
        ...{ ORCHARD_PORT: String(ports[node - 1]), ORCHARD_RATE_LOGIN_ADDRESS: `${LOGINS}/0.0001` },
        ...{
          ORCHARD_PASSWORD_MEMORY_KIB: "1024",
          ORCHARD_RATE_CONNECT: "10000/1000",
          ORCHARD_RATE_HTTP: "100000/1000",
        },
      }),
    );
    await Promise.all([1, 2, 3].map((node) => nodes.start(node)));
    // Those that aren't ready are given nobody.
    await until((shown) => shown.every(({ slots }) => slots > 50));
    haproxy = await Haproxy.start({
      ...{ folder, pem: join(folder, "secrets/proxy.pem"), port, plain_port, nodes: ports },
    });
    server = serverAt(`http://127.0.0.1:${plain_port}`, folder);
    people = await Promise.all([server.user(), server.user(), server.user()]);
  }, CASE_MS);
  afterAll(async () => {
    await haproxy?.stop();
    await nodes?.end();
    await engines?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  type Shown = NonNullable<Awaited<ReturnType<typeof nodes.status>>>;
  async function until(holds: (shown: Shown) => boolean, count = 3): Promise<Shown> {
    for (;;) {
      const shown = (await nodes.status()) ?? [];
      if (shown.length === count && holds(shown)) return shown;
      await Bun.sleep(LOOK_MS);
    }
  }
  /** haproxy gives them people, each in turn. */
  const takesAll = async () => {
    const gone = new Set<number>();
    while (gone.size < 3) {
      const client = await TestClient.open(server.url, (people[0] as TestUser).token);
      const { data } = await client.take("ready");
      gone.add(data.session_id % 31);
      await client.close();
    }
  };

  test(
    "sockets are spread over the nodes",
    async () => {
      const clients = await Promise.all(
        Array.from({ length: 9 }, (_, at) => server.connect(people[at % 3] as TestUser)),
      );
      const shown = await until((nodes) => nodes.every(({ sessions }) => sessions !== null));
      expect(shown.map(({ sessions }) => sessions)).toEqual([3, 3, 3]);
      for (const client of clients) await client.close();
    },
    CASE_MS,
  );

  test(
    "a socket is one over TLS, too",
    async () => {
      const ca = await Bun.file(join(folder, "secrets/ca.pem")).text();
      const address = `wss://localhost:${secure_port}/subscribe?auth=${(people[0] as TestUser).token}`;
      const socket = new WebSocket(address, { tls: { ca } } as unknown as string[]);
      const first = await new Promise((resolve, reject) => {
        socket.addEventListener("message", ({ data }) => resolve(JSON.parse(String(data))));
        socket.addEventListener("error", reject);
      });
      expect(first).toMatchObject({ type: "ready" });
      socket.close();
    },
    CASE_MS,
  );

  test("what is for operators is nobody else's, however it is written", async () => {
    const paths = [
      "/metrics",
      "/metrics/",
      "//metrics",
      "/metrics?a=b",
      "/%6detrics",
      "/METRICS",
      "/readyz",
      "/readyz/",
    ];
    for (const path of paths) {
      const answer = await fetch(`${server.url}${path}`);
      expect([path, answer.ok, await answer.text()]).toEqual([path, false, expect.not.stringContaining("orchard_")]);
    }
    expect((await fetch(`${server.url}/livez`)).ok).toBe(true);
  });

  test("a path that means another one than it looks like is refused", async () => {
    for (const path of [
      "/x/../metrics",
      "/./metrics",
      "/%2e/metrics",
      "/.\\metrics",
      "/metrics/.",
      "/x/%2E%2e/readyz",
    ]) {
      const answer = await exchange(server, requestOf(`GET ${path}`));
      expect([path, answer.slice(0, 12), answer.includes("orchard_")]).toEqual([path, "HTTP/1.1 403", false]);
    }
  });

  test(
    "people are counted by their own address, and by nothing that they claim",
    async () => {
      const url = `https://localhost:${secure_port}/api/v1/user/login`;
      const ca = join(folder, "secrets/ca.pem");
      const from = async (address: string, count: number): Promise<number[]> => {
        const child = Bun.spawn(["node", "-e", log_ins, "--", url, ca, address, String(count)], { stderr: "inherit" });
        return JSON.parse(await new Response(child.stdout).text());
      };
      // Each node lets pass an eighth of what others have let pass and not told yet.
      const first = await from("127.0.0.2", 2 * LOGINS);
      expect(first.slice(0, LOGINS / 2)).toEqual(Array(LOGINS / 2).fill(401));
      expect(first.at(-1)).toBe(429);
      expect(await from("127.0.0.3", 3)).toEqual([401, 401, 401]);
      expect(await from("127.0.0.2", 1)).toEqual([429]);
    },
    CASE_MS,
  );

  test(
    "when a node is killed, whoever comes is with another at once",
    async () => {
      await nodes.kill(2);
      const comes = Array.from({ length: 12 }, () => TestClient.open(server.url, (people[0] as TestUser).token));
      const clients = await Promise.all(comes);
      for (const client of clients) expect(await client.take("ready")).toMatchObject({ type: "ready" });
      for (const client of clients) await client.close();
      await nodes.start(2);
      await until((shown) => shown.every(({ slots }) => slots > 50));
      await takesAll();
    },
    CASE_MS,
  );

  test(
    "when a node is stopped, nobody who comes meanwhile is refused",
    async () => {
      let is_over = false;
      const statuses = new Map<number, number>();
      const asking = (async () => {
        while (!is_over) {
          const { status } = await fetch(`${server.url}/livez`, { headers: { connection: "close" } });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      })();
      const coming = (async () => {
        while (!is_over) await (await TestClient.open(server.url, (people[1] as TestUser).token)).close();
      })();
      await nodes.stop(1);
      is_over = true;
      await Promise.all([asking, coming]);
      expect([...statuses.keys()]).toEqual([200]);
      await nodes.start(1);
      await takesAll();
    },
    CASE_MS,
  );
});

test("haproxy leaves a socket alone for longer than a node lets it be silent, and an idle connection for less", async () => {
  const config = await Bun.file(join(import.meta.dir, "../../deploy/cluster/haproxy.cfg")).text();
  const secondsOf = (name: string) => Number(new RegExp(`^ +timeout ${name} (\\d+)s$`, "m").exec(config)?.[1]);
  expect(secondsOf("tunnel")).toBeGreaterThan(limits.socket_idle_s);
  expect(secondsOf("http-keep-alive")).toBeLessThan(limits.http_idle_s);
});
