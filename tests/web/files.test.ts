// Files that go with a message: it waits for all of them, wherever one goes meanwhile, and none is left behind unsaid.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { samples } from "../uploads/samples.ts";
import { describeInBrowser, type Tools } from "./browser.ts";
import { articles, messageBox, pair, say } from "./talking.ts";

const buffer = Buffer.from(samples["png"]?.bytes ?? []);
const pictureOf = (name: string) => ({ name, mimeType: "image/png", buffer });
const choose = (page: Page, ...names: string[]) =>
  page.locator("input[type=file]").setInputFiles(names.map((name) => pictureOf(name)));
const chosen = (page: Page, state: "under way" | "done" | "failed") => page.locator(`.files [data-state="${state}"]`);
const alert = (page: Page) => page.locator(".composer").getByRole("alert");
const waits = (page: Page) => page.getByText("It is sent as soon as its files are there.");

/** Uploads are answered once the test says so: by the server, or with a refusal. */
async function holdUploads(page: Page) {
  const open = Promise.withResolvers<"pass" | "refuse">();
  await page.route("**/api/v1/uploads*", async (route) => {
    if ((await open.promise) === "pass") return route.continue();
    const refusal = { success: false, code: "unavailable", message: "The store is full." };
    return route.fulfill({ status: 503, contentType: "application/json", body: JSON.stringify(refusal) });
  });
  return open.resolve;
}

// What a worker has taken up can't be held.
const two = (tools: Tools) => pair(tools, { serviceWorkers: "block" });

/** What bob has of it. */
async function heard(bob: Page, text: string) {
  const found = articles(bob, text);
  await found.first().waitFor();
  return { messages: await found.count(), pictures: await found.getByRole("img", { name: /^Picture/ }).count() };
}

describeInBrowser("files", (inBrowser) => {
  inBrowser("what is sent while they are on their way waits for them, and says so", async (tools) => {
    const [{ page: alice, complaints }, { page: bob }] = await two(tools);
    const answer = await holdUploads(alice);
    await choose(alice, "dusk.png", "dawn.png");
    await say(alice, "Look at both");
    await waits(alice).waitFor();
    expect(await messageBox(alice).inputValue()).toBe("Look at both");
    answer("pass");
    expect(await heard(bob, "Look at both")).toEqual({ messages: 1, pictures: 2 });
    await waits(alice).waitFor({ state: "detached" });
    expect([await messageBox(alice).inputValue(), complaints]).toEqual(["", []]);
  });

  inBrowser("it is sent though one has gone elsewhere meanwhile", async (tools) => {
    const [{ page: alice }, { page: bob }] = await two(tools);
    const answer = await holdUploads(alice);
    await choose(alice, "dusk.png");
    await say(alice, "Sent and gone");
    await waits(alice).waitFor();
    await alice.getByRole("link", { name: "Friends" }).click();
    await alice.getByRole("textbox", { name: "Add a friend" }).waitFor();
    answer("pass");
    expect(await heard(bob, "Sent and gone")).toEqual({ messages: 1, pictures: 1 });
    await alice.goBack();
    await articles(alice, "Sent and gone").waitFor();
    expect([await messageBox(alice).inputValue(), await alice.locator(".files").count()]).toEqual(["", 0]);
  });

  inBrowser("what is changed while it waits is sent when one says so again", async (tools) => {
    const [{ page: alice }, { page: bob }] = await two(tools);
    const answer = await holdUploads(alice);
    await choose(alice, "dusk.png");
    await say(alice, "Look");
    await waits(alice).waitFor();
    await messageBox(alice).pressSequentially(" at");
    await waits(alice).waitFor({ state: "detached" });
    answer("pass");
    await chosen(alice, "done").waitFor();
    await messageBox(alice).pressSequentially(" this");
    await messageBox(alice).press("Enter");
    expect(await heard(bob, "Look")).toEqual({ messages: 1, pictures: 1 });
    await articles(bob, "Look at this").waitFor();
  });

  inBrowser("where one fails nothing is sent and nothing is lost, until it is tried again", async (tools) => {
    const [{ page: alice }, { page: bob }] = await two(tools);
    const answer = await holdUploads(alice);
    await choose(alice, "dusk.png");
    await say(alice, "The plan");
    answer("refuse");
    await alert(alice).getByText("Not sent: a file is missing.").waitFor();
    await chosen(alice, "failed").getByText("The store is full.").waitFor();
    expect(await messageBox(alice).inputValue()).toBe("The plan");
    // Nor is it said again without the file.
    await messageBox(alice).press("Enter");
    await alice.unroute("**/api/v1/uploads*");
    await alice.getByRole("button", { name: "Try again: dusk.png" }).click();
    expect(await heard(bob, "The plan")).toEqual({ messages: 1, pictures: 1 });
    await alice.locator(".files").waitFor({ state: "detached" });
  });

  inBrowser("one that failed before isn't left behind either, and is removed by who wants so", async (tools) => {
    const [{ page: alice }, { page: bob }] = await two(tools);
    const answer = await holdUploads(alice);
    answer("refuse");
    await choose(alice, "dusk.png");
    await chosen(alice, "failed").waitFor();
    await say(alice, "See the attached plan");
    await alert(alice).waitFor();
    expect(await messageBox(alice).inputValue()).toBe("See the attached plan");
    await alice.getByRole("button", { name: "Remove dusk.png" }).click();
    await alert(alice).waitFor({ state: "detached" });
    await messageBox(alice).press("Enter");
    expect(await heard(bob, "See the attached plan")).toEqual({ messages: 1, pictures: 0 });
  });

  inBrowser("a message of files alone is called by their names while it waits", async (tools) => {
    const [{ page: alice, context }] = await two(tools);
    await choose(alice, "dusk.png", "dawn.png");
    await chosen(alice, "done").nth(1).waitFor();
    await context.setOffline(true);
    await alice.evaluate(() => dispatchEvent(new Event("online")));
    await alice.getByRole("button", { name: "Send" }).click();
    const waiting = alice.locator("article.waiting");
    expect(await waiting.getByRole("listitem").allTextContents()).toEqual(["dusk.png", "dawn.png"]);
  });
});
