// What the document of an invite says of where that leads, to messengers and whoever else reads its head: text alone,
// what a stranger with the code may know, and no more look-ups than anybody may have.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rates } from "../../src/domain/limits.ts";
import type { InvitingServer } from "../../src/protocol/invites.ts";
import { success } from "../../src/protocol/outcome.ts";
import { createInvitePreviews } from "../../src/routes/invite-previews.ts";
import { withPreview } from "../../src/routes/page-preview.ts";
import { done } from "../harness/community.ts";
import { startServer, type TestServer } from "../harness/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const documentOf = async (code: string, headers: Record<string, string> = {}, from = server) => {
  const response = await fetch(`${from.url}/invite/${code}`, { headers: { accept: "text/html", ...headers } });
  return { response, html: await response.text() };
};

async function inviteTo(name: string, from = server) {
  const alice = await from.join();
  const { server: made } = await done(alice, "add_server", { name });
  const { invite } = await done(alice, "add_invite", { server_id: made.id });
  return { alice, server_id: made.id, code: invite.code as string };
}

describe("the document of an invite", () => {
  test("says where it leads, is not to be found, and needs no token", async () => {
    const { code } = await inviteTo("Film night");
    const { response, html } = await documentOf(code);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-robots-tag")).toBe("noindex");
    expect(html).toContain('<meta property="og:title" content="Film night">');
    expect(html).toContain('<meta property="og:description" content="You are invited. 1 member.">');
    expect(html).toContain("<title>Film night · orchard</title>");
    expect(html).toContain('<div id="app">');
  });

  test("has names as text, whatever is in them", async () => {
    const { code } = await inviteTo(`"><script>alert('x')</script> & $& $'`);
    const { html } = await documentOf(code);
    expect(html).not.toContain("<script>alert");
    expect(html).toContain("&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; $&amp; $&#39;");
    expect(html.match(/<title>/g)).toHaveLength(1);
  });

  test("is as ever for an invite that leads nowhere, and for every other place", async () => {
    for (const path of ["never-was", "%00", "a/b", "x".repeat(65), "..%2Fabc"]) {
      const { response, html } = await documentOf(path);
      expect([response.status, html.includes("og:")]).toEqual([200, false]);
    }
  });

  test("is known by its tag until it says something else", async () => {
    const { code, alice, server_id } = await inviteTo("Before");
    const { response } = await documentOf(code);
    const etag = response.headers.get("etag") ?? "";
    expect((await documentOf(code, { "if-none-match": etag })).response.status).toBe(304);
    const plain = (await fetch(`${server.url}/login`, { headers: { accept: "text/html" } })).headers.get("etag");
    expect(plain).not.toBe(etag);
    // What is told to who asks for it by the call is not what was a moment ago.
    await done(alice, "update_server", { server_id, changes: { name: "After" } });
    expect((await server.call("GET", `/invites/${code}`)).body).toMatchObject({ server: { name: "After" } });
  });

  test("tells nothing more to who has tried too many, as a page or as a call", async () => {
    const few = { burst: 3, per_s: 0.001 };
    const limited = await startServer({ rate_limits: true, rates: { ...rates, invite_misses_per_address: few } });
    const { code } = await inviteTo("Film night", limited);
    for (const miss of ["a", "b", "c"]) await documentOf(miss, {}, limited);
    const { response, html } = await documentOf(code, {}, limited);
    expect([response.status, html.includes("og:")]).toEqual([200, false]);
    expect((await limited.call("GET", `/invites/${code}`)).status).toBe(429);
    await limited.stop();
  });
});

const orchard: InvitingServer = { id: 5, name: "Orchard", image: null, num_members: 2 };

test("a link that many see is looked up once in a while", async () => {
  let [now, looked_up] = [0, 0];
  const previews = createInvitePreviews({
    invitingServer: async (code) => {
      looked_up += 1;
      return code === "good" ? orchard : null;
    },
    allowances: { ofAddress: () => ({ take: () => 0, wait: () => 0, owe() {} }) },
    misses: { wait: () => 0, owe() {} },
    clock: () => now,
  });
  for (let times = 0; times < 100; times += 1) expect(await previews.glance("good", "address")).toEqual(orchard);
  expect(looked_up).toBe(1);
  now += 60_000;
  await previews.glance("good", "address");
  expect(looked_up).toBe(2);
  // The call tells what is now.
  expect(await previews.read({ code: "good" }, "address")).toEqual(success(orchard));
  expect(looked_up).toBe(3);
});

test("a picture is named where it is one of this server's, from outside", () => {
  const html = "<title>orchard</title>";
  const at = { public_url: "https://example.org/trees", name: "orchard" };
  const path = "/api/v1/uploads/7/abcdefghijklmnopqrstuv";
  for (const image of [path, `https://example.org/trees${path}`]) {
    const own = withPreview(html, { ...orchard, image }, at);
    expect(own).toContain(`<meta property="og:image" content="https://example.org/trees${path}">`);
  }
  const unknown = withPreview(html, { ...orchard, image: path }, { ...at, public_url: null });
  expect(unknown).toContain(`<meta property="og:image" content="${path}">`);
  expect(withPreview(html, { ...orchard, image: "https://elsewhere.example/x.png" }, at)).not.toContain("og:image");
});
