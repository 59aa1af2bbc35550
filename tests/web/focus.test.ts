// Who uses the keys alone is always somewhere: what has the focus and goes leaves it to something next to it.

import { expect } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { samples } from "../uploads/samples.ts";
import { describeInBrowser, present } from "./browser.ts";
import { articles, log, say, scrolledTo } from "./talking.ts";
import { foundTown, type Town } from "./town.ts";

/** What has the focus: what kind it is of, what it is called, and which row it is in. */
const focus = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement ?? document.body;
    const row = at.closest("article, li")?.querySelector(".text, .who strong, img")?.cloneNode(true) as Element | null;
    const name = at.matches("h1, h2") ? at.textContent : at.matches("article") ? "" : at.getAttribute("aria-label");
    return [at.localName, name, row?.getAttribute("alt") ?? row?.textContent].filter(Boolean).join(" | ");
  });

interface Act {
  name: string;
  at(town: Town): string;
  /** Leads to what is pressed. */
  ready(page: Page, town: Town): Promise<Locator> | Locator;
  /** What goes then, if that isn't what was pressed. */
  gone?(page: Page, town: Town): Locator;
  leads_to: string | ((town: Town) => string);
}

const button = (within: Page | Locator, name: string) => within.getByRole("button", { name, exact: true });
const talk = ({ server_id, general }: Town) => `/servers/${server_id}/${general}`;
const settings = (tab: string) => (town: Town) => `/servers/${town.server_id}/settings/${tab}`;
const nameOf = ({ others }: Town, at: number) => others[at]?.name ?? "";
const row = (page: Page, text: string) => page.getByRole("main").getByRole("listitem").filter({ hasText: text });

async function said(page: Page, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await say(page, text);
    await button(articles(page, text), "Delete").waitFor({ state: "attached" });
  }
}

async function choose(page: Page, menu: Locator, name: string): Promise<Locator> {
  await menu.press("Enter");
  return page.getByRole("menuitem", { name, exact: true });
}

const acts: Act[] = [
  {
    name: "a message is deleted, and another follows",
    at: talk,
    async ready(page) {
      await said(page, "mine one", "mine two", "mine three");
      return button(articles(page, "mine two"), "Delete");
    },
    leads_to: "button | Delete | mine three",
  },
  {
    name: "the last message is deleted",
    at: talk,
    ready: (page) => button(articles(page, "mine three"), "Delete"),
    leads_to: "button | Delete | mine one",
  },
  {
    name: "the one reaction is taken back",
    at: talk,
    async ready(page) {
      await button(articles(page, "mine one"), "React").press("Enter");
      await page.getByRole("searchbox", { name: "Search emoji" }).fill("seedling");
      await page.keyboard.press("Enter");
      return button(articles(page, "mine one"), "🌱, 1");
    },
    leads_to: "article | mine one",
  },
  {
    name: "an answer is given up",
    at: talk,
    async ready(page) {
      await button(articles(page, "mine one"), "Reply").press("Enter");
      return button(page, "Stop replying");
    },
    leads_to: "textarea | Message",
  },
  {
    name: "one of two files is removed",
    at: talk,
    async ready(page) {
      const buffer = Buffer.from(samples["png"]?.bytes ?? []);
      const files = ["dusk.png", "dawn.png"].map((name) => ({ name, mimeType: "image/png", buffer }));
      await page.locator("input[type=file]").setInputFiles(files);
      return button(page, "Remove dusk.png");
    },
    leads_to: "button | Remove dawn.png | dawn.png",
  },
  {
    name: "the other file is removed",
    at: talk,
    ready: (page) => button(page, "Remove dawn.png"),
    leads_to: "textarea | Message",
  },
  {
    name: "a message that failed is discarded",
    at: talk,
    async ready(page) {
      await say(page, "y".repeat(6_000));
      return button(page, "Discard");
    },
    leads_to: "article | mine one",
  },
  {
    name: "the search is closed",
    at: talk,
    async ready(page) {
      const box = page.getByRole("searchbox", { name: "Search", exact: true });
      await box.fill("mine");
      await box.press("Enter");
      return button(page, "Close search");
    },
    leads_to: "input | Search",
  },
  {
    name: "the pins are closed",
    at: talk,
    async ready(page) {
      await button(page, "Pinned messages").press("Enter");
      return button(page, "Close pinned messages");
    },
    leads_to: "button | Pinned messages",
  },
  {
    name: "a friend request is declined",
    at: () => "/friends",
    ready: (page) => button(page, "Decline"),
    leads_to: "h1 | Friends",
  },
  {
    name: "a friendship ends, and there is another friend",
    at: () => "/friends",
    ready: (page, town) => choose(page, button(page, `More about ${nameOf(town, 0)}`), "End friendship"),
    gone: (page, town) => row(page, nameOf(town, 0)),
    leads_to: (town) => `button | More about ${nameOf(town, 2)} | ${nameOf(town, 2)}`,
  },
  {
    name: "the last friendship ends",
    at: () => "/friends",
    ready: (page, town) => choose(page, button(page, `More about ${nameOf(town, 2)}`), "End friendship"),
    gone: (page, town) => row(page, nameOf(town, 2)),
    leads_to: "h2 | No friends yet",
  },
  {
    name: "an invite ends",
    at: settings("invites"),
    ready: (page) => button(page, "End invite"),
    leads_to: "h2 | No invites",
  },
  {
    name: "somebody is let in again",
    at: settings("bans"),
    ready: (page) => button(page, "Let in again"),
    leads_to: "h2 | Nobody is banned",
  },
  {
    name: "a webhook is kept after all",
    at: settings("webhooks"),
    async ready(page) {
      await (await choose(page, button(page, "More about Box office"), "Delete")).press("Enter");
      return button(page.getByRole("dialog"), "Cancel");
    },
    leads_to: "button | More about Box office | Box office",
  },
  {
    name: "a webhook is deleted, and so it was confirmed",
    at: settings("webhooks"),
    async ready(page) {
      await (await choose(page, button(page, "More about Box office"), "Delete")).press("Enter");
      return button(page.getByRole("dialog"), "Delete");
    },
    gone: (page) => row(page, "Box office"),
    leads_to: "h2 | No webhooks",
  },
];

