// The door, and every dialog that is over a page, without a violation of what axe knows.

import { expect } from "bun:test";
import { uniqueName } from "../harness/server.ts";
import { violations } from "./axe.ts";
import { describeInBrowser, present, visitor } from "./browser.ts";
import { articles, messageBox } from "./talking.ts";
import { foundTown } from "./town.ts";

describeInBrowser("dialogs", (inBrowser) => {
  inBrowser("the door and the dialogs", async ({ browser, server }) => {
    const { page } = await visitor(browser, server, { reducedMotion: "reduce" });
    const found: Record<string, string[]> = {};
    for (const path of ["/login", "/register", "/invite/abc", "/reset", "/reset#token", "/setup#token"]) {
      await page.goto(path);
      await page.getByRole("textbox").first().waitFor();
      // Where an invite leads is being asked for until then.
      await page.getByRole("heading", { level: 1 }).waitFor();
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

  inBrowser("the dialogs of a server, and of one's bots", async ({ browser, server }) => {
    const town = await foundTown(server);
    const [bob] = town.others;
    const { page } = await present(browser, server, town.alice, { reducedMotion: "reduce" });
    const found: Record<string, string[]> = {};
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    /** The dialog is shown and closed again. */
    const look = async (what: string, at = page) => {
      await at.getByRole("dialog").waitFor();
      found[what] = await violations(at);
      await at.keyboard.press("Escape");
      await at.getByRole("dialog").waitFor({ state: "detached" });
    };
    await page.goto(`/servers/${town.server_id}/settings/members`);
    await button(`Manage ${bob?.name}`).click();
    await look("member");
    for (const act of ["Give a break", "Send away", "Ban"]) {
      await button(`Manage ${bob?.name}`).click();
      await button(act).click();
      await look(act);
    }
    await button("Add a bot").click();
    await page.getByRole("link", { name: "To your bots" }).waitFor();
    await look("no bot to add");
    await page.goto("/settings/bots");
    await button("Add a bot").click();
    await page.getByRole("textbox", { name: "Name" }).fill(uniqueName("dice"));
    found["bot"] = await violations(page);
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Token" }).waitFor();
    await look("token");
    for (const act of ["Change", "New token", "Delete"]) {
      await page.getByRole("button", { name: /^More about/ }).click();
      await page.getByRole("menuitem", { name: act }).click();
      await look(`bot: ${act}`);
    }
    await page.goto(`/servers/${town.server_id}/settings/members`);
    await button("Add a bot").click();
    await page.getByRole("combobox", { name: "What it may" }).selectOption("What is chosen here");
    await look("rules of a bot");
    await page.goto(`/servers/${town.server_id}/settings/channels`);
    for (const name of ["Edit general", "Add a channel", "Add a category"]) {
      await page.getByRole("main").getByRole("button", { name, exact: true }).click();
      const target = page.getByRole("combobox", { name: "Set rules for" });
      if (name === "Edit general") await target.selectOption({ label: "everyone" });
      await look(name);
    }
    await page.goto(`/servers/${town.server_id}/settings/overview`);
    await button("Delete server").click();
    await look("delete a server");
    const other = await present(browser, server, { name: bob?.name ?? "" }, { reducedMotion: "reduce" });
    await other.page.goto(`/servers/${town.server_id}/${town.general}`);
    await other.page.getByRole("button", { name: "Server menu" }).click();
    await other.page.getByRole("menuitem", { name: "Leave server" }).click();
    await look("leave a server", other.page);
    town.close();
    expect(Object.entries(found).filter(([, those]) => those.length > 0)).toEqual([]);
  });

  inBrowser("the dialogs about people, and of administration", async ({ browser, server }) => {
    const town = await foundTown(server);
    const [bob, carol] = town.others;
    const { page } = await present(browser, server, town.alice, { reducedMotion: "reduce" });
    const found: Record<string, string[]> = {};
    const look = async (what: string) => {
      await page.getByRole("dialog").waitFor();
      found[what] = await violations(page);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await page.goto(`/servers/${town.server_id}/${town.general}`);
    await page.getByRole("button", { name: "Add a server" }).click();
    await look("add a server");
    await page.getByRole("button", { name: "Channel options" }).click();
    await page.getByRole("menuitem", { name: "Jump to date" }).click();
    await look("jump to date");
    const members = page.getByRole("complementary", { name: "Members" });
    await members.getByText(bob?.name ?? "").click();
    await page.getByText("Here since").waitFor();
    await look("profile");
    await members.getByText(carol?.name ?? "").click();
    await page.getByRole("dialog").getByRole("button", { name: "Report" }).click();
    await look("report");
    await page.goto("/friends");
    await page.getByRole("button", { name: `More about ${bob?.name}` }).click();
    await page.getByRole("menuitem", { name: "Invite to watch" }).click();
    await look("watch");
    await page.goto("/admin");
    await page.getByRole("searchbox", { name: "Find a user" }).fill(bob?.name ?? "");
    for (const act of ["Suspend", "Link for a new password", "Delete account"]) {
      await page.getByRole("button", { name: `What to do with ${bob?.name}` }).click();
      await page.getByRole("menuitem", { name: act }).click();
      await look(`user: ${act}`);
    }
    await page.getByRole("button", { name: "Invite to make an account" }).click();
    await look("invite to the instance");
    await page.getByRole("button", { name: "Look" }).first().click();
    await look("a report");
    town.close();
    expect(Object.entries(found).filter(([, those]) => those.length > 0)).toEqual([]);
  });
});
