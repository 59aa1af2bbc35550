// Joins: paused and opened again by who manages the server; what an invite shows to who isn't in yet, and at what pace.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RequestError, readInvite } from "../../../src/client/index.ts";
import { rates } from "../../../src/domain/limits.ts";
import type { Json } from "../../harness/client.ts";
import { done } from "../../harness/community.ts";
import { readRows, writeRows } from "../../harness/database.ts";
import { heard } from "../../harness/processes.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { returned, seqsOf, sync } from "../../sync/asking.ts";
import { anOrchard, expectMalformed, expectRefused, promote, told, typesTold } from "./orchard.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const pause = (joins: string) => ({ changes: { joins } });

describe("joins that are paused", () => {
  test("let nobody in, spend no use of an invite, and end with a word", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, mallory, server_id } = orchard;
    const { invite } = await done(alice, "add_invite", { server_id, max_uses: 1 });
    const { code: invite_code } = invite;
    const changed = await done(alice, "update_server", { server_id, ...pause("paused") });
    expect(changed.server.joins).toBe("paused");
    expect(await bob.client.rest()).toEqual([told(orchard, "server_updated", { joins: "paused" })]);
    await expectRefused(mallory, "forbidden", "join_server", { invite_code });
    expect((await done(mallory, "get_server", { invite_code })).server).toMatchObject({
      id: server_id,
      joins: "paused",
    });
    // Who is in is in.
    await done(bob, "join_server", { invite_code });
    await done(bob, "add_message", { channel_id: orchard.general_id, content: "quiet here" });
    expect(readRows(server.folder, `select uses from invites where code = '${invite_code}'`)).toEqual([{ uses: 0 }]);
    await done(alice, "update_server", { server_id, ...pause("open") });
    await done(mallory, "join_server", { invite_code });
  });

  test("are for who manages the server, one of two words, kept and in the log", async () => {
    const orchard = await anOrchard(server);
    const { alice, bob, server_id } = orchard;
    await expectRefused(bob, "forbidden", "update_server", { server_id, ...pause("paused") });
    await expectMalformed(alice, "update_server", { server_id, ...pause("closed") }, "changes.joins");
    await promote(orchard, bob, ["manage_server"]);
    const topic = `server:${server_id}`;
    const seqs = await seqsOf(alice, [topic]);
    await done(bob, "update_server", { server_id, ...pause("paused") });
    await done(bob, "update_server", { server_id, ...pause("paused") });
    expect(await typesTold(alice)).toEqual(["server_updated"]);
    const log = await done(alice, "get_audit_log", { server_id, amount: 9, anchor: 0, type: "server_updated" });
    expect(log.entries).toMatchObject([{ actor_id: bob.id, changes: { joins: { before: "open", after: "paused" } } }]);
    const { events } = (await sync(await returned(server, alice), seqs))[topic];
    expect(events).toMatchObject([{ type: "server_updated", data: { joins: "paused" } }]);
    server = await server.restart();
    const again = { client: await server.connect(bob) };
    expect((await done(again, "get_server", { server_id })).server.joins).toBe("paused");
  });

  test("cross with who is joining: in before it, or not at all", async () => {
    const { alice, mallory, server_id } = await anOrchard(server);
    const { invite } = await done(alice, "add_invite", { server_id });
    const [joined] = await Promise.all([
      mallory.client.ask({ type: "join_server", data: { invite_code: invite.code } }),
      done(alice, "update_server", { server_id, ...pause("paused") }),
    ]);
    const members: Json[] = (await done(alice, "get_server_members", { server_id, amount: 9, anchor: 0 })).members;
    expect(members.some(({ user_id }) => user_id === mallory.id)).toBe(joined["type"] === "join_server");
  });
});

describe("GET /invites/:code", () => {
  const ask = (code: string) => server.call("GET", `/invites/${code}`);

  test("shows the server to whoever has the code, without a token, and nothing more of it", async () => {
    const { alice, server_id } = await anOrchard(server);
    const { invite } = await done(alice, "add_invite", { server_id });
    const shown = { id: server_id, name: "Orchard", image: null, num_members: 2 };
    expect(await ask(invite.code)).toEqual({ status: 200, body: { success: true, server: shown } });
    expect(await readInvite({ url: server.url, code: invite.code })).toEqual(shown);
    const response = await fetch(`${server.url}/api/v1/invites/${invite.code}`);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("knows none that lets nobody in: ended, expired, used up, of a deleted server, or never made", async () => {
    const { alice, mallory, server_id } = await anOrchard(server);
    const make = async (more: Json = {}): Promise<string> =>
      (await done(alice, "add_invite", { server_id, ...more })).invite.code;
    const [ended, expired, used, last] = [
      await make(),
      await make({ expires_in_s: 9 }),
      await make({ max_uses: 1 }),
      await make(),
    ];
    await done(alice, "delete_invite", { server_id, code: ended });
    writeRows(server.folder, "update invites set expires_at = 1 where code = ?", [[expired]]);
    await done(mallory, "join_server", { invite_code: used });
    const unknown = { status: 404, body: { success: false, code: "not_found", message: expect.any(String) } };
    for (const code of [ended, expired, used, "never-was", "12345", "%00", "x".repeat(64)]) {
      expect(await ask(code)).toEqual(unknown);
    }
    expect((await ask(last)).status).toBe(200);
    await done(alice, "delete_server", { server_id });
    expect(await ask(last)).toEqual(unknown);
    expect((await ask("x".repeat(65))).body).toMatchObject({ code: "bad_request", details: { path: "code" } });
    const refused = await readInvite({ url: server.url, code: last }).catch((error) => error);
    expect(refused).toBeInstanceOf(RequestError);
    expect(refused.code).toBe("not_found");
  });

  test("has nobody try many, and takes nothing for what leads somewhere", async () => {
    const few = { burst: 3, per_s: 0.001 };
    const limited = await startServer({ rate_limits: true, rates: { ...rates, invite_misses_per_address: few } });
    const alice = await limited.join();
    const { server: made } = await done(alice, "add_server", { name: "Orchard" });
    const { invite } = await done(alice, "add_invite", { server_id: made.id });
    const ask = async (code: string) => {
      const answer = await limited.call("GET", `/invites/${code}`);
      await heard(limited.url);
      return answer;
    };
    const status = async (code: string) => (await ask(code)).status;
    for (let times = 0; times < 10; times += 1) expect(await status(invite.code)).toBe(200);
    for (let times = 0; times < few.burst; times += 1) expect(await status("guess")).toBe(404);
    const refused = await ask("guess");
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(refused.body.details.retry_after_ms).toBeGreaterThan(0);
    expect(await status(invite.code)).toBe(429);
    await limited.stop();
  });
});
