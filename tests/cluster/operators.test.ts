// What an operator has done at one node holds at all of them, within a second; and what they are shown is of all.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { close_codes } from "../../src/protocol/errors.ts";
import { TestClient } from "../harness/client.ts";
import { hasCluster, startCluster, type TestCluster, type TestNode } from "../harness/cluster.ts";
import { done, foundServer, inviteInto } from "../harness/community.ts";
import { command } from "../harness/operators.ts";
import { PASSWORD, type TestUser, uniqueName } from "../harness/server.ts";

const WITHIN_MS = 1_000;

describe.skipIf(!hasCluster)("three nodes", () => {
  let cluster: TestCluster;
  let [one, two, three]: [TestNode, TestNode, TestNode] = [] as never;
  let admin: TestUser;
  beforeAll(async () => {
    cluster = await startCluster(3);
    [one, two, three] = cluster.nodes as typeof cluster.nodes & [TestNode, TestNode, TestNode];
    admin = await one.user();
    expect((await command(one, "user", "admin", admin.name, "on")).code).toBe(0);
    // As long as it takes all of them to hear of each other.
    const isKnown = ({ nodes, free_slots }: Status) =>
      free_slots === 0 && nodes.every(({ state, sessions }) => state === "serving" && sessions !== null);
    for (const node of [one, two, three]) await settled(async () => isKnown(await statusAt(node)));
  }, 60_000);
  afterAll(() => cluster?.stop());

  type Status = { nodes: { [field: string]: number | boolean | string | null }[]; free_slots: number };
  const statusAt = async (node: TestNode): Promise<Status> => {
    const { status, body } = await node.call("GET", "/admin/nodes", undefined, admin.token);
    expect(status).toBe(200);
    return body as unknown as Status;
  };
  const sum = (numbers: unknown[]) => numbers.reduce<number>((all, one) => all + Number(one), 0);

  const codesOf = async (sockets: TestClient[]) =>
    (await Promise.all(sockets.map(({ closed }) => closed))).map(({ code }) => code);

  async function settled(holds: () => Promise<boolean>): Promise<number> {
    const from_ms = performance.now();
    while (!(await holds())) await Bun.sleep(10);
    return performance.now() - from_ms;
  }

  test("each shows all of them: who has what, and when it was heard", async () => {
    const clients = [await one.join(), await two.join(), await two.join()];
    for (const node of [one, two, three]) {
      const { nodes, free_slots } = await statusAt(node);
      expect(free_slots).toBe(0);
      expect(nodes.map(({ state, version, protocol }) => [state, version, protocol])).toEqual(
        Array.from({ length: 3 }, () => ["serving", "test", 1]),
      );
      expect(sum(nodes.map(({ slots }) => slots))).toBe(257);
      expect(nodes.filter(({ has_people }) => has_people)).toHaveLength(1);
      expect(sum(nodes.map(({ sessions }) => sessions))).toBe(3);
      const [asked, ...none] = nodes.filter(({ is_asked }) => is_asked);
      expect(none).toEqual([]);
      expect(asked).toMatchObject({ lag_ms: null, waiting_bytes: null, pid: process.pid });
      for (const other of nodes.filter(({ is_asked }) => !is_asked)) expect(other["lag_ms"]).toBeNumber();
    }
    const { out } = await command(one, "cluster", "status");
    expect(out.match(/serving/g)).toHaveLength(3);
    for (const { client } of clients) await client.close();
  });

  test("figures are those of all", async () => {
    const [first, second] = [await one.join(), await two.join()];
    const figures = async () => (await three.call("GET", "/admin/stats", undefined, admin.token)).body.stats;
    // Whoever was there before is online until their grace is over.
    await settled(async () => {
      const { nodes, sessions, online, commits } = await figures();
      return nodes === 3 && sessions === 2 && online === 2 && commits > 0;
    });
    for (const { client } of [first, second]) await client.close();
  });

  test("each measures itself and its streams", async () => {
    const metricsOf = async ({ url }: TestNode) => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
      return new Map(
        lines.filter((line) => line.startsWith("orchard_node_")).map((line) => line.split(" ") as [string, string]),
      );
    };
    const all = await Promise.all([one, two, three].map(metricsOf));
    expect(sum(all.map((metrics) => metrics.get("orchard_node_slots")))).toBe(257);
    const { nodes } = await statusAt(one);
    for (const [at, metrics] of all.entries()) {
      const { number } = nodes[at] ?? {};
      expect(metrics.get(`orchard_node_info{node="${number}",version="test"}`)).toBe("1");
      expect(metrics.get('orchard_node_nodes{state="serving"}')).toBe("3");
      expect(Number(metrics.get("orchard_node_lease_left_seconds"))).toBeGreaterThan(0);
      expect(metrics.get("orchard_node_nats_reached")).toBe("1");
      expect(metrics.get("orchard_node_free_slots")).toBe("0");
      expect(metrics.get("orchard_node_fenced_writes_total")).toBe("0");
      expect(metrics.has("orchard_node_groups_sent_total")).toBe(true);
      expect(metrics.get("orchard_node_groups_doubted_total")).toBe("0");
      const others = nodes.map((node) => node["number"]).filter((other) => other !== number);
      for (const other of others) {
        for (const name of ["silent_seconds", "line", "stream_waiting_bytes", "stream_losses_total"]) {
          expect(metrics.has(`orchard_node_${name}{node="${other}"}`)).toBe(true);
        }
      }
    }
    const asks = all.flatMap((metrics) => [...metrics].filter(([name]) => name.startsWith("orchard_node_asks_total")));
    expect(sum(asks.map(([, value]) => value))).toBeGreaterThan(0);
  });

  test("the table of docs/monitoring.md has every metric of a node", async () => {
    const text = await (await fetch(`${one.url}/metrics`)).text();
    const served = [...text.matchAll(/^# TYPE (orchard_node_\S+) /gm)].map(([, name]) => name);
    const page = await Bun.file(new URL("../../docs/monitoring.md", import.meta.url)).text();
    const told = [...page.matchAll(/^\| `(orchard_node_[a-z_]+)` +\|/gm)].map(([, name]) => name);
    expect(told.sort()).toEqual(served.sort());
  });

  test("a setting holds at all", async () => {
    const set = (value: string) => one.call("POST", "/admin/settings", { name: "registration", value }, admin.token);
    const statusOf = async (node: TestNode) =>
      (await node.call("POST", "/user/register", { username: uniqueName(), password: PASSWORD })).status;
    for (const [value, status] of [["closed", 403] as const, ["open", 201] as const]) {
      expect((await set(value)).status).toBe(200);
      expect(await Promise.all([one, two, three].map(statusOf))).toEqual([status, status, status]);
    }
  }, 60_000);

  test("who is suspended at one is shut out at all, and their sockets close", async () => {
    const bob = await two.user();
    const sockets: TestClient[] = [];
    for (const node of [one, two, three]) sockets.push(await node.connect(bob));
    const path = `/admin/users/${bob.id}`;
    const from_ms = performance.now();
    expect((await three.call("POST", `${path}/suspend`, { reason: "spam" }, admin.token)).status).toBe(200);
    expect(await codesOf(sockets)).toEqual([4003, 4003, 4003]);
    expect(performance.now() - from_ms).toBeLessThan(WITHIN_MS);
    for (const node of [one, two, three]) {
      const { status } = await node.call("POST", "/user/login", { username: bob.name, password: PASSWORD });
      expect(status).toBe(403);
      expect((await node.call("GET", "/user/logins", undefined, bob.token)).status).toBe(401);
    }
    expect((await one.call("POST", `${path}/unsuspend`, {}, admin.token)).status).toBe(200);
    const again = await two.login(bob.name);
    const client = await three.connect(again);
    expect((await two.call("POST", `${path}/logout`, {}, admin.token)).status).toBe(200);
    expect(await codesOf([client])).toEqual([4002]);
  }, 60_000);

  test("whoever is answered that log-ins have ended may rely on it, wherever the sockets are", async () => {
    const owner = await one.join();
    const server_id = await foundServer(owner, "Film night");
    const { categories } = await done(owner, "get_server_channels", { server_id });
    const channel_id = categories[0].channels[0].id;
    const ends: ((user: TestUser, node: TestNode) => ReturnType<TestNode["call"]>)[] = [
      ({ token }, node) => node.call("POST", "/user/logout", undefined, token),
      ({ id }, node) => node.call("POST", `/admin/users/${id}/logout`, {}, admin.token),
      ({ id }, node) => node.call("POST", `/admin/users/${id}/suspend`, {}, admin.token),
      ({ token }, node) => node.call("DELETE", "/user", { password: PASSWORD }, token),
    ];
    const nodes = [one, two, three];
    for (const end of ends) {
      for (const at of nodes) {
        for (const node of nodes) {
          const bob = await at.user();
          const client = await at.connect(bob);
          await inviteInto(server_id, owner, { ...bob, client });
          expect((await end(bob, node)).status).toBe(200);
          client.send({ type: "add_message", id: "late", data: { channel_id, content: "late" } });
          await client.closed;
          expect(client.seen.map(({ id }) => id)).not.toContain("late");
        }
      }
    }
    const page = { channel_id, amount: 50, anchor: 0, direction: true };
    expect((await done(owner, "get_message_chunk", page)).messages).toEqual([]);
  }, 60_000);

  test("a new secret signs at all, and ends every log-in everywhere", async () => {
    const bob = await two.user();
    const sockets = [await one.connect(bob), await three.connect(bob)];
    // Who comes to others with the old token while it is made.
    let is_made = false;
    const coming = [two, three].map(async (node) => {
      while (!is_made) {
        const client = await TestClient.open(node.url, bob.token);
        sockets.push(client);
        await Promise.race([client.take("ready").catch(() => {}), client.closed]);
      }
    });
    expect((await command(one, "secret", "rotate")).code).toBe(0);
    for (const node of [one, two, three]) {
      expect((await node.call("GET", "/user/logins", undefined, bob.token)).status).toBe(401);
    }
    is_made = true;
    await Promise.all(coming);
    const { bad_token, token_revoked, too_many_sessions } = close_codes;
    const ends: number[] = [bad_token, token_revoked, too_many_sessions].map(({ code }) => code);
    for (const code of await codesOf(sockets)) expect(ends).toContain(code);
    // Tokens of one are good at all the others, whichever of them signed, at once.
    for (const [from, to] of [[one, two] as const, [two, three] as const, [three, one] as const]) {
      const { token } = await from.login(bob.name);
      expect((await to.call("GET", "/user/logins", undefined, token)).status).toBe(200);
    }
  }, 60_000);

  test("who logs in at one while a new secret is made is let in at all the others with what they got", async () => {
    const carol = await one.user();
    let is_made = false;
    const statuses = new Set<number>();
    const pairs = [[one, two] as const, [two, three] as const, [three, one] as const];
    const comings = pairs.map(async ([from, to]) => {
      while (!is_made) {
        const { token } = await from.login(carol.name);
        statuses.add((await to.call("GET", "/user/logins", undefined, token)).status);
      }
    });
    for (let times = 0; times < 2; times += 1) {
      expect((await command(two, "secret", "rotate", "--keep-logins")).code).toBe(0);
    }
    is_made = true;
    await Promise.all(comings);
    expect([...statuses]).toEqual([200]);
    for (const node of [one, two, three]) {
      expect((await node.call("GET", "/user/logins", undefined, carol.token)).status).toBe(200);
    }
  }, 60_000);
});
