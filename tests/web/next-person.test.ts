// One leaves, and another sits down before the same tab: nothing of the one before is there, however they left.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { samples } from "../uploads/samples.ts";
import { describeInBrowser, logIn, present, type Tools } from "./browser.ts";
import { messageBox } from "./talking.ts";
import { foundTown } from "./town.ts";

const picture = {
  ...{ name: "private.png", mimeType: "image/png" },
  buffer: Buffer.from(samples["png"]?.bytes ?? []),
};

/** Alice, who runs the place, has written, chosen, been asked and been told something; bob is the next. */
async function atWork({ browser, server }: Tools) {
  const town = await foundTown(server);
  const path = `/servers/${town.server_id}/${town.general}`;
  const [bob, asks] = [town.others[0] ?? town.alice, await server.connect(town.others[0] ?? town.alice)];
  const alice = await present(browser, server, town.alice, { serviceWorkers: "block" });
  const { page } = alice;
  await page.goto(path);
  await page.getByRole("link", { name: "Administration" }).waitFor();
  await messageBox(page).fill("what bob must not see");
  await page.locator("input[type=file]").setInputFiles(picture);
  await page.locator('.files [data-state="done"]').waitFor();
  await asks.ask({ type: "watchParty", userId: town.alice.id, message: "The secret film" });
  await page.getByText("The secret film").waitFor();
  town.close();
  return { ...alice, bob, path };
}

/** Goes there without a load of the page, which would empty it. */
async function lookAround(page: Page): Promise<unknown> {
  await page.getByRole("navigation", { name: "Servers" }).getByRole("link", { name: "Film night" }).click();
  await messageBox(page).waitFor();
  return {
    draft: await messageBox(page).inputValue(),
    files: await page.locator(".files li").count(),
    notices: await page.locator(".notices > *").count(),
    administration: await page.getByRole("link", { name: "Administration" }).count(),
  };
}

const nothing = { draft: "", files: 0, notices: 0, administration: 0 };

describeInBrowser("the next person", (inBrowser) => {
  inBrowser("finds nothing of who logged out", async (tools) => {
    const { page, bob, complaints } = await atWork(tools);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("textbox", { name: "Password" }).waitFor();
    expect(await page.locator(".notices > *").count()).toBe(0);
    await logIn(page, bob.name);
    expect(await lookAround(page)).toEqual(nothing);
    expect(complaints).toEqual([]);
  });

  inBrowser("finds nothing of whose log-in was ended elsewhere, which is said once", async (tools) => {
    const { page, bob } = await atWork(tools);
    const token = await page.evaluate(() => localStorage.getItem("orchard.token"));
    await tools.server.call("POST", "/user/logout", undefined, token ?? "");
    await page.getByRole("alert").waitFor();
    expect(await page.locator(".notices > *").count()).toBe(0);
    await logIn(page, bob.name);
    expect(await lookAround(page)).toEqual(nothing);
    expect(await page.evaluate(() => sessionStorage.getItem("orchard.turned_away"))).toBeNull();
  });

  inBrowser("finds nothing in another tab of who logged out", async (tools) => {
    const { page, context, bob, path } = await atWork(tools);
    const other = await context.newPage();
    await other.goto(path);
    await messageBox(other).fill("what bob must not see either");
    await page.getByRole("button", { name: "Log out" }).click();
    await other.getByRole("textbox", { name: "Password" }).waitFor();
    expect(await other.evaluate(() => sessionStorage.length)).toBe(0);
    await logIn(other, bob.name);
    expect(await lookAround(other)).toEqual(nothing);
  });

  inBrowser("finds nothing in a tab that was away while one left and the other came", async (tools) => {
    const { page, context, bob, path } = await atWork(tools);
    const away = await context.newPage();
    await away.goto(path);
    await messageBox(away).fill("what bob must not see either");
    // Of the same origin, and nothing of the pages runs in it.
    await away.goto("/icon.svg");
    await page.getByRole("button", { name: "Log out" }).click();
    await logIn(page, bob.name);
    await away.goto(path);
    await messageBox(away).waitFor();
    expect(await messageBox(away).inputValue()).toBe("");
  });

  inBrowser("is given another link to invite people with", async (tools) => {
    const { page, bob } = await atWork(tools);
    const link = async () => {
      await page.getByRole("button", { name: "Invite people" }).click();
      return page.getByRole("textbox", { name: "Invite link" }).inputValue();
    };
    const of_alice = await link();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Log out" }).click();
    await logIn(page, bob.name);
    await lookAround(page);
    expect(await link()).not.toBe(of_alice);
  });

  inBrowser("finds nothing in a page that was put aside for a way back", async ({ browser, server }) => {
    const town = await foundTown(server);
    const { page } = await present(browser, server, town.alice);
    await page.goto(`/servers/${town.server_id}/${town.general}`);
    await messageBox(page).fill("what bob must not see");
    town.close();
    // The browser brings it back once another is in.
    const { token } = await server.login(town.others[0]?.name ?? "");
    await page.evaluate((token) => {
      localStorage.setItem("orchard.token", token);
      localStorage.removeItem("orchard.self");
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    }, token);
    await page
      .getByRole("region", { name: "You" })
      .getByText(town.others[0]?.name ?? "")
      .waitFor();
    expect(await messageBox(page).inputValue()).toBe("");
  });
});
