// The built library as others get it: one file for any runtime, with nothing of the server and no package in it, and
// used by a program in Node.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleClient } from "../../scripts/build-client.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { foundServer, present } from "./programs.ts";

/** Of all there is, and of what a program gets that takes only the client. */
const MOST_BYTES = 96 * 1024;
const MOST_BYTES_ALONE = 80 * 1024;

let folder: string;
let server: TestServer;
let source: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-client-bundle-"));
  server = await startServer();
  await bundleClient(folder);
  source = await Bun.file(join(folder, "index.js")).text();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

test("it imports nothing and stays small", () => {
  const { imports } = new Bun.Transpiler({ loader: "js" }).scan(source);
  expect({ imports, is_small: source.length < MOST_BYTES }).toEqual({ imports: [], is_small: true });
});

test("a program that takes only the client gets no more than that", async () => {
  const entry = join(folder, "alone.ts");
  await Bun.write(entry, 'import { createClient } from "./index.js"; console.log(createClient);');
  const { outputs } = await Bun.build({ entrypoints: [entry], minify: { whitespace: true, syntax: true } });
  expect(outputs[0]?.size).toBeGreaterThan(0);
  expect(outputs[0]?.size).toBeLessThan(MOST_BYTES_ALONE);
});

test("of this project only the client's own files are in it", async () => {
  const { sources } = (await Bun.file(join(folder, "index.js.map")).json()) as { sources: string[] };
  expect(sources.length).toBeGreaterThan(0);
  expect(sources.filter((path) => !/\/src\/client\/[^/]+$/.test(path))).toEqual([]);
});

test("it uses no global that a browser lacks", () => {
  expect(source.match(/\b(?:Bun|Buffer|process|require|__dirname|setImmediate|node:[a-z]+)\b(?=[.(["])/g)).toBeNull();
});

test("Bun finds it under its name", async () => {
  const name = "orchard/client";
  expect(Object.keys(await import(name)).sort()).toEqual([
    ...["Client", "MemberList", "Mentions", "RequestError", "Typing", "UnreadCounts", "callHttp", "completed"],
    ...["completionAt", "completionWithMembers", "createClient", "defaultRoleOf", "mentionsOf", "messageAt"],
    ...["missedMessages", "newNonce", "openClient", "placeOf", "rankOf"],
    ...["readInvite", "refusalOf", "rule_names", "standingOf", "uploadFile", "verdictsOf"],
  ]);
});

const program = (url: string, token: string, channel_id: number) => `
  import { createClient } from "./index.js";
  const client = createClient({ url: ${JSON.stringify(url)}, token: ${JSON.stringify(token)} });
  await client.connect();
  await client.ask("get_message_chunk", { channel_id: ${channel_id}, amount: 10, anchor: 0, direction: true });
  await client.send(${channel_id}, "hello from Node");
  await client.settled();
  console.log([...client.cache.windows.get(${channel_id}).messages.values()].map(({ content }) => content).join());
  client.close();
`;

const lostProgram = (url: string) => `
  import { callHttp, createClient } from "./index.js";
  const client = createClient({ url: ${JSON.stringify(url)}, credentials: { username: "alice", password: "secret" } });
  client.on("trouble", ({ error }) => {
    console.log(error.code, error.message);
    client.close();
  });
  void client.connect();
  const address = await callHttp("validate_jwt", { url: "127.0.0.1:1" }).catch(({ code }) => code);
  console.log(address);
`;

test("a program in Node that reaches nobody is told so, and ends by itself", async () => {
  const gone = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  await gone.stop(true);
  await Bun.write(join(folder, "lost.mjs"), lostProgram(gone.url.origin));
  const child = Bun.spawn(["node", "--experimental-websocket", "lost.mjs"], { cwd: folder, stderr: "pipe" });
  const [output, faults] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect({ exit: await child.exited, faults }).toEqual({ exit: 0, faults: "" });
  expect(output).toMatch(/^bad_request\ndisconnected .*can't be reached: .*ECONNREFUSED/);
});

test("a program in Node uses it, and ends by itself once it is closed", async () => {
  const { client, user } = await present(server);
  const { channel_id } = await foundServer(client);
  client.close();
  await Bun.write(join(folder, "program.mjs"), program(server.url, user.token, channel_id));
  const child = Bun.spawn(["node", "--experimental-websocket", "program.mjs"], { cwd: folder, stderr: "pipe" });
  const [output, faults] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect({ output, exit: await child.exited, faults }).toEqual({ output: "hello from Node\n", exit: 0, faults });
});
