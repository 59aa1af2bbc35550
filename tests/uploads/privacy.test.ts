// A file is as private as its message: its address has a key that nobody can guess, no cache keeps it but its reader's,
// and it ends with the message. Pictures of people and servers are everybody's.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { done, foundServer } from "../harness/community.ts";
import { readRows, writeRows } from "../harness/database.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { anyPng } from "./samples.ts";

let server: TestServer;
let alice: Present;
let server_id: number;
let channel_id: number;
beforeAll(async () => {
  server = await startServer();
  alice = await server.join();
  server_id = await foundServer(alice);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  channel_id = categories[0].channels[0].id;
});
afterAll(() => server.stop());

interface Made {
  id: number;
  url: string;
}

async function upload(body = anyPng()): Promise<Made> {
  const init = { method: "POST", headers: { authorization: `Bearer ${alice.token}` }, body };
  return (await (await fetch(`${server.url}/api/v1/uploads`, init)).json()) as Made;
}

async function attached(in_channel = channel_id): Promise<Made & { message_id: number }> {
  const made = await upload();
  const { message } = await done(alice, "add_message", { channel_id: in_channel, attachments: [made.id] });
  return { ...made, message_id: message.id };
}

const get = (path: string) => fetch(server.url + path);
const statusOf = async (path: string) => (await get(path)).status;
const cachingOf = async (path: string) => (await get(path)).headers.get("cache-control");
const PRIVATE = "private, max-age=31536000, immutable";
const PUBLIC = "public, max-age=31536000, immutable";

describe("a message's file", () => {
  test("is had by its whole address alone, and by no cache of others", async () => {
    const { id, url } = await attached();
    const other = await attached();
    expect(await cachingOf(url)).toBe(PRIVATE);
    const key = url.split("/").at(-1) ?? "";
    const wrong = [
      ...[`/api/v1/uploads/${id}`, `/api/v1/uploads/${id}/`, `${url.slice(0, -1)}`, `${url}A`],
      ...[`/api/v1/uploads/${id}/${other.url.split("/").at(-1)}`, `/api/v1/uploads/${id}/${"A".repeat(22)}`],
      ...[`/api/v1/uploads/${id}/${key.toLowerCase() === key ? key.toUpperCase() : key.toLowerCase()}`],
      ...[`/api/v1/uploads/${id}/%00`, `/api/v1/uploads/${id}/undefined`, `/api/v1/uploads/${id}/null`],
    ];
    for (const path of wrong) expect([path, await statusOf(path)]).toEqual([path, 404]);
    expect(await statusOf(url)).toBe(200);
  });

  test("ends with its message, at once", async () => {
    const { url, message_id } = await attached();
    await done(alice, "delete_message", { message_id });
    expect([await statusOf(url), await statusOf(`${url}?size=128`)]).toEqual([404, 404]);
  });

  test("ends with the last of its messages", async () => {
    const { id, url, message_id } = await attached();
    const { message } = await done(alice, "add_message", { channel_id, attachments: [id] });
    await done(alice, "delete_message", { message_id });
    expect(await statusOf(url)).toBe(200);
    await done(alice, "delete_message", { message_id: message.id });
    expect(await statusOf(url)).toBe(404);
    // Its owner may show it again as long as it is there.
    await done(alice, "add_message", { channel_id, attachments: [id] });
    expect(await statusOf(url)).toBe(200);
  });

  test("ends with its channel", async () => {
    const { channel } = await done(alice, "add_channel", { server_id, name: "passing" });
    const { url } = await attached(channel.id);
    expect(await statusOf(url)).toBe(200);
    await done(alice, "delete_channel", { channel_id: channel.id });
    expect(await statusOf(url)).toBe(404);
  });

  test("ends with its server", async () => {
    const passing = await foundServer(alice);
    const { categories } = await done(alice, "get_server_channels", { server_id: passing });
    const { url } = await attached(categories[0].channels[0].id);
    await done(alice, "delete_server", { server_id: passing });
    expect(await statusOf(url)).toBe(404);
  });

  test("that is somebody's picture too is everybody's, until it is none any more", async () => {
    const { url, message_id } = await attached();
    await done(alice, "update_user", { changes: { profile_pic: url } });
    expect(await cachingOf(url)).toBe(PUBLIC);
    await done(alice, "delete_message", { message_id });
    expect(await cachingOf(url)).toBe(PUBLIC);
    await done(alice, "update_user", { changes: { profile_pic: null } });
  });
});

