// Keeping order: what is pinned, what one is told of, who may write when, who comes in, and what the log says of it.

import { expect } from "bun:test";
import { clientOf } from "../client/programs.ts";
import { describeInBrowser, logIn, type Person, visitor } from "./browser.ts";
import { articles, messageBox, pair, say } from "./talking.ts";

const more = async ({ page }: Person, text: string, action: string) => {
  await articles(page, text).getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
};
const menu = async ({ page }: Person, name: string, action: string) => {
  await page.getByRole("button", { name }).click();
  await page.getByRole("menuitem", { name: action }).click();
};
const pins = ({ page }: Person) => page.getByRole("complementary", { name: "Pinned messages" });
const settings = async (person: Person, page: string) => {
  await menu(person, "Server menu", "Server settings");
  await person.page.getByRole("link", { name: page, exact: true }).click();
};

describeInBrowser("order", (inBrowser) => {
  inBrowser("a message is pinned, gone to, and unpinned, and who may not can't", async (tools) => {
    const [alice, bob] = await pair(tools);
    await say(alice.page, "the rules of the house");
    await articles(bob.page, "the rules").waitFor();
    await bob.page.getByRole("button", { name: "Pinned messages" }).click();
    await pins(bob).getByText("Nothing is pinned here").waitFor();
    await more(alice, "the rules", "Pin");
    await pins(bob).getByText("the rules of the house").waitFor();
    await articles(bob.page, "the rules").getByText("pinned").waitFor();
    await articles(bob.page, "the rules").getByRole("button", { name: "More" }).click();
    expect(await bob.page.getByRole("menuitem", { name: "Unpin" }).count()).toBe(0);
    await bob.page.keyboard.press("Escape");
    expect(await pins(bob).getByRole("button", { name: "Unpin" }).count()).toBe(0);
    await pins(bob).getByRole("link").click();
    await bob.page.locator("article.jumped-to").getByText("the rules").waitFor();
    await menu(alice, "Channel options", "Pinned messages");
    await pins(alice).getByRole("button", { name: "Unpin" }).click();
    await pins(bob).getByText("Nothing is pinned here").waitFor();
    await articles(bob.page, "the rules").getByText("pinned").waitFor({ state: "detached" });
    await settings(alice, "Audit log");
    await alice.page.getByText("unpinned a message of").waitFor();
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("what is muted isn't marked, and what one chose is so in every browser", async (tools) => {
    const [alice, bob] = await pair(tools);
    const own = clientOf(tools.server, bob.user);
    await own.connect();
    await menu(bob, "Channel options", "Notifications");
    await bob.page.getByRole("combobox", { name: "Tell me while I am away" }).selectOption("of every message");
    await bob.page.getByRole("combobox", { name: "Mute" }).selectOption("for a day");
    await bob.page.getByRole("button", { name: "Mute", exact: true }).click();
    await bob.page.getByText(/^Muted until /).waitFor();
    const { settings: chosen } = await own.ask("get_notification_settings");
    expect(chosen).toMatchObject([{ level: "all", muted_until: expect.any(String) }]);
    await bob.page.keyboard.press("Escape");
    await bob.page.getByRole("link", { name: "Friends" }).click();
    await say(alice.page, `@${bob.user.name} are you there?`);
    await bob.page.getByRole("link", { name: "Film night" }).waitFor();
    const { channels } = await own.ask("get_read_state");
    const server_unread = () => bob.page.locator(".rail li[data-unread]").count();
    expect([channels.length > 0, await server_unread(), await bob.page.title()]).toEqual([true, 0, "orchard"]);
    await bob.page.getByRole("link", { name: "Film night" }).click();
    await bob.page.getByRole("link", { name: "general muted" }).waitFor();
    await menu(bob, "Channel options", "Notifications");
    await bob.page.getByRole("button", { name: "Unmute" }).click();
    await bob.page.getByRole("combobox", { name: "Mute" }).waitFor();
    await bob.page.keyboard.press("Escape");
    await bob.page.getByRole("link", { name: "Friends" }).click();
    await say(alice.page, `@${bob.user.name} and now?`);
    await bob.page.locator(".rail li[data-unread]").waitFor();
    await bob.page.waitForFunction(() => document.title.startsWith("(1) "));
    // A choice elsewhere holds here.
    const server_id = Number(new URL(alice.page.url()).pathname.split("/")[2]);
    await own.ask("update_notification_settings", { server_id, muted_until: "2999-01-01T00:00:00.000Z" });
    await bob.page.locator(".rail li[data-unread]").waitFor({ state: "detached" });
    own.close();
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("a server that wasn't opened yet shows what is unread in it", async (tools) => {
    const [alice, bob] = await pair(tools);
    await bob.context.close();
    await say(alice.page, "while you were away");
    await articles(alice.page, "while").getByRole("button", { name: "Edit" }).waitFor();
    const again = await visitor(tools.browser, tools.server);
    await again.page.goto("/friends");
    await logIn(again.page, bob.user.name);
    await again.page.locator(".rail li[data-unread]").waitFor();
    expect(again.complaints).toEqual([]);
  });

  inBrowser("a channel is made slow, which is said to who it holds for", async (tools) => {
    const [alice, bob] = await pair(tools);
    await settings(alice, "Channels");
    await alice.page.getByRole("button", { name: "Edit general", exact: true }).click();
    await alice.page.getByRole("combobox", { name: "Slow mode" }).selectOption("5 minutes");
    await alice.page.getByRole("button", { name: "Save" }).click();
    await bob.page.getByText("Slow mode: one message in 5 minutes.").waitFor();
    await say(bob.page, "first");
    await articles(bob.page, "first").getByRole("button", { name: "Edit" }).waitFor();
    await say(bob.page, "second");
    await bob.page.getByRole("alert").filter({ hasText: "Not sent:" }).waitFor();
    await alice.page.getByRole("link", { name: "Back to the server" }).click();
    await messageBox(alice.page).waitFor();
    expect(await alice.page.getByText("Slow mode:").count()).toBe(0);
  });

  inBrowser("a member is given a break, sees until when, and speaks again when it ends", async (tools) => {
    const [alice, bob] = await pair(tools);
    const members = alice.page.getByRole("complementary", { name: "Members" });
    await members.getByRole("button", { name: bob.user.name }).click();
    await alice.page.getByRole("button", { name: "Give a break" }).click();
    await alice.page.getByRole("combobox", { name: "For how long" }).selectOption("ten minutes");
    await alice.page.getByRole("textbox", { name: "Reason" }).fill("shouting");
    await alice.page.getByRole("dialog").getByRole("button", { name: "Give a break" }).click();
    await bob.page.getByText("You are on a break here").waitFor();
    expect(await messageBox(bob.page).count()).toBe(0);
    await settings(alice, "Audit log");
    await alice.page.getByText("shouting").waitFor();
    await alice.page.getByRole("link", { name: "Members" }).click();
    await alice.page.getByText(/On a break until/).waitFor();
    await alice.page.getByRole("button", { name: `Manage ${bob.user.name}` }).click();
    await alice.page.getByRole("button", { name: "End the break" }).click();
    await alice.page.getByRole("dialog").getByRole("button", { name: "End the break" }).click();
    await messageBox(bob.page).waitFor();
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });

  inBrowser("joins are paused, which is said to who invites, and opened again", async (tools) => {
    const [alice] = await pair(tools);
    await settings(alice, "Overview");
    await alice.page.getByRole("button", { name: "Pause joins" }).click();
    await alice.page.getByText("Nobody comes in").waitFor();
    await alice.page.getByRole("link", { name: "Back to the server" }).click();
    await alice.page.getByRole("button", { name: "Invite people" }).click();
    await alice.page.getByText("New members are kept out at the moment").waitFor();
    const link = await alice.page.getByRole("textbox", { name: "Invite link" }).inputValue();
    const carol = await tools.server.user();
    const client = clientOf(tools.server, carol);
    await client.connect();
    const invite_code = link.split("/").at(-1) ?? "";
    expect(await client.ask("join_server", { invite_code }).catch((error) => error.code)).toBe("forbidden");
    await alice.page.keyboard.press("Escape");
    await settings(alice, "Overview");
    await alice.page.getByRole("button", { name: "Let people in again" }).click();
    await alice.page.getByRole("button", { name: "Pause joins" }).waitFor();
    await client.ask("join_server", { invite_code });
    client.close();
  });
});
