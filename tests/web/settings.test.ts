// What can be set: of oneself, of a server, and of the instance by who runs it; each shown by what it does to others.

import { expect } from "bun:test";
import { administrator } from "../harness/operators.ts";
import { PASSWORD } from "../harness/server.ts";
import { describeInBrowser, logIn, person, present, visitor } from "./browser.ts";
import { articles, messageBox, pair, say } from "./talking.ts";

describeInBrowser("settings", (inBrowser) => {
  inBrowser("a profile is changed, and others see it", async (tools) => {
    const [alice, bob] = await pair(tools);
    await alice.page.getByRole("link", { name: "Settings" }).click();
    await alice.page.getByRole("textbox", { name: "Status text" }).fill("picking pears");
    await alice.page.getByRole("combobox", { name: "Status" }).selectOption("idle");
    await alice.page.getByRole("button", { name: "Save" }).click();
    const members = bob.page.getByRole("complementary", { name: "Members" });
    await members.getByText("picking pears").waitFor();
    await members.getByText("Away").waitFor({ state: "attached" });
  });

  inBrowser("a password is changed: here one goes on, elsewhere one is out", async ({ browser, server }) => {
    const here = await person(browser, server);
    const elsewhere = await present(browser, server, here.user);
    await here.page.goto("/settings/account");
    const part = here.page
      .getByRole("main")
      .locator("section")
      .filter({ has: here.page.getByRole("heading", { name: "Password" }) });
    await part.getByRole("textbox", { name: "Current password" }).fill(PASSWORD);
    await part.getByRole("textbox", { name: "New password" }).fill("a better horse battery");
    await part.getByRole("button", { name: "Change password" }).click();
    await elsewhere.page.getByRole("button", { name: "Log in" }).waitFor();
    await here.page.getByRole("link", { name: "Friends" }).click();
    await here.page.getByRole("textbox", { name: "Add a friend" }).waitFor();
    await logIn(elsewhere.page, here.user.name, "a better horse battery");
  });

  inBrowser("a log-in elsewhere is ended", async ({ browser, server }) => {
    const here = await person(browser, server);
    const elsewhere = await present(browser, server, here.user);
    await here.page.goto("/settings/devices");
    await here.page.getByRole("main").getByRole("button", { name: "End" }).first().click();
    await elsewhere.page.getByRole("button", { name: "Log in" }).waitFor();
  });

  inBrowser("the theme is chosen, and stays", async ({ browser, server }) => {
    const { page } = await person(browser, server, { colorScheme: "light" });
    await page.goto("/settings/appearance");
    await page.getByRole("radio", { name: "Dark" }).check();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await ground()).toBe("rgb(18, 20, 17)");
    await page.reload();
    await page.getByRole("radio", { name: "Dark" }).waitFor();
    expect(await ground()).toBe("rgb(18, 20, 17)");
  });

  inBrowser("the pages say in which language they are, and stay in the one chosen", async ({ browser, server }) => {
    const { page, complaints } = await person(browser, server, { locale: "de-AT" });
    await page.goto("/settings/appearance");
    const language = page.getByRole("combobox", { name: "Language" });
    await language.waitFor();
    expect(await language.getByRole("option").allTextContents()).toEqual(["English"]);
    await language.selectOption("English");
    await page.getByRole("radio", { name: "Dark" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
    expect(complaints).toEqual([]);
  });

  inBrowser("a channel is closed to most, and “see as” says which step does it", async (tools) => {
    const [alice, bob] = await pair(tools);
    await say(alice.page, "before");
    await articles(bob.page, "before").waitFor();
    await alice.page.getByRole("button", { name: "Server menu" }).click();
    await alice.page.getByRole("menuitem", { name: "Server settings" }).click();
    await alice.page.getByRole("link", { name: "Channels" }).click();
    await alice.page.getByRole("button", { name: "Edit general", exact: true }).click();
    await alice.page.getByRole("combobox", { name: "Set rules for" }).selectOption({ label: "everyone" });
    await alice.page.getByRole("combobox", { name: "Write, for everyone" }).selectOption("deny");
    await alice.page.getByRole("button", { name: "Save" }).click();
    await bob.page.getByText("You can read here, but not write.").waitFor();
    await alice.page.getByRole("link", { name: "See as" }).click();
    await alice.page.getByRole("combobox", { name: "See as" }).selectOption({ label: bob.user.name });
    await alice.page.getByRole("combobox", { name: "In" }).selectOption({ label: "#general" });
    const line = alice.page.getByRole("row", { name: /^Write/ });
    await line.getByText("may not").waitFor();
    await line.getByText("The channel denies it to everyone").waitFor();
    await messageBox(bob.page).waitFor({ state: "detached" });
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("a role is made in the table, and what it gives holds", async (tools) => {
    const [alice, bob] = await pair(tools);
    await alice.page.getByRole("button", { name: "Server menu" }).click();
    await alice.page.getByRole("menuitem", { name: "Server settings" }).click();
    await alice.page.getByRole("link", { name: "Roles" }).click();
    await alice.page.getByRole("button", { name: "Add a role" }).click();
    await alice.page.getByRole("textbox", { name: "Role name" }).fill("Keeper");
    await alice.page.getByRole("button", { name: "Save" }).click();
    await alice.page.getByRole("checkbox", { name: "Manage channels: Keeper" }).check();
    await alice.page.getByRole("link", { name: "Members" }).click();
    await alice.page.getByRole("button", { name: `Manage ${bob.user.name}` }).click();
    await alice.page.getByRole("checkbox", { name: "Keeper" }).check();
    await alice.page.getByRole("button", { name: "Save" }).click();
    await bob.page.getByRole("button", { name: "Add a channel" }).click();
    await bob.page.getByRole("textbox", { name: "Channel name" }).fill("pears");
    await bob.page.getByRole("button", { name: "Create" }).click();
    await bob.page.getByRole("navigation", { name: "Channels" }).getByRole("link", { name: "pears" }).waitFor();
    await alice.page.getByRole("link", { name: "Audit log" }).click();
    await alice.page.getByRole("main").getByText("added the channel").first().waitFor();
  });

  inBrowser("a server is given away, once its owner has said so twice", async (tools) => {
    const [alice, bob] = await pair(tools);
    await alice.page.getByRole("button", { name: "Server menu" }).click();
    await alice.page.getByRole("menuitem", { name: "Server settings" }).click();
    await alice.page.getByRole("combobox", { name: "Give the server to" }).selectOption(bob.user.name);
    await alice.page.getByRole("button", { name: "Give away" }).click();
    const asked = alice.page.getByRole("dialog", { name: `Give Film night to ${bob.user.name}?` });
    await asked.getByRole("button", { name: "Cancel" }).click();
    await asked.waitFor({ state: "detached" });
    await alice.page.getByRole("button", { name: "Give away" }).click();
    await asked.getByRole("button", { name: "Give away" }).click();
    await alice.page.getByRole("button", { name: "Delete server" }).waitFor({ state: "detached" });
    await bob.page.getByRole("button", { name: "Server menu" }).click();
    await bob.page.getByRole("menuitem", { name: "Server settings" }).click();
    await bob.page.getByRole("button", { name: "Delete server" }).waitFor();
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("somebody is banned, and let in again", async (tools) => {
    const [alice, bob] = await pair(tools);
    await alice.page.getByRole("complementary", { name: "Members" }).getByText(bob.user.name).click();
    await alice.page.getByRole("button", { name: "Ban" }).click();
    await alice.page.getByRole("textbox", { name: "Reason" }).fill("spoilers");
    await alice.page.getByRole("button", { name: "Ban" }).click();
    await bob.page.getByRole("link", { name: "Film night" }).waitFor({ state: "detached" });
    await alice.page.getByRole("button", { name: "Server menu" }).click();
    await alice.page.getByRole("menuitem", { name: "Server settings" }).click();
    await alice.page.getByRole("link", { name: "Bans" }).click();
    await alice.page.getByText("spoilers").waitFor();
    await alice.page.getByRole("button", { name: "Let in again" }).click();
    await alice.page.getByText("Nobody is banned").waitFor();
  });

  inBrowser("who runs the server suspends somebody, and lets them in again", async ({ browser, server }) => {
    const admin = await present(browser, server, await administrator(server));
    const bob = await person(browser, server);
    await admin.page.getByRole("link", { name: "Administration" }).click();
    for (const name of ["Users", "Servers", "Reports", "Audit log"]) {
      await admin.page.getByRole("heading", { name, exact: true }).waitFor();
    }
    await admin.page.getByRole("searchbox", { name: "Find a user" }).fill(bob.user.name);
    const act = async (name: string) => {
      await admin.page.getByRole("button", { name: `What to do with ${bob.user.name}` }).click();
      await admin.page.getByRole("menuitem", { name }).click();
    };
    await act("Suspend");
    await admin.page.getByRole("textbox", { name: "Reason" }).fill("spam");
    await admin.page.getByRole("button", { name: "Suspend" }).click();
    await bob.page.getByText("This account is suspended.").waitFor();
    await admin.page.getByRole("row", { name: bob.user.name }).getByText("suspended").waitFor();
    await act("Let in again");
    await admin.page.getByRole("dialog").getByRole("button", { name: "Let in again" }).click();
    await admin.page.getByRole("row", { name: bob.user.name }).getByText("suspended").waitFor({ state: "detached" });
    await logIn(bob.page, bob.user.name);
    expect([admin.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("a link for a new password is given out, and sets one", async ({ browser, server }) => {
    const admin = await present(browser, server, await administrator(server));
    const { name } = await server.user();
    await admin.page.goto("/admin");
    await admin.page.getByRole("searchbox", { name: "Find a user" }).fill(name);
    await admin.page.getByRole("button", { name: `What to do with ${name}` }).click();
    await admin.page.getByRole("menuitem", { name: "Link for a new password" }).click();
    await admin.page.getByRole("dialog").getByRole("button", { name: "Link for a new password" }).click();
    const link = await admin.page.getByRole("textbox", { name: "Link for a new password" }).inputValue();
    const { page } = await visitor(browser, server);
    await page.goto(new URL(link).pathname + new URL(link).hash);
    await page.getByRole("textbox", { name: "Password" }).fill("quite another battery");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByRole("link", { name: "To the log-in" }).click();
    await logIn(page, name, "quite another battery");
  });

  inBrowser("to nobody else there is an administration", async ({ browser, server }) => {
    const { page } = await person(browser, server);
    await page.goto("/admin");
    await page.getByText("This page is for who runs the server").waitFor();
    expect(await page.getByRole("link", { name: "Administration" }).count()).toBe(0);
  });
});
