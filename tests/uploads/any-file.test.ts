// Files of any kind: taken as they come, handed out so that none does harm, in parts where parts are asked for.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { limits } from "../../src/domain/limits.ts";
import { file_types } from "../../src/protocol/file-types.ts";
import { done, foundServer } from "../harness/community.ts";
import { program } from "../harness/program.ts";
import { type Present, startServer, type TestServer } from "../harness/server.ts";
import { bucketOf, startS3Server } from "./s3-server.ts";
import { anyPng } from "./samples.ts";

let server: TestServer;
let alice: Present;
let channel_id: number;
beforeAll(async () => {
  server = await startServer();
  alice = await server.join();
  const { categories } = await done(alice, "get_server_channels", { server_id: await foundServer(alice) });
  channel_id = categories[0].channels[0].id;
});
afterAll(() => server.stop());

interface Made {
  id: number;
  url: string;
  name: string;
  type: string;
  width: number | null;
  height: number | null;
  bytes: number;
}

async function upload(content: Uint8Array<ArrayBuffer> | string, name: string, to = server, by = alice): Promise<Made> {
  const form = new FormData();
  form.append("file", new Blob([content]), name);
  const init = { method: "POST", headers: { authorization: `Bearer ${by.token}` }, body: form };
  const response = await fetch(`${to.url}/api/v1/uploads`, init);
  expect(response.status).toBe(201);
  return (await response.json()) as Made;
}

const script = "<script>document.title = document.cookie</script>";

describe("a file that would do something is only ever saved", () => {
  test.each([
    ["page.html", `<!doctype html>${script}`, "application/octet-stream"],
    ["page.xhtml", `<html xmlns="http://www.w3.org/1999/xhtml">${script}</html>`, "application/octet-stream"],
    ["drawing.svg", `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`, "application/octet-stream"],
    ["drawing.svgz", "\x1f\x8b", "application/octet-stream"],
    ["program.js", "alert(1)", "application/octet-stream"],
    ["program.mjs", "alert(1)", "application/octet-stream"],
    ["program.wasm", "\0asm", "application/octet-stream"],
    ["style.css", "*{}", "application/octet-stream"],
    ["feed.xml", "<?xml-stylesheet href='a.xsl'?>", "application/octet-stream"],
    ["page.mht", "MIME-Version: 1.0", "application/octet-stream"],
    ["program.exe", "MZ", "application/octet-stream"],
    ["page.html.txt", `<!doctype html>${script}`, "text/plain"],
    ["notes.TXT", script, "text/plain"],
    ["paper.pdf", "%PDF-1.7", "application/pdf"],
    ["a.zip", "PK\x03\x04", "application/zip"],
    ["song.mp3", "ID3", "audio/mpeg"],
    ["constructor", "?", "application/octet-stream"],
    ["a.__proto__", "?", "application/octet-stream"],
    ["picture.png", "no picture", "application/octet-stream"],
  ])("%s", async (name, content, type) => {
    const made = await upload(content, name);
    expect(made).toMatchObject({ name, type, width: null, height: null, bytes: Buffer.byteLength(content) });
    const response = await fetch(server.url + made.url);
    expect(await response.text()).toBe(content);
    const { headers } = response;
    expect(headers.get("content-type")).toBe(type);
    expect(file_types).toContain(type);
    expect(headers.get("content-disposition")).toBe(`attachment; filename="${name}"`);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
  });

  test("and an image is shown, whatever it is called", async () => {
    const made = await upload(anyPng(), "page.html");
    expect(made).toMatchObject({ name: "page.html", type: "image/png", width: 1, height: 1 });
    const { headers } = await fetch(server.url + made.url);
    expect([headers.get("content-type"), headers.get("content-disposition")]).toEqual([
      "image/png",
      'inline; filename="page.html"',
    ]);
  });
});

