// A real browser, as the system has it.

import { type Browser, chromium } from "playwright-core";

/** Where Debian, and others, put it. */
const path = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");

/** Whether there is one; where there isn't, the tests that need it are skipped. */
export const hasBrowser = path !== null;

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: path ?? "", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
