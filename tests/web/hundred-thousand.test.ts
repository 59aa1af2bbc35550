// A channel of a hundred thousand messages: how much the page does and holds depends on what is in sight, and on nothing
// else. Counts of work; what it takes in time, tests/web/trace.ts shows.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { MOST } from "../../src/web/talk/slice.ts";
import { clientOf } from "../client/programs.ts";
import { hasBrowser, openBrowser } from "../harness/browser.ts";
import { present } from "./browser.ts";
import { foundLongChannel, type LongChannel, MESSAGES, readBack } from "./long-channel.ts";
import { articles, log, messageBox } from "./talking.ts";
import { countingRequests, heldBy, traced } from "./watching.ts";

/** Messages that the client keeps of a channel. */
const KEPT = 1_000;
/** So that all that was kept at first has gone. */
const GONE_BY = KEPT + 200;
const PAGE = 100;
const COMING = 300;
/** What one message of the page may have of elements and boxes, and all that stands around the messages. */
const NODES_A_MESSAGE = 60;
const NODES_AROUND = 3_000;

/** What each message can do comes after it. */
const isWhole = (page: Page) =>
  page.waitForFunction(
    () => document.querySelectorAll("article").length === document.querySelectorAll(".actions").length,
  );

if (hasBrowser) {
  describe("a hundred thousand messages", () => {
    let browser: Browser;
    let long: LongChannel;
    beforeAll(async () => {
      [browser, long] = await Promise.all([openBrowser(), foundLongChannel()]);
    }, 120_000);
    afterAll(async () => {
      await browser.close();
      await long.server.stop();
    });

    const open = async () => {
      const { server, town, channel_id } = long;
      const alice = await present(browser, server, town.alice, { viewport: { width: 1280, height: 800 } });
      const sent = countingRequests(alice.page);
      await alice.page.goto(`/servers/${town.server_id}/${channel_id}`);
      await articles(alice.page, `number ${MESSAGES} `).waitFor();
      return { ...alice, sent };
    };

    test("who reads back has few of them in the page, asks for each once, and holds no more the farther they go", async () => {
      const { page, context, sent, complaints } = await open();
      const session = await context.newCDPSession(page);
      await readBack(page, GONE_BY);
      await isWhole(page);
      const before = await heldBy(session);
      const asked_before = sent.get("get_message_chunk") ?? 0;
      const { topmost: from } = await readBack(page, 0);
      const work = await traced(browser, page, () => readBack(page, GONE_BY));
      const gone = from - (await readBack(page, 0)).topmost;
      await isWhole(page);
      const after = await heldBy(session);
      expect(await log(page).getByRole("article").count()).toBeLessThanOrEqual(MOST);
      const asked = (sent.get("get_message_chunk") ?? 0) - asked_before;
      expect(asked).toBeLessThanOrEqual(Math.ceil(gone / PAGE) + 2);
      expect(work.most_boxes).toBeLessThan(MOST * NODES_A_MESSAGE + NODES_AROUND);
      expect(work.most_styled).toBeLessThan(MOST * NODES_A_MESSAGE + NODES_AROUND);
      expect(after.nodes).toBeLessThan(MOST * NODES_A_MESSAGE + NODES_AROUND);
      expect(after.listeners).toBeLessThanOrEqual(before.listeners * 1.2);
      // A thousand messages went by; of each that stayed there would be kilobytes.
      expect(after.heap_mib - before.heap_mib).toBeLessThan(4);
      expect(complaints).toEqual([]);
    }, 180_000);

    test("who comes back to a channel that is loaded asks for none of it again", async () => {
      const { page, sent } = await open();
      await page.getByRole("link", { name: "general", exact: true }).click();
      await articles(page, "projector").first().waitFor();
      const before = sent.get("get_message_chunk") ?? 0;
      const work = await traced(browser, page, async () => {
        await page.getByRole("link", { name: "long", exact: true }).click();
        await articles(page, `number ${MESSAGES} `).waitFor();
      });
      expect((sent.get("get_message_chunk") ?? 0) - before).toBe(0);
      expect(work.most_boxes).toBeLessThan(MOST * NODES_A_MESSAGE + NODES_AROUND);
    }, 120_000);

    test("who types while hundreds come loses no letter, and only so many are in the page", async () => {
      const { page } = await open();
      const { server, town } = long;
      const bob = clientOf(server, town.others[0] as (typeof town.others)[number]);
      await bob.connect();
      const text = "the quick brown fox jumps over the lazy dog, and over the pears";
      const coming = Array.from({ length: COMING }, (_, at) => bob.send(long.channel_id, `coming ${at}.`));
      const work = await traced(browser, page, async () => {
        await messageBox(page).pressSequentially(text);
        await Promise.all(coming);
        await articles(page, `coming ${COMING - 1}.`).waitFor();
      });
      expect(await messageBox(page).inputValue()).toBe(text);
      expect(await log(page).getByRole("article").count()).toBeLessThanOrEqual(MOST);
      expect(work.most_boxes).toBeLessThan(MOST * NODES_A_MESSAGE + NODES_AROUND);
      expect(work.layouts).toBeLessThanOrEqual(2 * (COMING + text.length));
      bob.close();
    }, 120_000);
  });
}