describe("a picture", () => {
  test("of a person or a server is everybody's, by its address with a key or without", async () => {
    const [mine, its] = [await upload(), await upload()];
    expect([await cachingOf(mine.url), await statusOf(`/api/v1/uploads/${mine.id}`)]).toEqual([PRIVATE, 404]);
    await done(alice, "update_user", { changes: { profile_pic: mine.url } });
    await done(alice, "update_server", { server_id, changes: { image: `/api/v1/uploads/${its.id}` } });
    for (const { id, url } of [mine, its]) {
      expect(await cachingOf(url)).toBe(PUBLIC);
      expect(await cachingOf(`/api/v1/uploads/${id}`)).toBe(PUBLIC);
    }
  });

  test("with another's key, or one that is wrong, is none", async () => {
    const { id } = await upload();
    const profile_pic = `/api/v1/uploads/${id}/${"A".repeat(22)}`;
    const refused = await alice.client.ask({ type: "update_user", data: { changes: { profile_pic } } });
    expect(refused).toMatchObject({ code: "bad_request", details: { path: "data.changes.profile_pic" } });
  });
});

test("what was uploaded before there were keys is found where it was", async () => {
  const { id, url, message_id } = await attached();
  writeRows(server.folder, "update uploads set key = null, name = null where id = ?", [[id]]);
  const stored = `[{"id":${id},"url":"/api/v1/uploads/${id}","type":"image/png","width":1,"height":1,"bytes":9}]`;
  writeRows(server.folder, "update messages set attachments = ? where id = ?", [[stored, message_id]]);
  expect([await statusOf(`/api/v1/uploads/${id}`), await statusOf(url)]).toEqual([200, 404]);
  server = await server.restart();
  const returned = { ...alice, client: await server.connect(alice) };
  const { message } = await done(returned, "get_message", { message_id });
  const old = { id, url: `/api/v1/uploads/${id}`, name: `${id}.png`, type: "image/png" };
  expect(message.attachments).toEqual([{ ...old, width: 1, height: 1, bytes: 9 }]);
  alice = returned;
  await done(alice, "delete_message", { message_id });
  expect(await statusOf(`/api/v1/uploads/${id}`)).toBe(404);
});

test("what has ended is swept with its small versions, however new it is", async () => {
  const image = new Uint8Array(await new Bun.Image(anyPng()).resize(300, 200).png().bytes());
  const made = await upload(image);
  const { message } = await done(alice, "add_message", { channel_id, attachments: [made.id] });
  expect(await statusOf(`${made.url}?size=128`)).toBe(200);
  const [row] = readRows(server.folder, "SELECT hash FROM uploads WHERE id = ?", [made.id]);
  const filesOf = async () =>
    (await readdir(join(server.folder, "uploads"), { recursive: true }))
      .map((path) => path.split("/").at(-1) ?? "")
      .filter((name) => name.startsWith(String(row?.["hash"])));
  const key = `${row?.["hash"]}.${made.id}`;
  expect((await filesOf()).sort()).toEqual([key, `${key}-128`]);
  await done(alice, "delete_message", { message_id: message.id });
  server = await server.restart();
  // A server sweeps when it starts.
  while ((await filesOf()).length > 0) await new Promise(setImmediate);
  expect(readRows(server.folder, "SELECT id FROM uploads WHERE id = ?", [made.id])).toEqual([]);
});
