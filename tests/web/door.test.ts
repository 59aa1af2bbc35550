// The door: accounts are made and logged in to, what the server refuses is said beside the field, and what belongs to a
// log-in goes with it.

import { expect } from "bun:test";
import { clientOf } from "../client/programs.ts";
import { PASSWORD, startServer, uniqueName } from "../harness/server.ts";
import { startSmtp } from "../harness/smtp.ts";
import { describeInBrowser, logIn, person, visitor } from "./browser.ts";

describeInBrowser("the door", (inBrowser) => {
  inBrowser("somebody makes an account and is in", async ({ browser, server }) => {
    const { page, complaints } = await visitor(browser, server);
    await page.goto("/");
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill(uniqueName("newcomer"));
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("navigation", { name: "Servers" }).waitFor();
    expect([new URL(page.url()).pathname, complaints]).toEqual(["/", []]);
  });

  inBrowser("what the server refuses stands beside the field, in its own words", async ({ browser, server }) => {
    const { page } = await visitor(browser, server);
    await page.goto("/register");
    await page.getByRole("textbox", { name: "Name" }).fill("x");
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    const said = await page.getByRole("alert").textContent();
    const { body } = await server.call("POST", "/user/register", { username: "x", password: PASSWORD });
    expect(said).toBe(body.message);
    expect(await page.getByRole("textbox", { name: "Name" }).getAttribute("aria-invalid")).toBe("true");
  });

  inBrowser("a wrong password is said, and the right one lets in after it", async ({ browser, server }) => {
    const { name } = await server.user();
    const { page } = await visitor(browser, server);
    await page.goto("/friends");
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    await page.getByRole("textbox", { name: "Password" }).fill("not it at all");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    await logIn(page, name);
    // One is where one wanted to go.
    await page.getByRole("textbox", { name: "Add a friend" }).waitFor();
  });

  inBrowser("who logs out leaves nothing behind, in the browser and on the server", async ({ browser, server }) => {
    const { page, user } = await person(browser, server);
    const token = await page.evaluate(() => localStorage.getItem("orchard.token"));
    expect(token).toBeString();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).waitFor();
    for (let is_good = true; is_good; ) {
      is_good = (await server.call("GET", "/validate_jwt", undefined, token ?? "")).status === 200;
    }
    const left = await page.evaluate(async () => {
      const opened = await new Promise<IDBDatabase>((resolve) => {
        const asked = indexedDB.open("orchard", 1);
        asked.onsuccess = () => resolve(asked.result);
      });
      const count = await new Promise<number>((resolve) => {
        const asked = opened.transaction("snapshots").objectStore("snapshots").count();
        asked.onsuccess = () => resolve(asked.result);
      });
      return [localStorage.length, sessionStorage.length, count];
    });
    expect(left).toEqual([0, 0, 0]);
    expect(user.name).toBeString();
  });

  inBrowser("a log-in that was ended elsewhere is over here, and it is said why", async ({ browser, server }) => {
    const { page, user } = await person(browser, server);
    await page.getByRole("link", { name: "Friends" }).waitFor();
    const token = await page.evaluate(() => localStorage.getItem("orchard.token"));
    await server.call("POST", "/user/logout", undefined, token ?? "");
    await page.getByRole("alert").waitFor();
    expect(await page.evaluate(() => localStorage.getItem("orchard.token"))).toBeNull();
    await logIn(page, user.name);
  });

  inBrowser("an invite shows where it leads before one logs in, and leads there after", async ({ browser, server }) => {
    const alice = await server.user();
    const client = clientOf(server, alice);
    await client.connect();
    const made = await client.ask("add_server", { name: "Film <b>night</b>" });
    const { invite } = await client.ask("add_invite", { server_id: made.server.id });
    const { page, complaints } = await visitor(browser, server);
    await page.goto(`/invite/${invite.code}`);
    await page.getByRole("heading", { name: "Film <b>night</b>", level: 1 }).waitFor();
    await page.getByText("1 member", { exact: true }).waitFor();
    expect(await page.locator('meta[property="og:title"]').getAttribute("content")).toBe("Film <b>night</b>");
    await page.getByRole("textbox", { name: "Name" }).fill(uniqueName("guest"));
    await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toStartWith(`/servers/${made.server.id}`);
    // Who has an account logs in, and sees where to meanwhile.
    const bob = await server.user();
    const other = await visitor(browser, server);
    await other.page.goto(`/invite/${invite.code}`);
    await other.page.getByText("2 members", { exact: true }).waitFor();
    await other.page.getByRole("button", { name: "Log in" }).click();
    await other.page.getByRole("heading", { name: "Film <b>night</b>" }).waitFor();
    await logIn(other.page, bob.name);
    await other.page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
    client.close();
    expect([complaints, other.complaints]).toEqual([[], []]);
  });

  inBrowser("who forgot the password is shown the way where the server sends mail, and nowhere else", async (tools) => {
    const smtp = await startSmtp();
    const from = "orchard@chat.example.org";
    const own = await startServer({ public_url: "https://chat.example.org", smtp: { url: smtp.url, from } });
    const there = await visitor(tools.browser, own);
    await there.page.goto("/login");
    await there.page.getByRole("link", { name: "Forgot password" }).click();
    await there.page.getByRole("textbox", { name: "Name or e-mail address" }).fill("alice");
    await there.page.getByRole("button", { name: "Send the link" }).click();
    await there.page.getByText("If there is such an account").waitFor();
    const here = await person(tools.browser, tools.server);
    await here.page.goto("/settings/account");
    await here.page.getByText("This server sends no mail").waitFor();
    expect(await here.page.getByRole("textbox", { name: "New e-mail address" }).count()).toBe(0);
    await here.page.getByRole("button", { name: "Log out" }).click();
    await here.page.getByRole("link", { name: "Create an account" }).waitFor();
    expect(await here.page.getByRole("link", { name: "Forgot password" }).count()).toBe(0);
    expect([there.complaints, here.complaints]).toEqual([[], []]);
    await own.stop();
    await smtp.stop();
  });

  inBrowser("an invite that leads nowhere is said to, in human words", async ({ browser, server }) => {
    const { page } = await visitor(browser, server);
    await page.goto("/invite/never-was");
    await page.getByText("This invite leads into no server").waitFor();
    await page.getByRole("textbox", { name: "Name" }).waitFor();
  });

  inBrowser("two tabs of one person agree about being logged in", async ({ browser, server }) => {
    const { page, context } = await person(browser, server);
    const other = await context.newPage();
    await other.goto("/");
    await other.getByRole("navigation", { name: "Servers" }).waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await other.getByRole("button", { name: "Log in" }).waitFor();
  });
});
