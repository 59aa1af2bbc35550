// Long channels: only so many messages are in the page wherever one is in them, and what one reads stays where it is.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { MOST } from "../../src/web/talk/slice.ts";
import { clientOf } from "../client/programs.ts";
import { uniqueName } from "../harness/server.ts";
import { describeInBrowser, present } from "./browser.ts";
import { articles, log, scrolledTo } from "./talking.ts";
import { foundTown } from "./town.ts";

const MESSAGES = 1_500;

const numbered = (page: Page) =>
  log(page)
    .locator("article")
    .evaluateAll((all) =>
      all.map((one) => Number(one.querySelector(".text")?.textContent?.match(/^number (\d+)/)?.[1])),
    );

describeInBrowser("a long channel", (inBrowser) => {
  inBrowser("is read to its start and back, with few messages in the page", async ({ browser, server }) => {
    const town = await foundTown(server);
    const [owner] = town.clients;
    const { channel } = (await owner?.ask("add_channel", { server_id: town.server_id, name: "long" })) ?? {};
    const channel_id = channel?.id ?? 0;
    const writer = clientOf(server, town.alice, { outbox_length: MESSAGES });
    await writer.connect();
    const sent = Array.from({ length: MESSAGES }, (_, at) =>
      writer.send(channel_id, `number ${at + 1} ${"pear ".repeat(at % 40)}`),
    );
    const [first] = await Promise.all(sent);
    writer.close();
    const { page, complaints } = await present(browser, server, town.alice);
    await page.goto(`/servers/${town.server_id}/${channel_id}`);
    await articles(page, `number ${MESSAGES} `).waitFor();
    let most = 0;
    const look = async () => {
      const shown = await numbered(page);
      most = Math.max(most, shown.length);
      // All in a row, without one twice or left out.
      expect(shown).toEqual(shown.map((_, at) => (shown[0] ?? 0) + at));
      return shown;
    };
    const box = log(page);
    for (let shown = await look(); shown[0] !== 1; shown = await look()) {
      const before = shown[0];
      await box.evaluate((element) => {
        element.scrollTop = 0;
      });
      await page.waitForFunction((id) => {
        const text = document.querySelector("[role=log] article .text")?.textContent ?? "";
        return !text.startsWith(`number ${id} `);
      }, before);
    }
    await page.getByText("This is the start of #long").waitFor();
    await page.getByRole("button", { name: /new messages|newest/ }).click();
    await articles(page, `number ${MESSAGES} `).waitFor();
    await look();
    expect(most).toBeLessThanOrEqual(MOST);
    // A link to an old message leads there from anywhere.
    await page.goto(`/servers/${town.server_id}/${channel_id}/${first?.id}`);
    await page.locator("article.jumped-to").getByText("number 1").waitFor();
    expect((await look())[0]).toBe(1);
    town.close();
    expect(complaints).toEqual([]);
  });

  inBrowser("what is refused is asked for once, and again when one scrolls", async ({ browser, server }) => {
    const town = await foundTown(server);
    const [owner] = town.clients;
    for (let count = 0; count < 120; count += 1) await owner?.send(town.general, `line ${count}`);
    const { page } = await present(browser, server, town.alice);
    let asked = 0;
    await page.routeWebSocket(/./, (socket) => {
      const up = socket.connectToServer();
      socket.onMessage((frame) => {
        const { type, id, data } = JSON.parse(String(frame));
        if (type !== "get_message_chunk" || data.anchor === 0 || data.direction) return up.send(frame);
        asked += 1;
        socket.send(JSON.stringify({ type: "error", id, data: { code: "forbidden", message: "No." } }));
      });
    });
    await page.goto(`/servers/${town.server_id}/${town.general}`);
    await articles(page, "line 119").waitFor();
    let top = 0;
    const scrolled = async () => {
      top = top === 0 ? 1 : 0;
      await scrolledTo(log(page), top);
      // What was asked before this is there has been answered.
      const text = uniqueName("said");
      await owner?.send(town.general, text);
      await articles(page, text).waitFor({ state: "attached" });
    };
    // At first what is loaded already comes into the page.
    while (asked === 0) await scrolled();
    for (const times of [1, 2, 3]) {
      const before = asked;
      await scrolled();
      expect(asked - before, `scrolled ${times} times`).toBe(1);
    }
    town.close();
  });

  inBrowser("what one reads stays where it is when something comes", async ({ browser, server }) => {
    const town = await foundTown(server);
    const [owner] = town.clients;
    for (let count = 0; count < 80; count += 1) await owner?.send(town.general, `line ${count}`);
    const { page } = await present(browser, server, town.alice);
    await page.goto(`/servers/${town.server_id}/${town.general}`);
    await articles(page, "line 79").waitFor();
    const box = log(page);
    await box.evaluate((element) => {
      element.scrollTop = element.scrollHeight / 2;
    });
    await page.getByRole("button", { name: /newest/ }).waitFor();
    const middle = page.locator("article").filter({ hasText: /line 50$/ });
    const top = () => middle.evaluate((element) => Math.round(element.getBoundingClientRect().top));
    const before = await top();
    await owner?.send(town.general, "something new");
    await articles(page, "something new").waitFor({ state: "attached" });
    expect(await top()).toBe(before);
    town.close();
  });
});
