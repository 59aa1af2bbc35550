// A certificate is renewed while the server runs: who is connected notices nothing, who comes sees the new one.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { type App, startApp } from "../../src/app.ts";
import { createLog } from "../../src/telemetry/log.ts";
import type { Json } from "../harness/client.ts";
import { program } from "../harness/program.ts";
import { PASSWORD, testConfig } from "../harness/server.ts";

const given = (name: string) => join(import.meta.dir, "certificate", name);

let folder: string;
let app: App;
const lines: string[] = [];
const paths = () => ({ cert_path: join(folder, "cert.pem"), key_path: join(folder, "key.pem") });

/** Puts a pair in the place of the one that the server was started with. */
async function place(cert: string, key: string): Promise<void> {
  await Promise.all([copyFile(given(cert), paths().cert_path), copyFile(given(key), paths().key_path)]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-renewal-"));
  await place("cert.pem", "key.pem");
  const log = createLog("info", { write: (line) => void lines.push(line) });
  app = await startApp(testConfig(folder, { tls: paths() }), log, "test");
});
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
});

const fingerprint = async (name: string) => new X509Certificate(await Bun.file(given(name)).text()).fingerprint256;

/** What the server shows to whoever connects now. */
function shown(url = app.url): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { port } = new URL(url);
  const socket = connect({ port: Number(port), host: "127.0.0.1", rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().fingerprint256);
    socket.end();
  });
  socket.on("error", reject);
  return promise;
}

const call = async (method: string, path: string, body?: unknown): Promise<Json> => {
  const init = { method, body: JSON.stringify(body), tls: { rejectUnauthorized: false } };
  return (await fetch(`${app.url}/api/v1${path}`, init)).json();
};

/** A socket, with what it was sent. */
async function open(username: string) {
  await call("POST", "/user/register", { username, password: PASSWORD });
  const { token, id } = await call("POST", "/user/login", { username, password: PASSWORD });
  const tls = { rejectUnauthorized: false };
  const socket = new WebSocket(`${app.url.replace("https", "wss")}/subscribe?auth=${token}`, { tls } as never);
  const waiting: { fits(frame: Json): boolean; resolve(frame: Json): void }[] = [];
  const closed: number[] = [];
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data));
    const place = waiting.findIndex(({ fits }) => fits(frame));
    if (place !== -1) waiting.splice(place, 1)[0]?.resolve(frame);
  };
  socket.onclose = ({ code }) => void closed.push(code);
  const until = (fits: (frame: Json) => boolean) =>
    new Promise<Json>((resolve) => void waiting.push({ fits, resolve }));
  let asked = 0;
  const ask = (type: string, data: object) => {
    asked += 1;
    const frame = { id: `${username}${asked}`, type, data };
    socket.send(JSON.stringify(frame));
    return until(({ id: of }) => of === frame.id);
  };
  await until(({ type }) => type === "ready");
  return { id, ask, until, closed, close: () => socket.close() };
}

test("who is connected stays and hears all, across renewals; who comes sees the new one", async () => {
  const alice = await open("alice");
  expect(await shown()).toBe(await fingerprint("cert.pem"));
  await place("cert-2.pem", "key-2.pem");
  app.renewCertificate();
  expect(await shown()).toBe(await fingerprint("cert-2.pem"));
  const bob = await open("bob");
  await place("cert.pem", "key.pem");
  app.renewCertificate();
  expect(await shown()).toBe(await fingerprint("cert.pem"));
  const carol = await open("carol");

  // What is said in a channel comes to all three, each on a server of their own, whoever says it.
  const { server } = (await alice.ask("add_server", { name: "Film night" })).data;
  const { invite } = (await alice.ask("add_invite", { server_id: server.id })).data;
  for (const one of [bob, carol]) await one.ask("join_server", { invite_code: invite.code });
  const listed = await alice.ask("get_server_channels", { server_id: server.id });
  const channel_id = listed.data.categories[0].channels[0].id;
  const everybody = [alice, bob, carol];
  for (const one of everybody) {
    await one.ask("get_message_chunk", { channel_id, amount: 1, anchor: 0, direction: true });
  }
  for (const [nth, one] of everybody.entries()) {
    const content = `from ${nth}`;
    const told = everybody.map(({ until }) =>
      until(({ type, data }) => type === "message_added" && data.content === content),
    );
    await one.ask("add_message", { channel_id, content });
    await Promise.all(told);
    // Everybody but who writes is told of that.
    const typing = everybody
      .filter((other) => other !== one)
      .map(({ until }) => until(({ type, data }) => type === "typing_started" && data.user_id === one.id));
    await one.ask("typing", { channel_id });
    await Promise.all(typing);
  }
  expect(everybody.flatMap(({ closed }) => closed)).toEqual([]);
  for (const one of everybody) one.close();
});

test("a pair that doesn't belong together, or is damaged, is refused, and the old one stays", async () => {
  const before = await shown();
  const carol = await open("dave");
  for (const [cert, key] of [
    ["cert.pem", "key-2.pem"],
    ["key.pem", "key.pem"],
  ] as const) {
    lines.length = 0;
    await place(cert, key);
    app.renewCertificate();
    const { level, reason } = JSON.parse(lines[0] ?? "{}");
    expect([level, reason]).toEqual([50, expect.stringContaining(folder)]);
    expect(lines.join("")).not.toContain("PRIVATE KEY");
    expect(await shown()).toBe(before);
  }
  expect(carol.closed).toEqual([]);
  carol.close();
});

test("a call that is under way when it is renewed is answered", async () => {
  const port = Number(new URL(app.url).port);
  const body = JSON.stringify({ username: "alice", password: "wrong horse battery" });
  const answered = Promise.withResolvers<string>();
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  socket.on("data", (bytes) => answered.resolve(bytes.toString()));
  socket.on("close", () => answered.resolve("closed"));
  const head = `POST /api/v1/user/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
  await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
  await new Promise<void>((resolve) => void socket.write(head + body.slice(0, 10), () => resolve()));
  // Answered after what was sent before: the head has been read.
  for (let asked = 0; asked < 2; asked += 1) await call("GET", "/validate_jwt");
  app.renewCertificate();
  socket.write(body.slice(10));
  expect(await answered.promise).toStartWith("HTTP/1.1 401 ");
  socket.destroy();
});

test("SIGHUP has the program do it", async () => {
  await place("cert.pem", "key.pem");
  const running = Bun.spawn([...program], {
    cwd: folder,
    env: {
      ...{ PATH: process.env["PATH"], ORCHARD_HOST: "127.0.0.1", ORCHARD_PORT: "0" },
      ...{ ORCHARD_TLS_CERT: paths().cert_path, ORCHARD_TLS_KEY: paths().key_path },
    },
    stderr: "pipe",
  });
  const [read, said] = [running.stdout.getReader(), running.stderr.getReader()];
  const { value } = await read.read();
  const url = new TextDecoder().decode(value).trim().replace("listening on ", "");
  expect(await shown(url)).toBe(await fingerprint("cert.pem"));
  await place("cert-2.pem", "key-2.pem");
  running.kill("SIGHUP");
  for (let log = ""; !log.includes("read anew"); ) log += new TextDecoder().decode((await said.read()).value);
  expect(await shown(url)).toBe(await fingerprint("cert-2.pem"));
  running.kill("SIGTERM");
  expect(await running.exited).toBe(0);
});
