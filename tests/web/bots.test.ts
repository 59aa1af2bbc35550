// Bots in the pages: that each is known for one wherever its name stands, and how people have them.

import { expect } from "bun:test";
import { botOf } from "../bots/programs.ts";
import { clientOf } from "../client/programs.ts";
import { uniqueName } from "../harness/server.ts";
import { describeInBrowser, present } from "./browser.ts";
import { articles, log, messageBox } from "./talking.ts";

describeInBrowser("bots", (inBrowser) => {
  inBrowser("a bot is called one wherever its name stands", async ({ browser, server }) => {
    const alice = await server.user();
    const owner = clientOf(server, alice);
    await owner.connect();
    const { server: made } = await owner.ask("add_server", { name: "Dice" });
    const name = uniqueName("dice");
    const bot = await botOf(server, alice, name);
    await owner.ask("add_bot", { server_id: made.id, bot_id: bot.id });
    const program = clientOf(server, bot);
    await program.connect();
    const { categories } = await program.ask("get_server_channels", { server_id: made.id });
    const channel_id = categories[0]?.channels[0]?.id ?? 0;
    await owner.send(channel_id, "roll, please");
    await program.send(channel_id, "four");
    await program.send(channel_id, "and six");
    const { page, complaints } = await present(browser, server, alice);
    await page.goto(`/servers/${made.id}/${channel_id}`);
    await articles(page, "and six").waitFor();
    const marked = new RegExp(`^${name} Bot \\d`);
    // The second one's name isn't shown again, but said.
    expect(await log(page).getByRole("article", { name: marked }).count()).toBe(2);
    expect(await articles(page, "four").getByText("Bot", { exact: true }).count()).toBe(1);
    expect(await articles(page, "roll, please").getByText("Bot", { exact: true }).count()).toBe(0);
    const members = page.getByRole("complementary", { name: "Members" });
    expect(await members.getByText("Bot", { exact: true }).count()).toBe(1);
    await members.getByRole("button", { name: new RegExp(`${name} .*Bot`) }).click();
    const card = page.getByRole("dialog");
    await card.getByRole("heading", { name: `${name} Bot` }).waitFor();
    expect(await card.getByRole("button", { name: "Add friend" }).count()).toBe(0);
    await card.getByRole("button", { name: "Close" }).click();
    await messageBox(page).waitFor();
    await page.getByRole("searchbox", { name: "Search" }).fill("six");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: `${name} Bot` }).waitFor();
    for (const client of [owner, program]) client.close();
    expect(complaints).toEqual([]);
  });
});
