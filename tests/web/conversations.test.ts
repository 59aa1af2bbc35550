// Conversations: between two and in a group, what strangers ask, and what is unread.

import { expect } from "bun:test";
import type { Client } from "../../src/client/index.ts";
import { clientOf } from "../client/programs.ts";
import type { TestUser } from "../harness/server.ts";
import { describeInBrowser, type Person, person, type Tools } from "./browser.ts";
import { articles, messageBox, say } from "./talking.ts";

/** Somebody in a browser, and friends of theirs who use programs. */
async function withFriends({ browser, server }: Tools, count: number) {
  const alice = await person(browser, server);
  const own = clientOf(server, alice.user);
  await own.connect();
  const friends: { user: TestUser; client: Client }[] = [];
  for (let made = 0; made < count; made += 1) {
    const user = await server.user();
    const client = clientOf(server, user);
    await client.connect();
    await client.ask("add_friend", { user_id: alice.user.id });
    await own.ask("update_friend", { user_id: user.id, action: "accept" });
    friends.push({ user, client });
  }
  own.close();
  const close = () => {
    for (const { client } of friends) client.close();
  };
  return { alice, friends, close };
}

const list = ({ page }: Person) => page.getByRole("navigation", { name: "Conversations" });
const openList = ({ page }: Person) => page.getByRole("link", { name: "Friends" }).click();
const menu = async ({ page }: Person, action: string) => {
  await page.getByRole("button", { name: "Conversation options" }).click();
  await page.getByRole("menuitem", { name: action }).click();
};

