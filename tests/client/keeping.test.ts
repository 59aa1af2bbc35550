// Snapshots that a client keeps by itself: in a file, in a browser, or where the program says.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleClient } from "../../scripts/build-client.ts";
import { callHttp, openClient, placeOf, type SnapshotPlace } from "../../src/client/index.ts";
import { hasBrowser, openBrowser } from "../harness/browser.ts";
import { startServer, type TestServer, type TestUser, uniqueName } from "../harness/server.ts";
import { FakeClock } from "./fake-server.ts";
import { foundServer, present } from "./programs.ts";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), "orchard-client-keeping-"));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** A place in memory; `done` settles with what was done there next. */
function memory(): SnapshotPlace & { text: string | null; done(): Promise<string> } {
  let heard: ((what: string) => void)[] = [];
  const tell = (what: string) => {
    for (const one of heard.splice(0)) one(what);
  };
  return {
    text: null,
    async read() {
      return this.text;
    },
    async write(text) {
      this.text = text;
      tell("written");
    },
    async forget() {
      this.text = null;
      tell("forgotten");
    },
    done: () => new Promise((resolve) => (heard = [...heard, resolve])),
  };
}

async function aUser(): Promise<{ user: TestUser; server_id: number }> {
  const { client, user } = await present(server);
  const { server_id } = await foundServer(client, "The orchard");
  client.close();
  return { user, server_id };
}

test("what was kept is there at the next start, before there is a connection", async () => {
  const { user, server_id } = await aUser();
  const keep = memory();
  const options = { url: server.url, token: user.token, keep };
  const client = await openClient(options);
  await client.connect();
  await client.ask("get_servers");
  const written = keep.done();
  client.close();
  expect(await written).toBe("written");
  const again = await openClient({ ...options, url: "http://127.0.0.1:1" });
  expect(again.cache.servers.get(server_id)?.name).toBe("The orchard");
  again.close();
});

test("it is written a moment after a change, once for several", async () => {
  const { user } = await aUser();
  const [keep, clock] = [memory(), new FakeClock()];
  let count = 0;
  const place = {
    ...keep,
    write(text: string) {
      count += 1;
      return keep.write(text);
    },
  };
  const client = await openClient({ url: server.url, token: user.token, keep: place, clock });
  await client.connect();
  await client.ask("get_servers");
  await client.ask("get_friends");
  await clock.pass(999);
  expect(count).toBe(0);
  const written = keep.done();
  await clock.pass(1);
  await written;
  expect(count).toBe(1);
  client.close();
});

test("what is kept of a log-in that ends goes with it", async () => {
  const { user } = await aUser();
  const keep = memory();
  const client = await openClient({ url: server.url, token: user.token, keep });
  await client.connect();
  const forgotten = keep.done();
  await callHttp("logout", { url: server.url, token: user.token });
  expect(await forgotten).toBe("forgotten");
  expect(client.state).toBe("closed");
});

test("a place that fails is as if there were none", async () => {
  const { user } = await aUser();
  const fails = async () => {
    throw new Error("full");
  };
  const client = await openClient({
    url: server.url,
    token: user.token,
    keep: { read: fails, write: fails, forget: fails },
  });
  await client.connect();
  expect(client.state).toBe("ready");
  client.close();
});

describe("in a file", () => {
  test("it is whole, for its owner alone, and nothing else is left beside it", async () => {
    const own = await mkdtemp(join(folder, "file-"));
    const place = placeOf({ file: join(own, "alice.json") });
    expect(await place.read().catch(({ code }) => code)).toBe("ENOENT");
    for (const text of ["one", "two"]) await place.write(text);
    expect(await place.read()).toBe("two");
    expect(await readdir(own)).toEqual(["alice.json"]);
    expect((await stat(join(own, "alice.json"))).mode & 0o777).toBe(0o600);
    await place.forget();
    await place.forget();
    expect(await readdir(own)).toEqual([]);
  });

  test("a program in Node goes on from it, and from none, and from one that is spoilt", async () => {
    const { user, server_id } = await aUser();
    await bundleClient(folder);
    const file = join(folder, `${uniqueName()}.json`);
    const program = `
      import { openClient } from "./index.js";
      const client = await openClient({
        url: ${JSON.stringify(server.url)}, token: ${JSON.stringify(user.token)}, keep: { file: ${JSON.stringify(file)} },
      });
      console.log(client.cache.servers.get(${server_id})?.name ?? "nothing");
      await client.connect();
      await client.ask("get_servers");
      client.close();
    `;
    await Bun.write(join(folder, "program.mjs"), program);
    const run = async () => {
      const child = Bun.spawn(["node", "--experimental-websocket", "program.mjs"], { cwd: folder, stderr: "pipe" });
      const [said, faults] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
      expect({ exit: await child.exited, faults }).toEqual({ exit: 0, faults });
      return said.trim();
    };
    expect([await run(), await run()]).toEqual(["nothing", "The orchard"]);
    await Bun.write(file, "{");
    expect([await run(), await run()]).toEqual(["nothing", "The orchard"]);
  });
});

test.skipIf(!hasBrowser)("in a browser's storage and database it is there when the page is opened again", async () => {
  const { user, server_id } = await aUser();
  await bundleClient(folder);
  const page_of = (keep: string) => `<!doctype html><script type="module">
    import { openClient } from "/index.js";
    const options = { url: ${JSON.stringify(server.url)}, token: ${JSON.stringify(user.token)} };
    const client = await openClient({ ...options, keep: ${JSON.stringify(keep)} });
    const before = client.cache.servers.get(${server_id})?.name ?? "nothing";
    await client.connect();
    await client.ask("get_servers");
    window.saved = () => client.close();
    console.log(before);
  </script>`;
  const headers = { "content-type": "text/html" };
  const pages = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    routes: {
      "/localStorage": () => new Response(page_of("localStorage"), { headers }),
      "/indexedDB": () => new Response(page_of("indexedDB"), { headers }),
      "/index.js": () => new Response(Bun.file(join(folder, "index.js"))),
    },
  });
  const browser = await openBrowser();
  try {
    for (const keep of ["localStorage", "indexedDB"]) {
      const page = await browser.newPage();
      const opened = async () => {
        const said = page.waitForEvent("console", (message) => message.type() === "log");
        await page.goto(`${pages.url.href}${keep}`);
        return (await said).text();
      };
      expect(await opened()).toBe("nothing");
      // Closing writes it; the database is asked once that is done, since it does one thing after another.
      await page.evaluate(`window.saved(); new Promise((resolve) => {
        if (${JSON.stringify(keep)} === "localStorage") return resolve();
        const asked = indexedDB.open("orchard.snapshot", 1);
        const look = () => {
          const got = asked.result.transaction("snapshots").objectStore("snapshots").get("last");
          got.onsuccess = () => (got.result ? resolve() : look());
        };
        asked.onsuccess = look;
      })`);
      expect(await opened()).toBe("The orchard");
      await page.close();
    }
  } finally {
    await browser.close();
    await pages.stop(true);
  }
});
