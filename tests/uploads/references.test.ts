// Which pictures keep an upload: those that are one's own uploads, and nothing that only looks like one.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { done, foundServer } from "../harness/community.ts";
import { readRows } from "../harness/database.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { anyPng } from "./samples.ts";

let server: TestServer;
let alice: Present;
let bob: Present;
beforeAll(async () => {
  server = await startServer();
  [alice, bob] = await Promise.all([server.join(), server.join()]);
});
afterAll(() => server.stop());

async function upload({ token }: Present): Promise<{ id: number; url: string }> {
  const init = { method: "POST", headers: { authorization: `Bearer ${token}` }, body: anyPng() };
  return (await (await fetch(`${server.url}/api/v1/uploads`, init)).json()) as { id: number; url: string };
}

const keptBy = ({ id }: { id: number }) =>
  readRows(server.folder, "SELECT kind, owner_id FROM upload_references WHERE upload_id = ?", [id]);

async function setPicture({ client }: Present, profile_pic: string | null) {
  return client.ask({ type: "update_user", data: { changes: { profile_pic } } });
}

describe("a profile's picture", () => {
  test("that is an upload of one's own keeps it, until it is another", async () => {
    const [first, second] = [await upload(alice), await upload(alice)];
    await setPicture(alice, first.url);
    expect(keptBy(first)).toEqual([{ kind: "user", owner_id: alice.id }]);
    await setPicture(alice, `${server.url}${second.url}`);
    expect([keptBy(first), keptBy(second)]).toEqual([[], [{ kind: "user", owner_id: alice.id }]]);
    await setPicture(alice, null);
    expect(keptBy(second)).toEqual([]);
  });

  test("under another host is a picture of the web, whatever its address ends in", async () => {
    const { id, url } = await upload(alice);
    const elsewhere = `https://elsewhere.example${url}`;
    expect(await setPicture(bob, elsewhere)).toMatchObject({ data: { user: { profile_pic: elsewhere } } });
    expect(keptBy({ id })).toEqual([]);
    expect(await setPicture(bob, url)).toMatchObject({ code: "bad_request" });
  });

  test("whose address has another upload within it keeps the one at its end alone", async () => {
    const [inner, outer] = [await upload(alice), await upload(alice)];
    await setPicture(alice, `${server.url}${inner.url}${outer.url}`);
    expect([keptBy(inner), keptBy(outer)]).toEqual([[], [{ kind: "user", owner_id: alice.id }]]);
    await setPicture(alice, "https://elsewhere.example/");
    expect([keptBy(inner), keptBy(outer)]).toEqual([[], []]);
  });
});

describe("a server's image", () => {
  test("keeps an upload of who sets it, and nobody else's", async () => {
    const [own, others] = [await upload(bob), await upload(alice)];
    const server_id = await foundServer(bob);
    await done(bob, "update_server", { server_id, changes: { image: own.url } });
    expect(keptBy(own)).toEqual([{ kind: "server", owner_id: server_id }]);
    await done(bob, "update_server", { server_id, changes: { image: `https://elsewhere.example${others.url}` } });
    expect([keptBy(own), keptBy(others)]).toEqual([[], []]);
    const { server: second } = await done(bob, "add_server", { name: "second", image: own.url });
    expect(keptBy(own)).toEqual([{ kind: "server", owner_id: second.id }]);
    await done(bob, "delete_server", { server_id: second.id });
    expect(keptBy(own)).toEqual([]);
  });
});
