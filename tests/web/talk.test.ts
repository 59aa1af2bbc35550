// Two people talk, each in a browser of their own: from the first account to the leaving.

import { expect } from "bun:test";
import { done } from "../harness/community.ts";
import { PASSWORD, uniqueName } from "../harness/server.ts";
import { samples } from "../uploads/samples.ts";
import { describeInBrowser, person, visitor } from "./browser.ts";
import { articles, foundServer, inviteLink, log, messageBox, pair, pairByHand, say } from "./talking.ts";

describeInBrowser("talking", (inBrowser) => {
  inBrowser("the first five minutes", async ({ browser, server }) => {
    const alice = await person(browser, server);
    await foundServer(alice.page, "Film night");
    const bob = await visitor(browser, server);
    await bob.page.goto(await inviteLink(alice.page));
    const name = uniqueName("bob");
    await bob.page.getByRole("textbox", { name: "Name" }).fill(name);
    await bob.page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await bob.page.getByRole("button", { name: "Create account" }).click();
    await messageBox(bob.page).waitFor();
    await messageBox(alice.page).pressSequentially("Hello ");
    await bob.page.getByText(`${alice.user.name} is typing`).waitFor();
    await messageBox(alice.page).press("Enter");
    await articles(bob.page, "Hello").waitFor();
    await say(bob.page, "Hello yourself");
    await articles(alice.page, "Hello yourself").waitFor();
    await alice.page.getByRole("complementary", { name: "Members" }).getByText(name).waitFor();
    await bob.page.getByRole("button", { name: "Log out" }).click();
    await alice.page.getByRole("complementary", { name: "Members" }).getByText("Offline — 1").waitFor();
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("Enter sends, Shift and Enter breaks the line", async (tools) => {
    const [alice, bob] = await pairByHand(tools);
    await messageBox(alice.page).fill("one");
    await messageBox(alice.page).press("Shift+Enter");
    await messageBox(alice.page).pressSequentially("two");
    await messageBox(alice.page).press("Enter");
    await articles(bob.page, "one").waitFor();
    expect(await articles(bob.page, "one").locator(".text br").count()).toBe(1);
    expect(await messageBox(alice.page).inputValue()).toBe("");
  });

  inBrowser("a message is answered, changed, reacted to and deleted", async (tools) => {
    const [{ page: alice }, { page: bob }] = await pair(tools);
    await say(alice, "The projector is bakc");
    await articles(bob, "bakc").getByRole("button", { name: "Reply" }).click();
    await say(bob, "Finally");
    await articles(alice, "Finally").getByRole("link", { name: "The projector is bakc" }).waitFor();
    await log(alice).getByRole("article").first().getByRole("button", { name: "Edit" }).click();
    await messageBox(alice).fill("The projector is back");
    await messageBox(alice).press("Enter");
    await articles(bob, "is back").first().getByText("edited").waitFor();
    await articles(bob, "edited").getByRole("button", { name: "React" }).click();
    await bob.getByRole("button", { name: "🎉 party popper" }).first().click();
    const reaction = articles(alice, "edited").getByRole("button", { name: "🎉, 1" });
    await reaction.click();
    await articles(bob, "edited").getByRole("button", { name: "🎉, 2", pressed: true }).waitFor();
    await articles(bob, "Finally").getByRole("button", { name: "Delete" }).click();
    await articles(alice, "Finally").waitFor({ state: "detached" });
  });

  inBrowser("a picture goes with a message, and takes its room before it is there", async (tools) => {
    const [{ page: alice }, { page: bob }] = await pair(tools);
    const { bytes } = samples["png"] ?? { bytes: new Uint8Array() };
    const file = { name: "dusk.png", mimeType: "image/png", buffer: Buffer.from(bytes) };
    await alice.locator("input[type=file]").setInputFiles(file);
    await say(alice, "Look");
    const picture = articles(bob, "Look").getByRole("img", { name: /^Picture/ });
    await picture.waitFor();
    expect(Number(await picture.getAttribute("width"))).toBeGreaterThan(0);
    await bob.waitForFunction(() => document.querySelector<HTMLImageElement>("article img[width]")?.complete);
  });

  inBrowser("people and channels are completed, and who is mentioned is told", async (tools) => {
    const [{ page: alice }, { page: bob, user }] = await pair(tools);
    await bob.getByRole("link", { name: "Friends" }).click();
    await messageBox(alice).pressSequentially(`@${user.name}`);
    await alice.getByRole("option", { name: user.name }).waitFor();
    await alice.keyboard.press("Tab");
    await messageBox(alice).pressSequentially("in #gen");
    await alice.getByRole("option", { name: "#general" }).waitFor();
    await alice.keyboard.press("Enter");
    await messageBox(alice).press("Enter");
    await articles(alice, user.name).getByRole("link", { name: "#general" }).waitFor();
    const link = bob.getByRole("link", { name: "Film night" });
    await bob.getByText("1 mention", { exact: true }).first().waitFor({ state: "attached" });
    await link.click();
    await bob.getByText("New", { exact: true }).waitFor();
    await bob.waitForFunction(() => !document.title.startsWith("("));
  });

  inBrowser("what is typed before a completion is drawn comes behind it", async (tools) => {
    const [{ page: alice }, { user }] = await pair(tools);
    await messageBox(alice).pressSequentially(`@${user.name}`);
    await alice.getByRole("option", { name: user.name }).waitFor();
    await alice.evaluate(() => {
      const tab = new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true });
      document.activeElement?.dispatchEvent(tab);
      document.execCommand("insertText", false, "hello");
    });
    expect(await messageBox(alice).inputValue()).toBe(`@${user.name} hello`);
    await messageBox(alice).press("Enter");
    await articles(alice, "hello").locator(".mention", { hasText: user.name }).waitFor();
  });

  inBrowser("a role is completed and named, and who answers somebody mentions them", async (tools) => {
    const [{ page: alice, user: owner }, { page: bob, user }] = await pair(tools);
    const asker = { client: await tools.server.connect(owner) };
    const [{ id: server_id }] = (await done(asker, "get_servers")).servers;
    const { role } = await done(asker, "add_role", { server_id, name: "Night pickers" });
    await done(asker, "update_member", { server_id, user_id: user.id, changes: { roles: [role.id] } });
    await say(bob, "Who brings the projector?");
    await messageBox(alice).pressSequentially("@nig");
    await alice.getByRole("option", { name: "@Night pickers" }).waitFor();
    await alice.keyboard.press("Tab");
    await messageBox(alice).pressSequentially("do");
    await messageBox(alice).press("Enter");
    await articles(bob, "do").locator(".mention.me", { hasText: "@Night pickers" }).waitFor();
    await bob.getByRole("link", { name: "Friends" }).click();
    await articles(alice, "projector").first().getByRole("button", { name: "Reply" }).click();
    await say(alice, "I will");
    await bob.getByText("1 mention", { exact: true }).first().waitFor({ state: "attached" });
  });

  inBrowser("a search finds it, and leads to it", async (tools) => {
    const [{ page: alice }] = await pair(tools);
    await say(alice, "Bring the quince jelly");
    await articles(alice, "quince").waitFor();
    await alice.getByRole("searchbox", { name: "Search" }).fill("quince");
    await alice.keyboard.press("Enter");
    await alice.getByRole("complementary", { name: "Search results" }).getByRole("link").click();
    await alice.waitForURL(/\/servers\/\d+\/\d+\/\d+$/);
    await alice.locator("article.jumped-to").waitFor();
  });

  inBrowser("one goes to a date", async (tools) => {
    const [{ page: alice }] = await pair(tools);
    await say(alice, "the first of all");
    await articles(alice, "the first").waitFor();
    await alice.getByRole("button", { name: "Jump to date" }).click();
    await alice.getByLabel("Date", { exact: true }).fill("2020-02-02");
    await alice.getByRole("button", { name: "Go there" }).click();
    await alice.locator("article.jumped-to").getByText("the first of all").waitFor();
  });

  inBrowser("what comes while one looks isn't new, and what came while one was away is", async (tools) => {
    const [{ page: alice }, { page: bob }] = await pair(tools);
    await say(bob, "seen at once");
    await articles(alice, "seen at once").waitFor();
    expect(await alice.getByText("New", { exact: true }).count()).toBe(0);
    await alice.getByRole("link", { name: "Friends" }).click();
    await say(bob, "while away");
    await alice.getByText("1 unread message", { exact: true }).first().waitFor({ state: "attached" });
    await alice.getByRole("link", { name: "Film night" }).click();
    await alice.getByText("New", { exact: true }).waitFor();
  });
});
