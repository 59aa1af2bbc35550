// What people do in the pages, as the tests of several of them do it.

import type { Page } from "playwright-core";
import { type Person, person, type Tools } from "./browser.ts";

export const messageBox = (page: Page) => page.getByRole("textbox", { name: "Message", exact: true });
export const log = (page: Page) => page.getByRole("log", { name: "Messages" });
export const articles = (page: Page, text: string) => log(page).getByRole("article").filter({ hasText: text });

export async function say(page: Page, text: string): Promise<void> {
  await messageBox(page).fill(text);
  await messageBox(page).press("Enter");
}

export async function foundServer(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Add a server" }).click();
  await page.getByRole("textbox", { name: "Server name" }).fill(name);
  await page.getByRole("button", { name: "Create" }).click();
  await messageBox(page).waitFor();
}

export async function inviteLink(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Invite people" }).click();
  const link = await page.getByRole("textbox", { name: "Invite link" }).inputValue();
  await page.getByRole("button", { name: "Close" }).click();
  return link;
}

/** Two who are in one server, in its channel. */
export async function pair({ browser, server }: Tools): Promise<[Person, Person]> {
  const [alice, bob] = [await person(browser, server), await person(browser, server)];
  await foundServer(alice.page, "Film night");
  const link = await inviteLink(alice.page);
  await bob.page.getByRole("button", { name: "Add a server" }).click();
  await bob.page.getByRole("textbox", { name: "Invite" }).fill(link);
  await bob.page.getByRole("button", { name: "Join" }).click();
  await messageBox(bob.page).waitFor();
  return [alice, bob];
}
