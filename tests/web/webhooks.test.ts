// Webhooks in the settings of a server: made, with an address that is shown once and works, given another, and ended.

import { expect } from "bun:test";
import { describeInBrowser } from "./browser.ts";
import { articles, pair } from "./talking.ts";

const speak = async (address: string, content: string) =>
  (
    await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ content }),
    })
  ).status;

describeInBrowser("webhooks", (inBrowser) => {
  inBrowser("one is made, speaks by its address, gets another, and is ended", async (tools) => {
    const [alice, bob] = await pair(tools);
    const { page } = alice;
    await page.getByRole("button", { name: "Server menu" }).click();
    await page.getByRole("menuitem", { name: "Server settings" }).click();
    await page.getByRole("link", { name: "Webhooks" }).click();
    await page.getByText("No webhooks").waitFor();
    await page.getByRole("button", { name: "Add a webhook" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Box office");
    await page.getByRole("combobox", { name: "Channel" }).selectOption("#general");
    await page.getByRole("button", { name: "Create" }).click();
    const field = page.getByRole("textbox", { name: "Webhook address" });
    const address = await field.inputValue();
    expect(address).toStartWith(`${tools.server.url}/`);
    await page.getByRole("button", { name: "Done" }).click();
    await field.waitFor({ state: "detached" });
    expect(await speak(address, "two seats left")).toBeLessThan(300);
    const said = articles(bob.page, "two seats left");
    await said.getByText("Box office").waitFor();
    await said.getByText("Webhook", { exact: true }).waitFor();
    const line = page.getByRole("main").getByRole("listitem").filter({ hasText: "Box office" });
    const act = async (action: string) => {
      await page.getByRole("button", { name: /^More about/ }).click();
      await page.getByRole("menuitem", { name: action }).click();
    };
    await act("Change");
    await page.getByRole("textbox", { name: "Name" }).fill("Projection");
    await page.getByRole("button", { name: "Save" }).click();
    await line.waitFor({ state: "detached" });
    // What was shown once isn't shown by a change.
    expect(await field.count()).toBe(0);
    await act("New address");
    await page.getByRole("button", { name: "New address" }).click();
    const other = await field.inputValue();
    expect(other).not.toBe(address);
    expect([await speak(address, "old"), (await speak(other, "new seats")) < 300]).toEqual([404, true]);
    await articles(bob.page, "new seats").getByText("Projection").waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    await act("Delete");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("No webhooks").waitFor();
    expect(await speak(other, "too late")).toBe(404);
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("who may not manage them isn't shown the page, and a bad name is refused in words", async (tools) => {
    const [alice, bob] = await pair(tools);
    const server_id = new URL(alice.page.url()).pathname.split("/")[2];
    await bob.page.goto(`/servers/${server_id}/settings/webhooks`);
    await bob.page.getByRole("navigation", { name: "Server settings" }).waitFor();
    expect(await bob.page.getByRole("link", { name: "Webhooks" }).count()).toBe(0);
    await bob.page.getByText("No webhooks").waitFor();
    expect(await bob.page.getByRole("button", { name: "Add a webhook" }).count()).toBe(0);
    await alice.page.goto(`/servers/${server_id}/settings/webhooks`);
    await alice.page.getByRole("button", { name: "Add a webhook" }).click();
    await alice.page.getByRole("button", { name: "Create" }).click();
    await alice.page.getByRole("dialog").getByRole("alert").waitFor();
    expect(await alice.page.getByRole("textbox", { name: "Name" }).getAttribute("aria-invalid")).toBe("true");
  });
});
