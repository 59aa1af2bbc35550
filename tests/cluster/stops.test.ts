// A node that is told to stop ends in its time, and with 0, whatever is away or answers nothing meanwhile: what it was
// asked is answered or not, those connected hear that they may come back, and others take what it couldn't give.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCluster } from "../harness/cluster.ts";
import { program } from "../harness/program.ts";
import { type ProxiedNode, ProxiedNodes } from "./proxied-nodes.ts";

const CASE_MS = 60_000;
/** What sockets close with then: they may come back. */
const server_restarting = 1012;

describe.skipIf(!hasCluster)("a node that is told to stop", () => {
  let nodes: ProxiedNodes;
  beforeAll(async () => {
    nodes = await ProxiedNodes.start(2);
  }, CASE_MS);
  afterAll(() => nodes?.stop());

  /** Of somebody at it, who has just asked for a change. */
  async function stopped(node: ProxiedNode, befall: () => void | Promise<void>) {
    const alice = await node.program.join();
    await befall();
    alice.client.send({ type: "add_server", id: "q", data: { name: "begun" } });
    const code = await node.program.program.stop();
    return [code, (await alice.client.closed).code];
  }
  async function again(node: ProxiedNode): Promise<void> {
    node.nats.restore();
    node.database.restore();
    await nodes.restart(node);
  }

  const troubles: [name: string, befall: (node: ProxiedNode) => void][] = [
    ["NATS can't be reached", ({ nats }) => nats.cut()],
    ["NATS says nothing", ({ nats }) => nats.stall()],
    ["the database can't be reached", ({ database }) => database.cut()],
    ["the database says nothing", ({ database }) => database.stall()],
    [
      "neither says anything",
      ({ nats, database }) => {
        nats.stall();
        database.stall();
      },
    ],
  ];
  test.each(troubles)(
    "ends with 0 while %s",
    async (_name, befall) => {
      const [node] = nodes.all as [ProxiedNode];
      expect(await stopped(node, () => befall(node))).toEqual([0, server_restarting]);
      await again(node);
    },
    CASE_MS,
  );

  test(
    "ends once, however often it is told",
    async () => {
      const [node] = nodes.all as [ProxiedNode];
      const { pid } = node.program.program;
      const ended = await stopped(node, () => {
        for (let told = 0; told < 3; told += 1) process.kill(pid, "SIGTERM");
      });
      expect(ended).toEqual([0, server_restarting]);
      await again(node);
    },
    CASE_MS,
  );

  test(
    "ends while it takes over what another one had",
    async () => {
      const [node, other] = nodes.all as [ProxiedNode, ProxiedNode];
      const number = await nodes.numberOf(other);
      const ended = await stopped(node, async () => {
        await other.program.program.kill();
        await nodes.buried(number);
      });
      expect(ended).toEqual([0, server_restarting]);
      nodes.all.length = 1;
      await again(node);
    },
    CASE_MS,
  );
});

describe.skipIf(!hasCluster)("a node that is told to stop before it has begun", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("ends at once with 0: %s", async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), "orchard-stops-"));
    const asked = Promise.withResolvers<void>();
    // A database server that takes connections and says nothing.
    const silent = Bun.listen({
      ...{ hostname: "127.0.0.1", port: 0 },
      socket: { open: () => asked.resolve(), data() {} },
    });
    const child = Bun.spawn([...program], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ...{ ORCHARD_CLUSTER: "nats://127.0.0.1:1", ORCHARD_UPLOADS_SHARED: "on", ORCHARD_PORT: "0" },
        ORCHARD_DATABASE_URL: `http://localhost:${silent.port}`,
      },
    });
    await asked.promise;
    child.kill(signal);
    expect(await child.exited).toBe(0);
    expect(await new Response(child.stdout).text()).toBe("");
    silent.stop(true);
    await rm(folder, { recursive: true });
  });
});