describeInBrowser("conversations", (inBrowser) => {
  inBrowser("two friends write to each other, and do what one does in a channel", async (tools) => {
    const { alice, friends, close } = await withFriends(tools, 1);
    const [{ user, client } = {} as (typeof friends)[number]] = friends;
    await openList(alice);
    await alice.page.getByRole("button", { name: `Message ${user.name}` }).click();
    await say(alice.page, `are you there, @${user.name}?`);
    await articles(alice.page, "are you there").getByRole("button", { name: "Edit" }).waitFor();
    const { conversations } = await client.ask("get_conversations", { amount: 10, anchor: 0 });
    const channel_id = conversations[0]?.channel_id ?? 0;
    const { messages } = await client.ask("get_message_chunk", { channel_id, amount: 10, anchor: 0, direction: true });
    expect(messages[0]).toMatchObject({ content: `are you there, <@${user.id}>?`, mentions: [user.id] });
    await client.ask("typing", { channel_id });
    await alice.page.getByText(`${user.name} is typing`).waitFor();
    const answer = await client.send(channel_id, { content: "I am", reply_to: messages[0]?.id ?? 0 });
    const shown = articles(alice.page, "I am");
    await shown.getByRole("button", { name: "React" }).click();
    await alice.page.getByRole("searchbox", { name: "Search emoji" }).fill("seedling");
    await alice.page.keyboard.press("Enter");
    await shown.getByRole("button", { name: "🌱, 1" }).waitFor();
    await shown.getByRole("link").click();
    await alice.page.locator("article.jumped-to").getByText("are you there").waitFor();
    await shown.getByRole("button", { name: "Reply" }).click();
    await say(alice.page, "good");
    await articles(alice.page, "good").getByRole("button", { name: "Edit" }).click();
    await say(alice.page, "very good");
    await articles(alice.page, "very good").getByText("edited").waitFor();
    await alice.page.getByRole("searchbox", { name: "Search" }).fill("very");
    await alice.page.getByRole("searchbox", { name: "Search" }).press("Enter");
    await alice.page.getByRole("complementary", { name: "Search results" }).getByText("very good").waitFor();
    await articles(alice.page, "very good").getByRole("button", { name: "Delete" }).click();
    await articles(alice.page, "very good").waitFor({ state: "detached" });
    await client.ask("delete_message", { message_id: answer.id });
    await articles(alice.page, "I am").waitFor({ state: "detached" });
    close();
    expect(alice.complaints).toEqual([]);
  });

  inBrowser("what is unread shows in the list and at the rail, until it is read", async (tools) => {
    const { alice, friends, close } = await withFriends(tools, 2);
    const [one, other] = friends;
    const opened = await one?.client.ask("open_conversation", { user_ids: [alice.user.id] });
    const channel_id = opened?.conversation.channel_id ?? 0;
    await one?.client.send(channel_id, "first");
    await one?.client.send(channel_id, "second");
    await alice.page.getByText("2 messages for you").first().waitFor({ state: "attached" });
    await openList(alice);
    const entry = list(alice)
      .getByRole("listitem")
      .filter({ hasText: one?.user.name ?? "" });
    expect(await entry.getAttribute("data-unread")).toBe("");
    expect(await alice.page.title()).toStartWith("(2) ");
    const later = await other?.client.ask("open_conversation", { user_ids: [alice.user.id] });
    await other?.client.send(later?.conversation.channel_id ?? 0, "third");
    await list(alice)
      .getByRole("listitem")
      .first()
      .filter({ hasText: other?.user.name ?? "" })
      .waitFor();
    await entry.getByRole("link").click();
    await articles(alice.page, "second").waitFor();
    await alice.page.waitForFunction(() => document.title.startsWith("(1) "));
    // It was read here, which the server knows.
    const { channels } = (await one?.client.ask("get_read_state")) ?? { channels: [] };
    expect(channels.length).toBeGreaterThan(0);
    await alice.page.reload();
    await articles(alice.page, "second").waitFor();
    await list(alice)
      .getByRole("listitem")
      .filter({ hasText: one?.user.name ?? "" })
      .waitFor();
    expect(await list(alice).locator("li[data-unread]").count()).toBe(1);
    close();
    expect(alice.complaints).toEqual([]);
  });

  inBrowser("a group is made, named, changed and left", async (tools) => {
    const { alice, friends, close } = await withFriends(tools, 3);
    const [bob, carol, dan] = friends as [(typeof friends)[number], (typeof friends)[number], (typeof friends)[number]];
    const { page } = alice;
    await openList(alice);
    await page.getByRole("button", { name: "New conversation" }).click();
    const start = page.getByRole("button", { name: "Start" });
    expect(await start.isDisabled()).toBe(true);
    await page.getByRole("textbox", { name: "Find a friend" }).fill(bob.user.name.toUpperCase());
    await page.getByRole("checkbox", { name: bob.user.name }).check();
    expect(await page.getByRole("checkbox").count()).toBe(1);
    await page.getByRole("textbox", { name: "Find a friend" }).fill("");
    await page.getByRole("checkbox", { name: carol.user.name }).check();
    await page.getByRole("textbox", { name: "Name of the group" }).fill("Snacks");
    await start.click();
    await page.getByRole("heading", { name: "Snacks", level: 1 }).waitFor();
    await say(page, "who brings what?");
    const [group] = (await bob.client.ask("get_conversations", { amount: 10, anchor: 0 })).conversations;
    expect(group).toMatchObject({ kind: "group", name: "Snacks", owner_id: alice.user.id });
    await menu(alice, "Add people");
    await page.getByRole("checkbox", { name: dan.user.name }).check();
    expect(await page.getByRole("checkbox").count()).toBe(1);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    const members = page.getByRole("complementary", { name: "Members" });
    await members.getByText(dan.user.name).waitFor();
    await members.getByText("Runs the group").waitFor();
    await members.getByRole("button", { name: `More about ${dan.user.name}` }).click();
    await page.getByRole("menuitem", { name: "Take out of the group" }).click();
    await members.getByText(dan.user.name).waitFor({ state: "detached" });
    await menu(alice, "Name and picture");
    await page.getByRole("textbox", { name: "Name of the group" }).fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: `${bob.user.name}, ${carol.user.name}`, level: 1 }).waitFor();
    await menu(alice, "Leave group");
    await page.getByRole("button", { name: "Leave group" }).click();
    await page.getByRole("textbox", { name: "Add a friend" }).waitFor();
    await list(alice).getByText("Write to a friend").waitFor();
    const [left] = (await bob.client.ask("get_conversations", { amount: 10, anchor: 0 })).conversations;
    expect(left).toMatchObject({ owner_id: bob.user.id });
    close();
    expect(alice.complaints).toEqual([]);
  });

  inBrowser("a stranger's request waits for an answer: accepted, closed, or blocked", async (tools) => {
    const { alice, close } = await withFriends(tools, 0);
    const { page } = alice;
    await page.goto("/settings/profile");
    await page.getByRole("combobox", { name: "Who may write to you first" }).selectOption("Everyone");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    const strangers = [];
    for (let made = 0; made < 3; made += 1) {
      const user = await tools.server.user();
      const client = clientOf(tools.server, user);
      await client.connect();
      const { conversation } = await client.ask("open_conversation", { user_ids: [alice.user.id] });
      await client.send(conversation.channel_id, `hello from ${made}`);
      strangers.push({ user, client, ...conversation });
    }
    const [accepted, closed, blocked] = strangers as [
      (typeof strangers)[number],
      (typeof strangers)[number],
      (typeof strangers)[number],
    ];
    await openList(alice);
    const requests = list(alice).getByRole("region", { name: "Requests" });
    await requests.getByRole("link", { name: closed.user.name }).click();
    await articles(page, "hello from 1").waitFor();
    expect(await messageBox(page).count()).toBe(0);
    await page.getByRole("main").getByRole("button", { name: "Close", exact: true }).click();
    await requests.getByRole("link", { name: closed.user.name }).waitFor({ state: "detached" });
    await requests.getByRole("link", { name: blocked.user.name }).click();
    await page.getByRole("button", { name: "Block" }).click();
    await requests.getByRole("link", { name: blocked.user.name }).waitFor({ state: "detached" });
    const refused = await blocked.client.send(blocked.channel_id, "again").catch((error) => error);
    expect(refused).toMatchObject({ code: "blocked" });
    await requests.getByRole("link", { name: accepted.user.name }).click();
    await page.getByRole("button", { name: "Accept" }).click();
    await say(page, "welcome");
    await articles(page, "welcome").getByRole("button", { name: "Edit" }).waitFor();
    await requests.waitFor({ state: "detached" });
    await list(alice).getByRole("link", { name: accepted.user.name }).waitFor();
    for (const { client } of strangers) client.close();
    close();
    expect(alice.complaints).toEqual([]);
  });

  inBrowser("what the server refuses is said, and a conversation that isn't there is not", async (tools) => {
    const { alice, friends, close } = await withFriends(tools, 1);
    const [{ user, client } = {} as (typeof friends)[number]] = friends;
    await openList(alice);
    await alice.page.getByRole("button", { name: `Message ${user.name}` }).click();
    await messageBox(alice.page).waitFor();
    await client.ask("update_friend", { user_id: alice.user.id, action: "block" });
    await alice.page.getByText("One of you has blocked the other").waitFor();
    expect(await messageBox(alice.page).count()).toBe(0);
    await alice.page.getByRole("button", { name: "Unblock" }).click();
    await alice.page.getByText("You haven't blocked such a user.").waitFor();
    await client.ask("update_friend", { user_id: alice.user.id, action: "unblock" });
    // Friends no more, and nothing was said yet.
    await say(alice.page, "are you cross?");
    await alice.page.getByText("They take messages of friends alone").first().waitFor();
    await client.ask("update_user", { changes: { dms: "everyone" } });
    await articles(alice.page, "are you cross").getByRole("button", { name: "Send again" }).click();
    await articles(alice.page, "are you cross").getByRole("button", { name: "Edit" }).waitFor();
    await alice.page.goto("/conversations/99999999");
    await alice.page.getByText("Nothing grows here").first().waitFor();
    close();
    expect(alice.complaints).toEqual([]);
  });
});
