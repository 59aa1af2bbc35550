import { afterAll, beforeAll, expect } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { strFromU8, unzipSync } from "fflate";
import { post } from "../community/messages/place.ts";
import { done, foundServer, inviteInto, refusal } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { administrator, command, operation } from "../harness/operators.ts";
import { PASSWORD, type Present, startServer, type TestServer, type TestUser } from "../harness/server.ts";
import { seqsOf, sync } from "../sync/asking.ts";

let server: TestServer;
let admin: TestUser;
beforeAll(async () => {
  server = await startServer();
  admin = await administrator(server);
});
afterAll(() => server.stop());

interface Orchard {
  alice: Present;
  bob: Present;
  server_id: number;
  channel_id: number;
}

async function anOrchard(): Promise<Orchard> {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  const server_id = await foundServer(alice, "Film night");
  await inviteInto(server_id, alice, bob);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  return { alice, bob, server_id, channel_id: categories[0].channels[0].id };
}

/** The same, but that alice runs the installation, too. */
async function ownedByAnAdmin(): Promise<Orchard> {
  const orchard = await anOrchard();
  writeRows(server.folder, "update users set admin_since = 1 where id = ?", [[orchard.alice.id]]);
  return orchard;
}

/** What the command line wants before it destroys anything. */
const YES = ["--yes"];

const logged = (type: string) =>
  readRows(server.folder, "select user_id, details from operation_entries where type = ? order by id desc", [type]);

operation("server.list", {
  async command() {
    const { server_id, channel_id, alice } = await anOrchard();
    await post(alice, channel_id, "hello");
    const { json } = await command(server, "server", "list", "--json");
    const mine = json["servers"].find(({ id }: { id: number }) => id === server_id);
    expect(mine).toMatchObject({ name: "Film night", owner: alice.name, members: 2, messages: 1, bytes: 0 });
    const table = await command(server, "server", "list");
    expect(table.out).toContain("Film night");
  },
  async http() {
    const { server_id } = await anOrchard();
    const path = `/admin/servers?amount=1&anchor=${server_id - 1}`;
    const { status, body } = await server.call("GET", path, undefined, admin.token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, servers: [{ id: server_id }], has_more: false });
  },
  errors: {},
  also: {
    async "comes in pages, in which no server is lost or told twice"() {
      const ids = [(await anOrchard()).server_id, (await anOrchard()).server_id, (await anOrchard()).server_id];
      const found: number[] = [];
      for (let anchor = (ids[0] ?? 0) - 1, more = true; more; ) {
        const path = `/admin/servers?amount=2&anchor=${anchor}`;
        const { body } = await server.call("GET", path, undefined, admin.token);
        found.push(...body.servers.map(({ id }: { id: number }) => id));
        anchor = found.at(-1) ?? 0;
        more = body.has_more;
      }
      expect(found).toEqual(ids);
    },
  },
});

operation("server.show", {
  async command() {
    const { server_id, alice } = await anOrchard();
    const { code, json } = await command(server, "server", "show", String(server_id), "--json");
    expect(code).toBe(0);
    expect(json["server"]).toMatchObject({ id: server_id, owner: alice.name, owner_id: alice.id, locked_date: null });
  },
  async http() {
    const { server_id } = await anOrchard();
    const { body } = await server.call("GET", `/admin/servers/${server_id}`, undefined, admin.token);
    expect(body).toMatchObject({ success: true, server: { id: server_id, members: 2 } });
  },
  errors: {
    async not_found() {
      expect((await server.call("GET", "/admin/servers/7", undefined, admin.token)).status).toBe(404);
    },
  },
});

const transfer = (server_id: number, user_id: number, password = PASSWORD) =>
  server.call("POST", `/admin/servers/${server_id}/transfer`, { user_id, password }, admin.token);

