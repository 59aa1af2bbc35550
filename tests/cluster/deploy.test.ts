// deploy/cluster as it stands there, but for addresses: its NATS, its sqld, nodes of the source on them, and a proxy.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engines, startEngines } from "../../scripts/cluster/engines.ts";
import { DeveloperNodes, type ShownNode } from "../../scripts/cluster/nodes.ts";
import { type DeveloperProxy, startProxy } from "../../scripts/cluster/proxy.ts";
import { makeSecrets } from "../../scripts/cluster/secrets.ts";
import { Program } from "../../scripts/program.ts";
import { hasCluster } from "../harness/cluster.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { program } from "../harness/program.ts";
import { type RunningServer, serverAt } from "../harness/server.ts";

const can_run = hasCluster && Bun.which("openssl") !== null;

describe.skipIf(!can_run)("deploy/cluster", () => {
  let folder: string;
  let engines: Engines;
  let nodes: DeveloperNodes;
  let proxy: DeveloperProxy;
  let server: RunningServer;
  const told: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "orchard-deploy-"));
    engines = await startEngines(folder, 3);
    nodes = new DeveloperNodes(folder, engines, (line) => void told.push(line));
    await Promise.all([1, 2, 3].map((node) => nodes.start(node)));
    proxy = startProxy(0, () => nodes.ports);
    server = serverAt(`http://127.0.0.1:${proxy.port}`, folder);
    await until((shown) => shown.length === 3 && shown.every(({ slots }) => slots > 50));
  }, 60_000);
  afterAll(async () => {
    proxy?.stop();
    await nodes?.end();
    await engines?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function until(holds: (shown: ShownNode[]) => boolean): Promise<void> {
    while (!holds((await nodes.status()) ?? [])) await Bun.sleep(20);
  }
  const slotsIn = (shown: readonly ShownNode[]) => shown.reduce((sum, { slots }) => sum + slots, 0);

  test("is one server behind its proxy, whichever node somebody is at", async () => {
    const people = [await server.join(), await server.join(), await server.join()] as const;
    const [alice] = people;
    const server_id = await foundServer(alice);
    await inviteInto(server_id, ...people);
    const [first] = (await done(alice, "get_server_channels", { server_id })).categories;
    const channel_id = first.channels[0].id;
    for (const person of people) {
      await done(person, "get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
    }
    const { message } = await done(alice, "add_message", { channel_id, content: "hello" });
    for (const { client } of people) {
      expect((await client.take("message_added"))["data"]).toMatchObject({ id: message.id, content: "hello" });
    }
    const sessions = ((await nodes.status()) ?? []).map((node) => node.sessions);
    expect(sessions.toSorted()).toEqual([1, 1, 1]);
    for (const { client } of people) await client.close();
  }, 60_000);

  test("shows its nodes by the command line, in any node's folder", async () => {
    const settings = await engines.settingsOf(2);
    const status = await Program.run([...program, "cluster", "status", "--json"], join(folder, "node-2"), settings);
    expect([status.exitCode, status.stderr]).toEqual([0, ""]);
    const { nodes: shown, free_slots } = JSON.parse(status.stdout);
    expect(free_slots).toBe(0);
    expect(shown).toHaveLength(3);
    expect(slotsIn(shown)).toBe(257);
  }, 60_000);

  test("goes on when a node is killed, and gives it its share when it is back", async () => {
    const [alice, bob] = [await server.user(), await server.user()];
    await nodes.kill(3);
    await until((shown) => shown.length === 2 && slotsIn(shown) === 257);
    const [first, second] = [await server.connect(alice), await server.connect(bob)];
    await first.ask({ type: "send-friend-request", message: bob.name });
    expect(await second.take("friend-list-update")).toMatchObject({ data: { id: alice.id } });
    for (const client of [first, second]) await client.close();
    await nodes.start(3);
    await until((shown) => shown.length === 3 && shown.every(({ slots }) => slots > 50));
  }, 60_000);

  test("lets nobody in without a certificate, or the key of a node", async () => {
    const settings = await engines.settingsOf(1);
    const refused = async (more: Record<string, string>): Promise<[number, string]> => {
      const { exitCode, stderr } = await Program.run(program, await mkdtemp(join(folder, "other-")), {
        ...{ ...settings, ORCHARD_HOST: "127.0.0.1", ORCHARD_PORT: "0", ORCHARD_LOG: "warn" },
        ...more,
      });
      return [exitCode, JSON.parse(stderr.trim()).reason];
    };
    expect(await refused({ ORCHARD_CLUSTER_CERT: "", ORCHARD_CLUSTER_KEY: "" })).toEqual([
      2,
      expect.stringMatching(/^ORCHARD_CLUSTER_CERT: NATS at localhost:\d+ wants a certificate/),
    ]);
    await makeSecrets(join(folder, "others"), { hosts: ["localhost"], nodes: 1 });
    const others = { ORCHARD_CLUSTER_CERT: "node-1.pem", ORCHARD_CLUSTER_KEY: "node-1.key" };
    const theirs = Object.entries(others).map(([name, file]) => [name, join(folder, "others", file)]);
    expect(await refused(Object.fromEntries(theirs))).toEqual([
      2,
      expect.stringMatching(/^ORCHARD_CLUSTER_CERT: NATS at localhost:\d+ refuses this certificate/),
    ]);
    expect(await refused({ ORCHARD_CLUSTER_CREDS: join(folder, "others/node-1.nkey") })).toEqual([
      2,
      expect.stringMatching(/^ORCHARD_CLUSTER_CREDS: NATS at localhost:\d+ refuses these credentials/),
    ]);
    expect(await refused({ ORCHARD_CLUSTER_CREDS: "" })).toEqual([
      2,
      expect.stringMatching(/^ORCHARD_CLUSTER_CREDS: NATS at localhost:\d+ wants credentials/),
    ]);
    expect(await refused({ ORCHARD_DATABASE_AUTH_TOKEN: "" })).toEqual([
      2,
      expect.stringMatching(/^ORCHARD_DATABASE_AUTH_TOKEN: the database server \S+ wants a token/),
    ]);
    expect(await refused({ ORCHARD_CLUSTER_NAME: "other" })).toEqual([
      2,
      expect.stringMatching(/^ORCHARD_CLUSTER_NAME: node \d of this database has the name orchard, and this one other/),
    ]);
  }, 60_000);

  test("notices a node that ends by itself, which may be started again", async () => {
    process.kill((await nodes.status())?.[0]?.pid ?? 0, "SIGKILL");
    const ended = () => told.map((line) => /^node-(\d) has ended by itself$/.exec(line)?.[1]).find(Boolean);
    while (!ended()) await Bun.sleep(20);
    await nodes.start(Number(ended()));
    await until((shown) => shown.length === 3 && shown.every(({ slots }) => slots > 50));
  }, 60_000);

  test("hands over what a stopped node has", async () => {
    await nodes.stop(1);
    expect(told.at(-1)).toMatch(/^node-1 has stopped with code 0, after \d+ ms$/);
    await until((shown) => shown.length === 2 && slotsIn(shown) === 257);
  }, 60_000);
});

test.skipIf(Bun.which("haproxy") === null)("haproxy takes its configuration", async () => {
  const made = await mkdtemp(join(tmpdir(), "orchard-haproxy-"));
  const path = join(import.meta.dir, "../../deploy/cluster/haproxy.cfg");
  const config = (await Bun.file(path).text()).replace(/ ssl crt \S+ alpn \S+/, "").replace(":443", "127.0.0.1:1024");
  await Bun.write(join(made, "haproxy.cfg"), config);
  const { exitCode, stderr } = Bun.spawnSync(["haproxy", "-c", "-f", join(made, "haproxy.cfg")], { stderr: "pipe" });
  // That names have no address here is only warned of.
  expect([exitCode, String(stderr).match(/^\[ALERT\].*$/gm)]).toEqual([0, null]);
  await rm(made, { recursive: true });
});
