// Every page, in light and dark and on a phone, without a violation of what axe knows; and talking by keyboard alone.

import { expect } from "bun:test";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describeInBrowser, present, visitor } from "./browser.ts";
import { articles, foundServer, log, messageBox, say } from "./talking.ts";
import { foundTown, pagesOf } from "./town.ts";

const axe_source = await Bun.file(createRequire(import.meta.url).resolve("axe-core/axe.min.js")).text();

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe_source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** Nothing is on its way any more. */
const settled = (page: Page) =>
  page.waitForFunction(() => document.querySelector("main, .places") && !document.querySelector('[aria-busy="true"]'));

const looks = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 800 } },
  phone: { colorScheme: "light", viewport: { width: 320, height: 640 } },
} as const;

describeInBrowser("accessible", (inBrowser) => {
  for (const [look, options] of Object.entries(looks)) {
    inBrowser(`every page, ${look}`, async ({ browser, server }) => {
      const town = await foundTown(server);
      const { page } = await present(browser, server, town.alice, { ...options, reducedMotion: "reduce" });
      const found: Record<string, string[]> = {};
      for (const [name, path] of Object.entries(pagesOf(town))) {
        await page.goto(path);
        await settled(page);
        const those = await violations(page);
        if (those.length > 0) found[name] = those;
        const is_wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        if (is_wider) found[`${name} is wider than the screen`] = [];
      }
      town.close();
      expect(found).toEqual({});
    });
  }

  inBrowser("the door and the dialogs", async ({ browser, server }) => {
    const { page } = await visitor(browser, server, { reducedMotion: "reduce" });
    const found: Record<string, string[]> = {};
    for (const path of ["/login", "/register", "/invite/abc", "/reset", "/reset#token", "/setup#token"]) {
      await page.goto(path);
      await page.getByRole("textbox").first().waitFor();
      found[path] = await violations(page);
    }
    const town = await foundTown(server);
    await page.goto(`/invite/${town.invite_code}`);
    await page.getByRole("heading", { name: "Film night" }).waitFor();
    found["invited"] = await violations(page);
    const alice = await present(browser, server, town.alice, { reducedMotion: "reduce" });
    await alice.page.goto(`/servers/${town.server_id}/${town.general}`);
    await articles(alice.page, "projector").first().getByRole("button", { name: "React" }).click();
    await alice.page.getByRole("button", { name: "😀 grinning face" }).waitFor();
    found["emoji"] = await violations(alice.page);
    await alice.page.keyboard.press("Escape");
    await alice.page.getByRole("button", { name: "Invite people" }).click();
    await alice.page.getByRole("textbox", { name: "Invite link" }).waitFor();
    found["invite"] = await violations(alice.page);
    await alice.page.keyboard.press("Escape");
    await messageBox(alice.page).pressSequentially("@");
    await alice.page.getByRole("option").first().waitFor();
    found["completion"] = await violations(alice.page);
    for (const [button, item] of [
      ["Server menu", "Notifications"],
      ["Channel options", "Notifications"],
    ]) {
      await alice.page.keyboard.press("Escape");
      await alice.page.getByRole("button", { name: button ?? "" }).click();
      await alice.page.getByRole("menuitem", { name: item ?? "" }).click();
      await alice.page.getByRole("dialog").waitFor();
      found[`${button}: ${item}`] = await violations(alice.page);
      await alice.page.keyboard.press("Escape");
    }
    await articles(alice.page, "projector").first().getByRole("button", { name: "More" }).click();
    await alice.page.getByRole("menuitem", { name: "Pin", exact: true }).click();
    await alice.page.getByRole("button", { name: "Pinned messages" }).click();
    await alice.page.getByRole("button", { name: "Unpin" }).waitFor();
    found["pins"] = await violations(alice.page);
    await alice.page.goto(`/servers/${town.server_id}/settings/webhooks`);
    await alice.page.getByRole("button", { name: "Add a webhook" }).click();
    await alice.page.getByRole("textbox", { name: "Name" }).fill("Projection");
    found["webhook"] = await violations(alice.page);
    await alice.page.keyboard.press("Enter");
    await alice.page.getByRole("textbox", { name: "Webhook address" }).waitFor();
    found["webhook address"] = await violations(alice.page);
    await alice.page.goto(`/conversations/${town.conversations.group}`);
    for (const [button, item] of [
      ["Conversation options", "Add people"],
      ["Conversation options", "Name and picture"],
      ["New conversation"],
    ]) {
      await alice.page.getByRole("button", { name: button ?? "" }).click();
      if (item) await alice.page.getByRole("menuitem", { name: item }).click();
      await alice.page.getByRole("dialog").waitFor();
      found[item ?? button ?? ""] = await violations(alice.page);
      await alice.page.keyboard.press("Escape");
    }
    town.close();
    expect(Object.entries(found).filter(([, those]) => those.length > 0)).toEqual([]);
  });

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