operation("server.transfer", {
  async command() {
    const { server_id, alice, bob } = await anOrchard();
    await alice.client.rest();
    const { code, err } = await command(server, "server", "transfer", String(server_id), bob.name);
    expect([code, err]).toEqual([0, ""]);
    expect(await alice.client.take("server_updated")).toMatchObject({ data: { server_id, owner_id: bob.id } });
    await done(bob, "update_server", { server_id, changes: { name: "Bob's" } });
    const [taken, given] = logged("server.transfer");
    expect(given).toEqual({ user_id: bob.id, details: JSON.stringify({ server_id, before: alice.id }) });
    expect(taken).toEqual({ user_id: alice.id, details: JSON.stringify({ server_id, value: bob.id }) });
  },
  async http() {
    const { server_id, alice, bob } = await anOrchard();
    expect(await transfer(server_id, bob.id)).toEqual({ status: 200, body: { success: true } });
    expect((await done(alice, "get_server", { server_id })).server).toMatchObject({ owner_id: bob.id });
  },
  errors: {
    async not_found() {
      expect((await transfer(7, admin.id)).status).toBe(404);
    },
    async forbidden() {
      const { server_id, bob } = await anOrchard();
      const other = await administrator(server);
      expect(await transfer(server_id, other.id)).toMatchObject({ status: 403, body: { code: "forbidden" } });
      const { alice: owner, server_id: theirs } = await ownedByAnAdmin();
      expect(await transfer(theirs, bob.id)).toMatchObject({ status: 403, body: { code: "forbidden" } });
      expect((await done(owner, "get_server", { server_id: theirs })).server).toMatchObject({ owner_id: owner.id });
    },
    async conflict() {
      const { server_id } = await anOrchard();
      const stranger = await server.user();
      const before = logged("server.transfer").length;
      expect(await transfer(server_id, stranger.id)).toMatchObject({ status: 409, body: { code: "conflict" } });
      expect(logged("server.transfer")).toHaveLength(before);
    },
  },
  also: {
    async "unlocks what is locked, for those who listen and those who were away"() {
      const { server_id, alice, bob, channel_id } = await anOrchard();
      await done(bob, "get_server", { server_id });
      await command(server, "user", "delete", alice.name, ...YES);
      expect(await bob.client.take("server_updated")).toMatchObject({ data: { server_id, locked: true } });
      expect(await refusal(bob, "add_message", { channel_id, content: "hello" })).toMatchObject({ code: "locked" });
      expect(await transfer(server_id, bob.id)).toMatchObject({ status: 200 });
      const { server: now } = await done(bob, "get_server", { server_id });
      expect(now).toMatchObject({ owner_id: bob.id, locked: false });
      await done(bob, "add_message", { channel_id, content: "hello" });
    },
    async "tells whom it is given to and whom it is taken from, wherever they are"() {
      const { server_id, alice, bob } = await anOrchard();
      const seqs = await seqsOf(alice, ["self"]);
      await transfer(server_id, bob.id);
      for (const { client } of [alice, bob]) {
        expect(await client.take("account_notice")).toMatchObject({ data: { operation: "server.transfer" } });
      }
      const { events } = (await sync(alice, seqs))["self"];
      expect(events).toMatchObject([{ type: "account_notice", data: { operation: "server.transfer" } }]);
      const { entries } = await done(bob, "get_audit_log", { server_id, amount: 1, anchor: 0 });
      expect(entries).toMatchObject([
        { type: "server_updated", target_id: server_id, changes: { owner_id: { before: alice.id, after: bob.id } } },
      ]);
    },
    async "asks an administrator for their own password"() {
      const { server_id, bob } = await anOrchard();
      expect((await transfer(server_id, bob.id, "wrong horse battery")).status).toBe(401);
    },
  },
});

operation("server.delete", {
  async command() {
    const { server_id, alice, bob } = await anOrchard();
    const { code, err } = await command(server, "server", "delete", String(server_id), ...YES);
    expect([code, err]).toEqual([0, ""]);
    for (const { client } of [alice, bob]) {
      expect(await client.take("server_deleted")).toMatchObject({ data: { server_id } });
    }
    expect(await alice.client.take("account_notice")).toMatchObject({ data: { operation: "server.delete" } });
    expect((await bob.client.rest()).map(({ type }) => type)).not.toContain("account_notice");
    expect(logged("server.delete")[0]).toEqual({ user_id: alice.id, details: JSON.stringify({ server_id }) });
  },
  async http() {
    const { server_id, bob } = await anOrchard();
    const path = `/admin/servers/${server_id}`;
    expect(await server.call("DELETE", path, { password: PASSWORD }, admin.token)).toMatchObject({ status: 200 });
    expect((await done(bob, "get_servers")).servers).toEqual([]);
  },
  errors: {
    async not_found() {
      expect(await server.call("DELETE", "/admin/servers/7", { password: PASSWORD }, admin.token)).toMatchObject({
        status: 404,
      });
    },
    async forbidden() {
      const { server_id, alice } = await ownedByAnAdmin();
      const path = `/admin/servers/${server_id}`;
      const refused = await server.call("DELETE", path, { password: PASSWORD }, admin.token);
      expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
      expect((await done(alice, "get_servers")).servers).toMatchObject([{ id: server_id }]);
      expect((await server.call("DELETE", path, { password: PASSWORD }, alice.token)).status).toBe(200);
    },
  },
});

