// A message gets a new text: the draft beside it rests meanwhile, and nothing that was written is lost.

import { expect } from "bun:test";
import type { Page } from "playwright-core";
import { limits } from "../../src/domain/limits.ts";
import { samples } from "../uploads/samples.ts";
import { describeInBrowser } from "./browser.ts";
import { articles, log, messageBox, pair, say } from "./talking.ts";

const choosePicture = (page: Page) =>
  page
    .locator("input[type=file]")
    .setInputFiles({ name: "dusk.png", mimeType: "image/png", buffer: Buffer.from(samples["png"]?.bytes ?? []) });

async function edit(page: Page, text: string): Promise<void> {
  await articles(page, text).getByRole("button", { name: "Edit" }).click();
  await page.getByText("Escape to cancel, Enter to save").waitFor();
}

/** The draft is there again. */
async function draft(page: Page): Promise<string> {
  await page.getByText("Escape to cancel, Enter to save").waitFor({ state: "detached" });
  return messageBox(page).inputValue();
}

describeInBrowser("editing", (inBrowser) => {
  inBrowser("a draft is there again after an edit, saved or not", async (tools) => {
    const [{ page: alice, complaints }, { page: bob }] = await pair(tools);
    await say(alice, "The projector is bakc");
    await messageBox(alice).fill("a draft of many words");
    await edit(alice, "bakc");
    expect(await messageBox(alice).inputValue()).toBe("The projector is bakc");
    await alice.keyboard.press("Escape");
    expect(await draft(alice)).toBe("a draft of many words");
    await edit(alice, "bakc");
    await say(alice, "The projector is back");
    await articles(bob, "is back").getByText("edited").waitFor();
    expect(await draft(alice)).toBe("a draft of many words");
    await edit(alice, "is back");
    await alice.reload();
    await messageBox(alice).waitFor();
    expect(await messageBox(alice).inputValue()).toBe("a draft of many words");
    await messageBox(alice).press("Enter");
    await articles(bob, "a draft of many words").waitFor();
    expect(complaints).toEqual([]);
  });

  inBrowser("an edit that the server refuses stays, with why, until it is taken", async (tools) => {
    const [{ page: alice }, { page: bob }] = await pair(tools);
    await say(alice, "short");
    await messageBox(alice).fill("a draft");
    await edit(alice, "short");
    const long = `rewritten ${"x".repeat(limits.message_length)}`;
    await say(alice, long);
    const alert = alice.locator(".composer").getByRole("alert");
    await alert.getByText(String(limits.message_length)).waitFor();
    expect(await messageBox(alice).inputValue()).toBe(long);
    // It is there still for who comes back to it.
    await alice.getByRole("link", { name: "Friends" }).click();
    await alice.getByRole("textbox", { name: "Add a friend" }).waitFor();
    await alice.goBack();
    await alert.waitFor();
    expect(await messageBox(alice).inputValue()).toBe(long);
    await say(alice, "rewritten");
    await articles(bob, "rewritten").getByText("edited").waitFor();
    expect([await draft(alice), await alert.count()]).toEqual(["a draft", 0]);
  });

  inBrowser("a message without its last word is refused, and one of a picture is not", async (tools) => {
    const [{ page: alice }, { page: bob }] = await pair(tools);
    await say(alice, "words alone");
    await articles(bob, "words alone").waitFor();
    await choosePicture(alice);
    await say(alice, "a caption");
    await articles(bob, "a caption")
      .getByRole("img", { name: /^Picture/ })
      .waitFor();
    await edit(alice, "a caption");
    await say(alice, "");
    await articles(bob, "a caption").waitFor({ state: "detached" });
    await log(bob)
      .getByRole("img", { name: /^Picture/ })
      .waitFor();
    expect(await draft(alice)).toBe("");
    await edit(alice, "words alone");
    await say(alice, "");
    await alice.locator(".composer").getByRole("alert").getByText("Not saved:").waitFor();
    await articles(bob, "words alone").waitFor();
  });

  inBrowser("what waits for its files goes out while another message is edited", async (tools) => {
    const [{ page: alice }, { page: bob }] = await pair(tools, { serviceWorkers: "block" });
    await say(alice, "an earlier one");
    await articles(bob, "an earlier one").waitFor();
    const open = Promise.withResolvers<void>();
    await alice.route("**/api/v1/uploads*", async (route) => {
      await open.promise;
      await route.continue();
    });
    await choosePicture(alice);
    await say(alice, "Look");
    await edit(alice, "an earlier one");
    open.resolve();
    await articles(bob, "Look")
      .getByRole("img", { name: /^Picture/ })
      .waitFor();
    expect(await messageBox(alice).inputValue()).toBe("an earlier one");
    await alice.keyboard.press("Escape");
    expect(await draft(alice)).toBe("");
  });
});
