// A browser for the pages' tests, and people in it: each has a context of their own, as on a machine of their own.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { hasBrowser, openBrowser } from "../harness/browser.ts";
import {
  PASSWORD,
  type RunningServer,
  startServer,
  type TestServer,
  type TestUser,
  uniqueName,
} from "../harness/server.ts";

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** What the page complained of, which is nothing. */
  complaints: string[];
}

export interface Person extends Visitor {
  user: TestUser;
}

export type ContextOptions = Parameters<Browser["newContext"]>[0];

/** Somebody who has not been here before. */
export async function visitor(browser: Browser, server: RunningServer, options: ContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: server.url, locale: "en-GB", ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`${error.name}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !isOfNetwork(message.text())) complaints.push(message.text());
  });
  return { context, page, complaints };
}

/** A browser says each time that an answer wasn't 200, or that there was none. */
const isOfNetwork = (text: string) => /^Failed to load resource|^WebSocket connection to .* failed/.test(text);

/** Somebody with an account, logged in and at the path. */
export async function person(
  browser: Browser,
  server: RunningServer,
  options: ContextOptions = {},
  path = "/",
): Promise<Person> {
  const user = await server.user(uniqueName("person"));
  return { ...(await enter(browser, server, { ...user, path }, options)), user };
}

/** Who has an account already, by a log-in of their own. */
export async function present(
  browser: Browser,
  server: RunningServer,
  { name }: Pick<TestUser, "name">,
  options: ContextOptions = {},
): Promise<Visitor> {
  const { token } = await server.login(name);
  return enter(browser, server, { token, path: "/" }, options);
}

/** The browser has been here before, and keeps the token; how one logs in, the tests of the door show. */
export async function enter(
  browser: Browser,
  server: RunningServer,
  { token, path }: { token: string; path: string },
  options: ContextOptions = {},
): Promise<Visitor> {
  const one = await visitor(browser, server, options);
  // Of the same origin, and nothing of the pages runs in it.
  await one.page.goto("/icon.svg");
  await one.page.evaluate((token) => localStorage.setItem("orchard.token", token), token);
  await one.page.goto(path);
  await one.page.locator(".shell").waitFor();
  return one;
}

export async function logIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator(".shell").waitFor();
}

export interface Tools {
  browser: Browser;
  server: RunningServer;
}

type Pages = (tools: Tools) => Promise<void>;

/** Tests that want a browser; where there is none the test command says so, and CI fails. */
export function describeInBrowser(name: string, tests: (inBrowser: (name: string, run: Pages) => void) => void): void {
  describe(name, () => {
    if (!hasBrowser) {
      test("a browser is there", () => expect(process.env["CI"]).not.toBe("true"));
      return;
    }
    let browser: Browser;
    let server: TestServer;
    beforeAll(async () => {
      [browser, server] = await Promise.all([openBrowser(), startServer()]);
    });
    afterAll(async () => {
      await browser.close();
      await server.stop();
    });
    // Nobody's pages go on behind the next ones.
    afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
    tests((what, run) => test(what, () => run({ browser, server }), TEST_MS));
  });
}

/** On a machine that has much else to do. */
const TEST_MS = 60_000;

/** Until it is so in the page; what is asked there may take its time. */
export async function until(page: Page, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await page.evaluate(isSo))) await page.evaluate(() => new Promise(requestAnimationFrame));
}