operation("user.delete", {
  async command() {
    const { alice, bob, server_id } = await anOrchard();
    const [carol, dave] = [await server.join(), await server.join()];
    await inviteInto(server_id, alice, carol, dave);
    const { role } = await done(alice, "add_role", { server_id, name: "heirs", rules: ["admin"] });
    for (const { id } of [dave, carol]) {
      await done(alice, "update_member", { server_id, user_id: id, changes: { roles: [role.id] } });
    }
    const { code, err } = await command(server, "user", "delete", alice.name, ...YES);
    expect([code, err]).toEqual([0, ""]);
    expect((await alice.client.closed).code).toBe(4002);
    // Bob has been there longer, but may not do everything.
    const { server: now } = await done(bob, "get_server", { server_id });
    expect(now).toMatchObject({ owner_id: carol.id, num_members: 3, locked: false });
    expect(logged("user.delete")[0]).toEqual({ user_id: alice.id, details: JSON.stringify({ messages: false }) });
  },
  async http() {
    const { alice, bob, channel_id, server_id } = await anOrchard();
    await post(alice, channel_id, "hers");
    const gone = await server.call(
      "DELETE",
      `/admin/users/${alice.id}`,
      { password: PASSWORD, messages: true },
      admin.token,
    );
    expect(gone).toEqual({ status: 200, body: { success: true } });
    while (readRows(server.folder, "select 1 from account_removals").length > 0) await bob.client.rest();
    const page = { channel_id, amount: 10, anchor: 0, direction: true };
    expect((await done(bob, "get_message_chunk", page)).messages).toEqual([]);
    expect((await done(bob, "get_server", { server_id })).server).toMatchObject({ locked: true });
  },
  errors: {
    async not_found() {
      const gone = await server.call("DELETE", "/admin/users/7", { password: PASSWORD }, admin.token);
      expect(gone.status).toBe(404);
    },
    async forbidden() {
      const other = await administrator(server);
      const path = `/admin/users/${other.id}`;
      const refused = await server.call("DELETE", path, { password: PASSWORD }, admin.token);
      expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
      expect(await server.login(other.name)).toMatchObject({ id: other.id });
    },
    async conflict() {
      const own = await startServer();
      const last = await administrator(own);
      const refused = await own.call("DELETE", `/admin/users/${last.id}`, { password: PASSWORD }, last.token);
      expect(refused).toMatchObject({ status: 409, body: { code: "conflict" } });
      expect(await own.login(last.name)).toMatchObject({ id: last.id });
      await own.stop();
    },
  },
  also: {
    async "nobody who is suspended gets what somebody leaves behind, and who was does"() {
      const { alice, bob, server_id } = await anOrchard();
      const carol = await server.join();
      await inviteInto(server_id, alice, carol);
      const { role } = await done(alice, "add_role", { server_id, name: "heirs", rules: ["admin"] });
      for (const { id, name } of [bob, carol]) {
        await done(alice, "update_member", { server_id, user_id: id, changes: { roles: [role.id] } });
        await command(server, "user", "suspend", name, "--until", "7d");
      }
      writeRows(server.folder, "update users set suspended_until = ? where id = ?", [[Date.now() - 1, carol.id]]);
      await command(server, "user", "delete", alice.name, ...YES);
      const { json } = await command(server, "server", "show", String(server_id), "--json");
      expect(json["server"]).toMatchObject({ owner_id: carol.id, locked_date: null });
    },
  },
});

operation("user.export", {
  async command() {
    const { alice, bob, channel_id } = await anOrchard();
    await post(alice, channel_id, "hers");
    await post(bob, channel_id, "his");
    const path = join(server.folder, "alice.zip");
    const { code, err } = await command(server, "user", "export", alice.name, path);
    expect([code, err]).toEqual([0, ""]);
    const files = unzipSync(new Uint8Array(await Bun.file(path).arrayBuffer()));
    const written = strFromU8(files["messages.jsonl"] ?? new Uint8Array());
    expect(written).toContain("hers");
    expect(written).not.toContain("his");
    expect(logged("user.export")[0]).toMatchObject({ user_id: alice.id });
    const left = (await Array.fromAsync(new Glob("*").scan(server.folder))).filter((name) => name.includes("alice"));
    expect(left).toEqual(["alice.zip"]);
  },
  http: null,
  errors: {
    async not_found() {
      const path = join(server.folder, "nobody.zip");
      const { code, err } = await command(server, "user", "export", "id:7", path);
      expect(code).toBe(1);
      expect(err).toContain("no such");
      expect(await Bun.file(path).exists()).toBe(false);
    },
  },
});
