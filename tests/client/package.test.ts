// The package as others have it: packed by npm, installed into an empty project, used from there by whatever builds and
// runs programs. It brings its types, and nothing else.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { build as viteBuild } from "vite";
import { bundleClient, describeClient } from "../../scripts/build-client.ts";
import { hasBrowser, openBrowser } from "../harness/browser.ts";
import { NODES, nodeOf } from "../harness/node.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { foundServer, present } from "./programs.ts";

const PATIENCE_MS = 120_000;
/** Where one isn't to be had, the test command says so. */
const nodes = await Promise.all(NODES.map(async (major) => ({ major, path: await nodeOf(major) })));

let folder: string;
let project: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-client-package-"));
  server = await startServer();
  const made = join(folder, "client");
  await bundleClient(made);
  expect(await describeClient(made)).toEqual({ name: "types of the client" });
  await run(["npm", "pack", "--silent", "--pack-destination", folder], made);
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  project = join(folder, "project");
  await mkdir(project);
  await Bun.write(join(project, "package.json"), JSON.stringify({ type: "module", private: true }));
  await run(["npm", "install", "--offline", "--no-audit", "--no-fund", join(folder, tarball)], project);
}, PATIENCE_MS);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** What it says, once it has ended well. */
async function run(command: string[], cwd: string): Promise<string> {
  const child = Bun.spawn(command, { cwd, stderr: "pipe" });
  const [said, faults] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const exit = await child.exited;
  expect({ command, exit, ...(exit === 0 ? {} : { said, faults }) }).toEqual({ command, exit: 0 });
  return said;
}

test("it holds what it says, and wants no other package", async () => {
  const installed = join(project, "node_modules");
  expect((await readdir(installed)).filter((name) => !name.startsWith("."))).toEqual(["orchard-client"]);
  const own = await readdir(join(installed, "orchard-client"), { recursive: true });
  expect(own.filter((path) => !path.startsWith("types")).toSorted()).toEqual(
    ["LICENSE", "README.md", "index.js", "index.js.map", "package.json"].toSorted(),
  );
  for (const path of own.filter((path) => path.endsWith(".d.ts"))) {
    const types = await Bun.file(join(installed, "orchard-client", path)).text();
    const modules = [...types.matchAll(/\b(?:from|import\()\s*"([^"]+)"/g)].map(([, name]) => name);
    expect(modules.filter((name) => !/^\.\/[a-z-]+\.js$/.test(name ?? ""))).toEqual([]);
  }
});

/** The lines that are no errors would be some if the types were any. */
const typed = `
  import { createClient, type Client } from "orchard-client";
  const client: Client = createClient({ url: "http://localhost:3000", token: "" });
  const { servers } = await client.ask("get_servers");
  export const name: string | undefined = servers[0]?.name;
  // @ts-expect-error: there is no such message.
  await client.ask("get_weather");
  // @ts-expect-error: it has no such parameter.
  await client.ask("add_server", { title: "Orchard" });
  // @ts-expect-error: a name is no number.
  export const count: number | undefined = servers[0]?.name;
`;

test.each(["nodenext", "esnext"])(
  "a project with modules as in %s is typed by it, its declarations checked as well",
  async (module) => {
    await Bun.write(join(project, "typed.ts"), typed);
    const compiler = join(import.meta.dir, "../../node_modules/typescript/bin/tsc");
    const resolution = module === "esnext" ? ["--moduleResolution", "bundler"] : [];
    const options = ["--noEmit", "--strict", "--target", "esnext", "--lib", "esnext,dom", "--module", module];
    await run([process.execPath, compiler, ...options, ...resolution, "--types", "", "typed.ts"], project);
  },
  PATIENCE_MS,
);

/** Says the channel's messages, once it has added one. */
const program = (token: string, channel_id: number, text: string) => `
  import { createClient } from "orchard-client";
  const client = createClient({ url: ${JSON.stringify(server.url)}, token: ${JSON.stringify(token)} });
  await client.connect();
  await client.ask("get_message_chunk", { channel_id: ${channel_id}, amount: 10, anchor: 0, direction: true });
  await client.send(${channel_id}, ${JSON.stringify(text)});
  await client.settled();
  console.log([...client.cache.windows.get(${channel_id}).messages.values()].map(({ content }) => content).join());
  client.close();
`;

/** The program in a file of the project's. */
async function writtenFor(text: string): Promise<string> {
  const { client, user } = await present(server);
  const { channel_id } = await foundServer(client);
  client.close();
  const path = join(project, `${text}.js`);
  await Bun.write(path, program(user.token, channel_id, text));
  return path;
}

describe("a program that uses it", () => {
  for (const { major, path } of nodes) {
    test.skipIf(path === null)(`runs in Node ${major}`, async () => {
      const text = `node-${major}`;
      const flags = major < 22 ? ["--experimental-websocket"] : [];
      expect(await run([path ?? "", ...flags, await writtenFor(text)], project)).toBe(`${text}\n`);
    });
  }

  test("runs in Bun", async () => {
    expect(await run([process.execPath, await writtenFor("bun")], project)).toBe("bun\n");
  });

  test("runs as esbuild builds it", async () => {
    const outfile = join(folder, "esbuild.mjs");
    await esbuild({ entryPoints: [await writtenFor("esbuild")], bundle: true, format: "esm", outfile, minify: true });
    expect(await run([process.execPath, outfile], folder)).toBe("esbuild\n");
  });

  test("runs as Vite builds it", async () => {
    const entry = await writtenFor("vite");
    const outDir = join(folder, "vite");
    const lib = { entry, formats: ["es" as const], fileName: () => "vite.mjs" };
    await viteBuild({ root: project, configFile: false, logLevel: "error", build: { outDir, lib, emptyOutDir: true } });
    expect(await run([process.execPath, join(outDir, "vite.mjs")], folder)).toBe("vite\n");
  });

  test.skipIf(!hasBrowser)("runs in a plain page", async () => {
    const path = await writtenFor("page");
    const script = (await Bun.file(path).text()).replace('"orchard-client"', '"/index.js"');
    const shown = join(folder, "page");
    await Bun.write(join(shown, "index.html"), pageWith(script));
    await copyFile(join(project, "node_modules/orchard-client/index.js"), join(shown, "index.js"));
    expect(await saidIn(shown)).toBe("page");
  });

  test.skipIf(!hasBrowser)("runs in a page as Vite builds it", async () => {
    const path = await writtenFor("vite-page");
    const [source, outDir] = [join(project, "vite-page"), join(folder, "vite-page")];
    await Bun.write(join(source, "index.html"), pageWith(await Bun.file(path).text()));
    await viteBuild({ root: source, configFile: false, logLevel: "error", build: { outDir, target: "esnext" } });
    expect(await saidIn(outDir)).toBe("vite-page");
  });
});

const pageWith = (script: string) => `<!doctype html><script type="module">${script}</script>`;

/** What the page in the folder says, in a browser. */
async function saidIn(shown: string): Promise<string> {
  const pages = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    async fetch({ url }) {
      const file = Bun.file(join(shown, new URL(url).pathname.replace(/\/$/, "/index.html")));
      return (await file.exists()) ? new Response(file) : new Response(null, { status: 404 });
    },
  });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const said = page.waitForEvent("console", (message) => message.type() === "log");
    await page.goto(pages.url.href);
    return (await said).text();
  } finally {
    await browser.close();
    await pages.stop(true);
  }
}
