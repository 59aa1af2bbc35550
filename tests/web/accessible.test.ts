// Every page, in light and dark and on a phone, without a violation of what axe knows; and talking by keyboard alone.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { violations } from "./axe.ts";
import { describeInBrowser, present, visitor } from "./browser.ts";
import { articles, foundServer, log, messageBox, say } from "./talking.ts";
import { foundTown, pagesOf } from "./town.ts";

/** Nothing is on its way any more. */
const settled = (page: Page) =>
  page.waitForFunction(() => document.querySelector("main, .places") && !document.querySelector('[aria-busy="true"]'));

/** Each page is loaded once for a screen, and shown in each of the looks. */
const screens: [name: string, viewport: { width: number; height: number }, looks: ("light" | "dark")[]][] = [
  ["light and dark", { width: 1280, height: 800 }, ["light", "dark"]],
  ["on a phone", { width: 320, height: 640 }, ["light"]],
];

async function show(page: Page, look: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: look });
  await page.locator(`html[data-theme="${look}"]`).waitFor();
}

describeInBrowser("accessible", (inBrowser) => {
  for (const [name, viewport, looks] of screens) {
    inBrowser(`every page, ${name}`, async ({ browser, server }) => {
      const town = await foundTown(server);
      const { page } = await present(browser, server, town.alice, { viewport, reducedMotion: "reduce" });
      const found: Record<string, string[]> = {};
      for (const [name, path] of Object.entries(pagesOf(town))) {
        await page.goto(path);
        await settled(page);
        for (const look of looks) {
          await show(page, look);
          const those = await violations(page);
          if (those.length > 0) found[`${name}, ${look}`] = those;
        }
        const is_wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        if (is_wider) found[`${name} is wider than the screen`] = [];
      }
      town.close();
      expect(found).toEqual({});
    });
  }

  inBrowser("one comes in, founds a server and talks by keyboard alone", async ({ browser, server }) => {
    const { name } = await server.user();
    const { page } = await visitor(browser, server);
    await page.goto("/");
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent);
    /** Tabs until what is named has the focus. */
    const tabTo = async (wanted: string) => {
      for (let tabs = 0; (await focused())?.trim() !== wanted; tabs += 1) {
        if (tabs > 60) throw new Error(`"${wanted}" can't be reached; at ${await focused()}`);
        await page.keyboard.press("Tab");
      }
    };
    await page.getByRole("textbox", { name: "Name" }).waitFor();
    await page.keyboard.type(name);
    await page.keyboard.press("Tab");
    await page.keyboard.type("correct horse battery");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Add a server" }).waitFor();
    await tabTo("Add a server");
    await page.keyboard.press("Enter");
    await page.keyboard.type("By hand");
    await page.keyboard.press("Enter");
    await messageBox(page).waitFor();
    await tabTo("Message");
    await page.keyboard.type("typed, not clicked");
    await page.keyboard.press("Enter");
    await articles(page, "typed").waitFor();
    await tabTo("Messages");
    await page.keyboard.press("ArrowUp");
    await tabTo("React");
    await page.keyboard.press("Enter");
    await page.getByRole("searchbox", { name: "Search emoji" }).waitFor();
    await page.keyboard.type("seedling");
    await page.keyboard.press("Enter");
    await log(page).getByRole("button", { name: "🌱, 1" }).waitFor();
    expect(await focused()).toBe("React");
  });

  inBrowser("on a phone one button is called “Menu”, and shows the navigation", async ({ browser, server }) => {
    const town = await foundTown(server);
    const { page } = await present(browser, server, town.alice, { viewport: { width: 360, height: 740 } });
    for (const path of [`/servers/${town.server_id}/${town.general}`, `/conversations/${town.conversations.group}`]) {
      await page.goto(path);
      await messageBox(page).waitFor();
      expect(await page.getByRole("button", { name: "Menu" }).count()).toBe(1);
      await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("navigation", { name: "Servers" }).waitFor();
    }
    town.close();
  });

  inBrowser("from right to left", async ({ browser, server }) => {
    const { name } = await server.user();
    const { page } = await present(browser, server, { name });
    await foundServer(page, "مساء الأفلام");
    await say(page, "مرحبا <b>world</b>");
    await articles(page, "مرحبا").waitFor();
    await page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    const sides = await page.evaluate(() => {
      const left = (selector: string) => document.querySelector(selector)?.getBoundingClientRect().left ?? 0;
      return [left(".rail") > left(".side"), left(".side") > left(".log"), left(".log") > left(".members")];
    });
    expect(sides).toEqual([true, true, true]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
});
