// Bots in the pages: that each is known for one wherever its name stands, and how people have them.

import { expect } from "bun:test";
import { type Client, type CloseReason, createClient } from "../../src/client/index.ts";
import { botOf } from "../bots/programs.ts";
import { clientOf } from "../client/programs.ts";
import { type RunningServer, uniqueName } from "../harness/server.ts";
import { describeInBrowser, present } from "./browser.ts";
import { articles, log, messageBox } from "./talking.ts";

/** A program with an open session, and why it is closed once it is. */
async function opened({ url }: RunningServer, token: string): Promise<[Client, Promise<CloseReason>]> {
  const program = createClient({ url, token });
  const closed = new Promise<CloseReason>((resolve) => program.on("closed", resolve));
  await program.connect();
  return [program, closed];
}

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

  inBrowser(
    "one is made, works by its token, gets another, another name, and is ended",
    async ({ browser, server }) => {
      const alice = await server.user();
      const { page, complaints } = await present(browser, server, alice);
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("link", { name: "Bots" }).click();
      await page.getByText("No bots").waitFor();
      await page.getByRole("button", { name: "Add a bot" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill(alice.name);
      await page.getByRole("button", { name: "Create" }).click();
      await page.getByRole("dialog").getByRole("alert").waitFor();
      const name = uniqueName("dice");
      await page.getByRole("textbox", { name: "Name" }).fill(name);
      await page.getByRole("button", { name: "Create" }).click();
      const field = page.getByRole("textbox", { name: "Token" });
      const token = await field.inputValue();
      const [first, ended] = await opened(server, token);
      expect(first.ready?.user).toMatchObject({ name, bot: true });
      await page.getByRole("button", { name: "Done" }).click();
      await field.waitFor({ state: "detached" });
      const act = async (action: string) => {
        await page.getByRole("button", { name: /^More about/ }).click();
        await page.getByRole("menuitem", { name: action }).click();
      };
      await act("New token");
      await page.getByRole("button", { name: "New token" }).click();
      const other = await field.inputValue();
      expect(other).not.toBe(token);
      expect(await ended).toBe("revoked");
      const [, ended_again] = await opened(server, other);
      await page.getByRole("button", { name: "Done" }).click();
      const named = uniqueName("rolls");
      await act("Change");
      await page.getByRole("textbox", { name: "Name" }).fill(named);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("listitem").filter({ hasText: named }).waitFor();
      // What was shown once isn't shown by a change.
      expect(await field.count()).toBe(0);
      await act("Delete");
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByText("No bots").waitFor();
      expect(await ended_again).toBe("revoked");
      expect(complaints).toEqual([]);
    },
  );

  inBrowser("one comes into a server, with what is chosen for it", async ({ browser, server }) => {
    const alice = await server.user();
    const owner = clientOf(server, alice);
    await owner.connect();
    const { server: made } = await owner.ask("add_server", { name: "Dice" });
    const [first, second] = [await botOf(server, alice), await botOf(server, alice)];
    const { page, complaints } = await present(browser, server, alice);
    await page.goto(`/servers/${made.id}/settings/members`);
    const add = async (bot: string, choose?: () => Promise<void>) => {
      await page.getByRole("button", { name: "Add a bot" }).click();
      await page.getByRole("combobox", { name: "Your bot" }).selectOption(bot);
      await choose?.();
      await page.getByRole("button", { name: "Add to the server" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await add(first.name);
    await add(second.name, async () => {
      await page.getByRole("combobox", { name: "What it may" }).selectOption("What is chosen here");
      expect(await page.getByRole("checkbox", { name: "Write", exact: true }).isChecked()).toBe(true);
      await page.getByRole("checkbox", { name: "Write", exact: true }).uncheck();
      await page.getByRole("checkbox", { name: "Manage messages" }).check();
    });
    await page
      .getByRole("main")
      .getByRole("listitem")
      .filter({ hasText: second.name })
      .getByText("Bot", { exact: true })
      .waitFor();
    await page.getByRole("button", { name: "Add a bot" }).click();
    await page.getByText("You have no bot that isn't here already.").waitFor();
    await page.getByRole("link", { name: "To your bots" }).waitFor();
    const { members } = await owner.ask("get_server_members", { server_id: made.id, amount: 10, anchor: 0 });
    const rulesOf = ({ id }: { id: number }) => members.find(({ user_id }) => user_id === id)?.rules;
    expect(rulesOf(first)).toBeUndefined();
    expect(rulesOf(second)).toContain("manage_messages");
    expect(rulesOf(second)).not.toContain("send_messages");
    await page.goto(`/servers/${made.id}/settings/audit`);
    await page.getByText(`added the bot ${second.name}`).waitFor();
    owner.close();
    expect(complaints).toEqual([]);
  });
});
