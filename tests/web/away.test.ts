// Away and back: a server that is killed under open pages, a day without a connection, and the pages without one.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { Program } from "../../scripts/program.ts";
import { command } from "../crash/process.ts";
import { hasBrowser, openBrowser } from "../harness/browser.ts";
import { serverAt } from "../harness/server.ts";
import { describeInBrowser, until } from "./browser.ts";
import { articles, log, messageBox, pair, say } from "./talking.ts";

describeInBrowser("away", (inBrowser) => {
  inBrowser("what is written without a connection waits, says so, and goes out once", async (tools) => {
    const [alice, bob] = await pair(tools);
    await say(alice.page, "with a connection");
    await articles(bob.page, "with a connection").waitFor();
    await alice.context.setOffline(true);
    // A socket that is open already would outlast it.
    await alice.page.evaluate(() => dispatchEvent(new Event("online")));
    await say(alice.page, "without one");
    await articles(alice.page, "without one")
      .getByText(/sending|waiting/)
      .waitFor();
    await alice.context.setOffline(false);
    await articles(bob.page, "without one").waitFor();
    await articles(alice.page, "without one").getByRole("button", { name: "Edit" }).waitFor();
    expect([
      await articles(alice.page, "without one").count(),
      await articles(bob.page, "without one").count(),
    ]).toEqual([1, 1]);
  });

  inBrowser("the pages open without a connection, with what was there, and catch up with it", async (tools) => {
    const [alice, bob] = await pair(tools);
    await say(bob.page, "before the train");
    await articles(alice.page, "before the train").waitFor();
    await alice.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      // The snapshot is written as the page is left.
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await until(alice.page, async () => {
      const opened = await new Promise<IDBDatabase>((resolve) => {
        const asked = indexedDB.open("orchard", 1);
        asked.onsuccess = () => resolve(asked.result);
      });
      const kept = await new Promise<string>((resolve) => {
        const asked = opened.transaction("snapshots").objectStore("snapshots").get("last");
        asked.onsuccess = () => resolve(String(asked.result));
      });
      opened.close();
      return kept.includes("before the train");
    });
    await alice.context.setOffline(true);
    await alice.page.reload();
    await articles(alice.page, "before the train").waitFor();
    await say(bob.page, "during the train");
    await articles(bob.page, "during the train").waitFor();
    await alice.context.setOffline(false);
    await alice.page.evaluate(() => dispatchEvent(new Event("online")));
    await articles(alice.page, "during the train").waitFor();
    expect(await log(alice.page).getByRole("article").count()).toBe(2);
  });

  inBrowser("nothing of the server's is kept by the worker", async (tools) => {
    const [alice] = await pair(tools);
    await alice.page.evaluate(() => navigator.serviceWorker.ready);
    await alice.page.reload();
    await messageBox(alice.page).waitFor();
    const kept = await alice.page.evaluate(async () => {
      const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
      const requests = (await Promise.all(stores.map((store) => store.keys()))).flat();
      return requests.map(({ url }) => new URL(url).pathname);
    });
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.filter((path) => path.startsWith("/api") || path === "/subscribe" || path === "/metrics")).toEqual([]);
  });
});

/** A port that is free now, so that the next life of the program has the same. */
function freePort(): number {
  const held = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = held;
  held.stop(true);
  return port;
}

if (hasBrowser) {
  describe("killed", () => {
    let browser: Browser;
    let folder: string;
    beforeAll(async () => {
      [browser, folder] = await Promise.all([openBrowser(), mkdtemp(join(tmpdir(), "orchard-web-"))]);
    });
    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    });

    test("under two open pages, which come back by themselves with nothing lost or doubled", async () => {
      const variables = { ORCHARD_PORT: String(freePort()) };
      const first = await Program.start(command, folder, variables);
      const [alice, bob] = await pair({ browser, server: serverAt(first.origin, folder) });
      for (let count = 1; count <= 5; count += 1) await say(alice.page, `before ${count}.`);
      await articles(bob.page, "before 5.").waitFor();
      await first.kill();
      for (let count = 1; count <= 5; count += 1) await say(bob.page, `meanwhile ${count}.`);
      const second = await Program.start(command, folder, variables);
      await articles(alice.page, "meanwhile 5.").waitFor();
      await say(alice.page, "after");
      await articles(bob.page, "after").waitFor();
      const texts = (page: typeof alice.page) => log(page).locator("article .text").allTextContents();
      const wanted = [1, 2, 3, 4, 5].map((count) => `before ${count}.`);
      wanted.push(...[1, 2, 3, 4, 5].map((count) => `meanwhile ${count}.`), "after");
      expect([await texts(alice.page), await texts(bob.page)]).toEqual([wanted, wanted]);
      await second.stop();
    }, 90_000);
  });
}
