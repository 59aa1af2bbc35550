// What people do in the pages, as the tests of several of them do it.

import type { Locator, Page } from "playwright-core";
import { done, foundServer as found, inviteInto } from "../harness/community.ts";
import { type ContextOptions, enter, type Person, person, type Tools } from "./browser.ts";

export const messageBox = (page: Page) => page.getByRole("textbox", { name: "Message", exact: true });
export const log = (page: Page) => page.getByRole("log", { name: "Messages" });
export const articles = (page: Page, text: string) => log(page).getByRole("article").filter({ hasText: text });

/** Scrolls to where it does not stand yet, in pixels from the top; the page has heard of it by then. */
export const scrolledTo = (box: Locator, top: number) =>
  box.evaluate(
    (element, top) =>
      new Promise<void>((settle) => {
        element.addEventListener("scroll", () => setTimeout(settle), { once: true });
        element.scrollTop = top;
      }),
    top,
  );

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

/** Two who are in one server, in its channel: as they come back to it. */
export async function pair({ browser, server }: Tools, options: ContextOptions = {}): Promise<[Person, Person]> {
  const [alice, bob] = await Promise.all([server.join(), server.join()]);
  const server_id = await found(alice, "Film night");
  await inviteInto(server_id, alice, bob);
  const { categories } = await done(alice, "get_server_channels", { server_id });
  const path = `/servers/${server_id}/${categories[0].channels[0].id}`;
  const come = async ({ client, ...user }: typeof alice): Promise<Person> => {
    await client.close();
    const one = await enter(browser, server, { ...user, path }, options);
    await messageBox(one.page).waitFor();
    return { ...one, user };
  };
  return Promise.all([come(alice), come(bob)]);
}

/** The same by hand: one founds it and gives out the link, the other joins by it. */
export async function pairByHand({ browser, server }: Tools): Promise<[Person, Person]> {
  const [alice, bob] = await Promise.all([person(browser, server), person(browser, server)]);
  await foundServer(alice.page, "Film night");
  const link = await inviteLink(alice.page);
  await bob.page.getByRole("button", { name: "Add a server" }).click();
  await bob.page.getByRole("textbox", { name: "Invite" }).fill(link);
  await bob.page.getByRole("button", { name: "Join" }).click();
  await messageBox(bob.page).waitFor();
  return [alice, bob];
}
