// What the log says of log-ins and registrations: who, from where, and what came of it; never a secret.

import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { startApp } from "../../src/app.ts";
import { rates } from "../../src/domain/limits.ts";
import { createLog, linesTo } from "../../src/telemetry/log.ts";
import type { Json } from "../harness/client.ts";
import { PASSWORD, serverAt, testConfig, uniqueName } from "../harness/server.ts";

test("each attempt is told once, at info, by name and address", async () => {
  const lines: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
  const log = createLog("info", { write: (line) => void lines.push(line) });
  const config = testConfig(folder, {
    ...{ rate_limits: true, rates: { ...rates, login_per_name: { burst: 2, per_s: 0.0001 } } },
    trusted_proxies: [{ address: "127.0.0.1", prefix: 32, family: "ipv4" }],
  });
  const app = await startApp(config, log, "test");
  const { url } = serverAt(app.url, folder);
  const name = uniqueName("alice");
  const ask = async (path: string, username: string, password: string) => {
    const headers = { "x-forwarded-for": "198.51.100.1" };
    const body = JSON.stringify({ username, password });
    return (await fetch(`${url}/api/v1/user/${path}`, { method: "POST", headers, body })).json() as Promise<Json>;
  };

  const setup = async (token: string) => {
    const headers = { "x-forwarded-for": "198.51.100.1" };
    const body = JSON.stringify({ token, username: "boss", password: PASSWORD });
    await fetch(`${url}/api/v1/user/setup`, { method: "POST", headers, body });
  };
  const [, link = ""] = (await Bun.file(join(folder, "first-admin")).text()).trim().split("#");

  await ask("register", name, PASSWORD);
  await ask("register", name, PASSWORD);
  const { token } = await ask("login", name, PASSWORD);
  await ask("login", name, "wrong horse battery");
  await ask("login", name, PASSWORD);
  await ask("login", "x".repeat(1_000), "wrong horse battery");
  await setup("x".repeat(43));
  await setup(link);
  await app.stop();
  await rm(folder, { recursive: true, force: true });

  const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "log-in" || msg === "registration");
  expect(told.map(({ msg, result }) => `${msg}: ${result}`)).toEqual([
    ...["registration: done", "registration: conflict", "log-in: done"],
    ...["log-in: unauthorized", "log-in: rate_limited", "log-in: unauthorized"],
    ...["registration: forbidden", "registration: done"],
  ]);
  const info = 30;
  for (const { level, address, time } of told)
    expect([level, address, typeof time]).toEqual([info, "198.51.100.1", "string"]);
  expect(told.slice(0, 5).map((line) => line.name)).toEqual(Array(5).fill(name));
  expect(told[5]?.name).toHaveLength(64);
  expect(told.slice(6).map((line) => line.name)).toEqual(["boss", "boss"]);
  for (const secret of [PASSWORD, "wrong horse", String(token), link]) expect(lines.join("")).not.toContain(secret);
});

const hostile_names = [
  "x\n[07:49:26] INFO (admin): log-in",
  "\u001b[2J\u009b31m",
  "\u202enimda",
  "a\u2028b",
  "x): log-in (\r",
];

test("a name is one word, whatever is in it: it ends no line and moves no cursor", async () => {
  let text = "";
  const write = (chunk: Buffer, _: unknown, done: () => void) => {
    text += chunk;
    done();
  };
  const lines: string[] = [];
  const logs = [
    createLog("info", await linesTo(new Writable({ write }))),
    createLog("info", { write: (line) => void lines.push(line) }),
  ];
  for (const log of logs) for (const name of hostile_names) log.info({ name }, "log-in");

  expect(text.trimEnd().split("\n")).toHaveLength(hostile_names.length);
  for (const written of [text, ...lines].map((one) => one.replaceAll("\n", "")))
    expect(written).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^\[[^\]]+\] INFO \("(?:[^"\\]|\\.)*"\): log-in$/);
  expect(lines.map((line) => JSON.parse(line).name).slice(1, 4)).toEqual([
    "\\u{1b}[2J\\u{9b}31m",
    "\\u{202e}nimda",
    "a\\u{2028}b",
  ]);
});