describe("what a file is called", () => {
  test.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\alice\\paper.pdf", "paper.pdf"],
    ["gnp\u202etxt.exe", "gnptxt.exe"],
    ["a\r\nSet-Cookie: b=c.txt", "aSet-Cookie: b=c.txt"],
    [".hidden", "hidden"],
    ["  blank .txt ", "blank .txt"],
    ["Übergrößenträger 🍎.txt", "Übergrößenträger 🍎.txt"],
    ['it\'s "quoted".txt', 'it\'s "quoted".txt'],
    [`${"long".repeat(100)}.tar`, `${"long".repeat(31)}.tar`],
  ])("%j is %j", async (given, name) => {
    const query = new URLSearchParams({ name: given });
    const init = { method: "POST", headers: { authorization: `Bearer ${alice.token}` }, body: "words" };
    const response = await fetch(`${server.url}/api/v1/uploads?${query}`, init);
    const made = (await response.json()) as Made;
    expect(made.name).toBe(name);
    const disposition = (await fetch(server.url + made.url)).headers.get("content-disposition") ?? "";
    const [, plain, exact] =
      /^attachment; filename="([\w .()+,=@!~-]+)"(?:; filename\*=UTF-8''([\w%.!#$&+^`|~-]+))?$/.exec(disposition) ?? [];
    expect(exact === undefined ? plain : decodeURIComponent(exact)).toBe(name);
  });

  test("where nothing of it can be seen, it is called by its id", async () => {
    for (const given of ["", "...", "\u200b", "a/"]) {
      const query = new URLSearchParams({ name: given });
      const init = { method: "POST", headers: { authorization: `Bearer ${alice.token}` }, body: "words" };
      const made = (await (await fetch(`${server.url}/api/v1/uploads?${query}`, init)).json()) as Made;
      expect(made.name).toBe(`${made.id}.bin`);
    }
  });
});

test("a message's file has its name and size, and no sides; an image has sides", async () => {
  const [paper, picture] = [await upload("words", "paper.txt"), await upload(anyPng(), "poster.png")];
  const attachments = [paper.id, picture.id];
  const { message } = await done(alice, "add_message", { channel_id, attachments });
  const { id, url, bytes } = picture;
  const expected = [
    { id: paper.id, url: paper.url, name: "paper.txt", type: "text/plain", width: null, height: null, bytes: 5 },
    { id, url, name: "poster.png", type: "image/png", width: 1, height: 1, bytes },
  ];
  expect(message.attachments).toEqual(expected);
  const { message: read } = await done(alice, "get_message", { message_id: message.id });
  expect(read.attachments).toEqual(expected);
});

test("only an image can be a picture", async () => {
  const paper = await upload("words", "picture.png");
  for (const profile_pic of [paper.url, server.url + paper.url]) {
    const refused = await alice.client.ask({ type: "update_user", data: { changes: { profile_pic } } });
    expect(refused).toMatchObject({ code: "bad_request", details: { path: "data.changes.profile_pic" } });
  }
});

const ten = "0123456789";

function describeRanges(
  where: string,
  open: () => Promise<{ to: TestServer; by: Present; close(): Promise<void> }>,
): void {
  describe(`a file in a ${where} is had in parts`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let made: Made;
    beforeAll(async () => {
      opened = await open();
      made = await upload(ten, "ten.txt", opened.to, opened.by);
    });
    afterAll(() => opened.close());
    const ask = (headers: Record<string, string>) => fetch(opened.to.url + made.url, { headers });

    test.each([
      ["bytes=0-0", "0", "0-0"],
      ["bytes=2-4", "234", "2-4"],
      ["bytes=7-", "789", "7-9"],
      ["bytes=7-99", "789", "7-9"],
      ["bytes=-3", "789", "7-9"],
      ["bytes=-99", ten, "0-9"],
      ["Bytes=1-1", "1", "1-1"],
    ])("%s", async (range, part, said) => {
      const response = await ask({ range });
      expect([response.status, await response.text(), response.headers.get("content-range")]).toEqual([
        ...[206, part, `bytes ${said}/10`],
      ]);
      expect(response.headers.get("content-disposition")).toStartWith("attachment");
    });

    test.each(["bytes=10-", "bytes=99-100", "bytes=-0"])("%s is behind its end", async (range) => {
      const response = await ask({ range });
      expect([response.status, await response.text(), response.headers.get("content-range")]).toEqual([
        ...[416, "", "bytes */10"],
      ]);
    });

    test.each(["bytes=4-2", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "2-4"])(
      "%s is no range: all of it comes",
      async (range) => {
        const response = await ask({ range });
        expect([response.status, await response.text()]).toEqual([200, ten]);
        expect(response.headers.get("accept-ranges")).toBe("bytes");
      },
    );

    test("only of the file that was begun with", async () => {
      const tag = (await ask({})).headers.get("etag") ?? "";
      const [same, other] = [
        await ask({ range: "bytes=2-4", "if-range": tag }),
        await ask({ range: "bytes=2-4", "if-range": '"other"' }),
      ];
      expect([same.status, await same.text(), other.status, await other.text()]).toEqual([206, "234", 200, ten]);
    });
  });
}