describeInBrowser("the focus", (inBrowser) => {
  inBrowser("is never lost to who uses the keys alone", async ({ browser, server }) => {
    const town = await foundTown(server);
    const { page, complaints } = await present(browser, server, town.alice);
    const led: [string, string][] = [];
    let path = "";
    for (const { name, at, ready, gone } of acts) {
      if (path !== at(town)) await page.goto(at(town));
      path = at(town);
      const pressed = await ready(page, town);
      await pressed.press("Enter");
      await (gone?.(page, town) ?? pressed).waitFor({ state: "detached" });
      led.push([name, await focus(page)]);
    }
    town.close();
    expect(led).toEqual(
      acts.map(({ name, leads_to }) => [name, typeof leads_to === "string" ? leads_to : leads_to(town)]),
    );
    expect(complaints).toEqual([]);
  });

  inBrowser("is called back by keys alone, not where a pointer was used", async ({ browser, server }) => {
    const town = await foundTown(server);
    const [owner] = town.clients;
    const { page } = await present(browser, server, town.alice);
    await page.goto(talk(town));
    await said(page, "mine one", "mine two", "mine three");
    const goes = (text: string) => articles(page, text).waitFor({ state: "detached" });
    await button(articles(page, "mine three"), "Delete").press("Enter");
    await goes("mine three");
    expect(await focus(page)).toBe("button | Delete | mine two");
    await button(articles(page, "mine two"), "Delete").click();
    await goes("mine two");
    expect(await focus(page)).toBe("body");
    // A click on nothing leaves the message, also for the keys that come next.
    await log(page).press("ArrowUp");
    expect(await focus(page)).toBe("article | mine one");
    await page.getByRole("heading", { name: "general" }).first().click();
    await page.keyboard.press("Shift");
    const message_id = Number(await articles(page, "mine one").getAttribute("data-id"));
    await owner?.ask("delete_message", { message_id });
    await goes("mine one");
    expect(await focus(page)).toBe("body");
    town.close();
  });

  inBrowser("goes from a message that is scrolled far away to the log, which stays", async ({ browser, server }) => {
    const town = await foundTown(server);
    const [owner] = town.clients;
    for (let count = 0; count < 300; count += 1) await owner?.send(town.general, `line ${count}`);
    const { page } = await present(browser, server, town.alice);
    await page.goto(talk(town));
    await articles(page, "line 299").waitFor();
    await log(page).press("ArrowUp");
    expect(await focus(page)).toBe("article | line 299");
    const last = articles(page, "line 299");
    for (let top = 0; (await last.count()) > 0; top = 1 - top) await scrolledTo(log(page), top);
    expect(await focus(page)).toBe("div | Messages");
    expect(await last.count()).toBe(0);
    town.close();
  });
});
