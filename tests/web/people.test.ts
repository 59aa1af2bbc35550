// People: becoming friends and no more, what they play, and watching together.

import { expect } from "bun:test";
import { describeInBrowser, person } from "./browser.ts";

describeInBrowser("people", (inBrowser) => {
  inBrowser("two become friends, see each other, and part", async ({ browser, server }) => {
    const [alice, bob] = [await person(browser, server), await person(browser, server)];
    await alice.page.getByRole("link", { name: "Friends" }).click();
    await alice.page.getByRole("textbox", { name: "Add a friend" }).fill(bob.user.name);
    await alice.page.getByRole("button", { name: "Send request" }).click();
    await alice.page.getByText(`${bob.user.name} was asked`).waitFor();
    await bob.page.getByText("1 friend request", { exact: true }).waitFor({ state: "attached" });
    await bob.page.getByRole("link", { name: "Friends" }).click();
    await bob.page.getByRole("button", { name: "Accept" }).click();
    const row = alice.page.getByRole("main").getByRole("listitem").filter({ hasText: bob.user.name });
    await row.getByText("Online").first().waitFor();
    const client = await server.connect(bob.user);
    client.send({ type: "now-playing", message: "Quince Quest" });
    await row.getByText("Playing Quince Quest").waitFor();
    await row.getByRole("button", { name: `More about ${bob.user.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "End friendship" }).click();
    await row.waitFor({ state: "detached" });
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("a request is declined, and somebody is blocked", async ({ browser, server }) => {
    const [alice, bob] = [await person(browser, server), await person(browser, server)];
    const asks = await server.connect(bob.user);
    await asks.ask({ type: "add_friend", data: { user_id: alice.user.id } });
    await alice.page.getByRole("link", { name: "Friends" }).click();
    await alice.page.getByRole("button", { name: "Blocked" }).click();
    // What others ask stands above every filter.
    await alice.page.getByRole("button", { name: "Decline" }).click();
    await alice.page.getByRole("button", { name: "Decline" }).waitFor({ state: "detached" });
    await asks.ask({ type: "add_friend", data: { user_id: alice.user.id } });
    await alice.page.getByRole("button", { name: "Accept" }).click();
    await alice.page.getByRole("button", { name: "All", exact: true }).click();
    await alice.page.getByRole("button", { name: `More about ${bob.user.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Block" }).click();
    await alice.page.getByRole("button", { name: "Blocked" }).click();
    await alice.page.getByRole("main").getByText(bob.user.name).waitFor();
    const refused = await asks.ask({ type: "add_friend", data: { user_id: alice.user.id } });
    expect(refused).toMatchObject({ type: "error", code: "blocked" });
  });

  inBrowser("somebody who isn't there is said not to be", async ({ browser, server }) => {
    const { page } = await person(browser, server);
    await page.goto("/friends");
    await page.getByRole("textbox", { name: "Add a friend" }).fill("nobody.at.all");
    await page.getByRole("button", { name: "Send request" }).click();
    await page.getByRole("alert").waitFor();
  });

  inBrowser("a friend is invited to watch", async ({ browser, server }) => {
    const [alice, bob] = [await person(browser, server), await person(browser, server)];
    const asks = await server.connect(bob.user);
    await asks.ask({ type: "add_friend", data: { user_id: alice.user.id } });
    await alice.page.getByRole("link", { name: "Friends" }).click();
    await alice.page.getByRole("button", { name: "Accept" }).click();
    await alice.page.getByRole("main").getByText("Online", { exact: true }).last().waitFor();
    await alice.page.getByRole("button", { name: `More about ${bob.user.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Invite to watch" }).click();
    await alice.page.getByRole("textbox", { name: "What to watch" }).fill("La Jetée");
    await alice.page.getByRole("button", { name: "Invite", exact: true }).click();
    await bob.page.getByText("La Jetée").waitFor();
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });
});