describeRanges("folder", async () => ({ to: server, by: alice, close: async () => {} }));
test("a large file goes to a bucket in parts, and nothing of it stays here", async () => {
  const folder = tmpdir();
  process.env["TMPDIR"] = server.folder;
  const s3 = startS3Server();
  const to = await startServer({ uploads_bucket: bucketOf(s3) });
  const content = Buffer.alloc(12 * 1024 * 1024, "orchard");
  const made = await upload(content, "film.mp4", to, await to.join());
  expect(s3.requests.some((request) => request.startsWith("POST"))).toBe(true);
  expect(await (await fetch(to.url + made.url)).bytes()).toEqual(content);
  expect((await readdir(server.folder)).filter((name) => name.startsWith("orchard-upload-"))).toEqual([]);
  process.env["TMPDIR"] = folder;
  await to.stop();
  await s3.stop();
});

describeRanges("bucket", async () => {
  const s3 = startS3Server();
  const to = await startServer({ uploads_bucket: bucketOf(s3) });
  const close = async () => {
    await to.stop();
    await s3.stop();
  };
  return { to, by: await to.join(), close };
});

test("an upload of 10 MiB that breaks off leaves nothing behind", async () => {
  const filesBelow = async () => {
    const entries = await readdir(join(server.folder, "uploads"), { recursive: true, withFileTypes: true });
    return entries.filter((one) => one.isFile()).length;
  };
  const before = await filesBelow();
  const { hostname, port } = new URL(server.url);
  const head = ["POST /api/v1/uploads HTTP/1.1", "host: orchard", `authorization: Bearer ${alice.token}`];
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write([...head, `content-length: ${limits.upload_bytes}`, "", ""].join("\r\n"));
  socket.write(Buffer.alloc(10 * 1024 * 1024, "x"));
  // It is on its way.
  while ((await filesBelow()) === before) await new Promise(setImmediate);
  socket.destroy();
  while ((await filesBelow()) > before) await new Promise(setImmediate);
  expect(await filesBelow()).toBe(before);
});

if (process.platform === "linux")
  test("a file of 200 MiB goes in and out in memory for a part of it", async () => {
    const bytes = 200 * 1024 * 1024;
    const env = { ORCHARD_MAX_UPLOAD_BYTES: String(bytes), ORCHARD_PASSWORD_MEMORY_KIB: "1024" };
    const data = join(server.folder, "large");
    const running = await Program.start(program, server.folder, { ...env, ORCHARD_DATA: data });
    const api = `${running.origin}/api/v1`;
    const call = async (path: string, body: object) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(api + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
    };
    const who = { username: "alice", password: "pa55word!" };
    await call("/user/register", who);
    const { token } = (await call("/user/login", who)) as { token: string };
    const most_kib = async () =>
      Number(/VmHWM:\s+(\d+)/.exec(await Bun.file(`/proc/${running.pid}/status`).text())?.[1]);
    const before_kib = await most_kib();
    const piece = Buffer.alloc(1024 * 1024, "orchard");
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent === bytes) return controller.close();
        sent += piece.length;
        controller.enqueue(piece);
      },
    });
    const init = { method: "POST", headers: { authorization: `Bearer ${token}` }, body };
    const made = (await (await fetch(`${api}/uploads?name=film.mp4`, init)).json()) as Made;
    expect(made).toMatchObject({ type: "video/mp4", bytes });
    let came = 0;
    const answer = await fetch(running.origin + made.url);
    for await (const chunk of answer.body ?? []) came += chunk.length;
    expect(came).toBe(bytes);
    expect((await most_kib()) - before_kib).toBeLessThan(bytes / 1024 / 2);
    expect(await running.stop()).toBe(0);
  }, 60_000);
