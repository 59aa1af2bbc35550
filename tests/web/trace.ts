// How smooth a channel of a hundred thousand messages is on this machine, for people to read: `bun tests/web/trace.ts`.
// Of frames, what the page's own thread does for one is told apart from what drawing and other programs take.

import type { Page } from "playwright-core";
import { openBrowser } from "../harness/browser.ts";
import { present } from "./browser.ts";
import { foundLongChannel, MESSAGES, readBack } from "./long-channel.ts";
import { articles } from "./talking.ts";
import { heldBy, spentBetween, spentBy, traced } from "./watching.ts";

const PX_A_FRAME = 60;
const TURNS = 20;
const SAVED_AFTER_MS = 3_000;

const tell = (text: string) => void process.stdout.write(`${text}\n`);
const rounded = (figures: object) =>
  JSON.stringify(
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(Number(value) * 10) / 10])),
  );

/** Until the next frame in which the channel shows messages. */
const switchTo = (page: Page, name: string) =>
  page.evaluate(async (name) => {
    const link = [...document.querySelectorAll<HTMLElement>(".side-list a")].find((one) => one.textContent === name);
    const began = performance.now();
    link?.click();
    do await new Promise(requestAnimationFrame);
    while (!document.querySelector("article"));
    return performance.now() - began;
  }, name);

const { server, town, channel_id } = await foundLongChannel();
const browser = await openBrowser();
const { page, context } = await present(browser, server, town.alice, { viewport: { width: 1280, height: 800 } });
await page.goto(`/servers/${town.server_id}/${channel_id}`);
await articles(page, `number ${MESSAGES} `).waitFor();
const session = await context.newCDPSession(page);

for (const messages of [1_000, 1_000]) {
  const before = await spentBy(session);
  const began = performance.now();
  const { frames } = await readBack(page, messages, PX_A_FRAME);
  const frames_a_second = (frames / (performance.now() - began)) * 1_000;
  const of_each = spentBetween(before, await spentBy(session), frames);
  tell(`${messages} messages back, ${frames} frames: ${rounded({ frames_a_second, ...of_each })} a frame`);
}
const work = await traced(browser, page, () => readBack(page, 1_000, PX_A_FRAME));
tell(`1000 messages back, traced: ${rounded({ ...work, ...(await heldBy(session)) })}`);

await page.getByRole("link", { name: "general", exact: true }).click();
await articles(page, "projector").first().waitFor();
const took: number[] = [];
const before = await spentBy(session);
for (let turn = 0; turn < TURNS; turn += 1) took.push(await switchTo(page, turn % 2 === 0 ? "long" : "general"));
const of_each = spentBetween(before, await spentBy(session), TURNS);
took.sort((one, other) => one - other);
const [median_ms, most_ms] = [took[TURNS / 2], took.at(-1)];
tell(`to a channel that is loaded: ${rounded({ median_ms, most_ms, ...of_each })}`);

// What is kept for it is written when nothing has changed for a moment.
await page.waitForTimeout(SAVED_AFTER_MS);
await page.reload({ waitUntil: "commit" });
const shown_ms = await page.evaluate(async () => {
  while (!document.querySelector("article")) await new Promise(requestAnimationFrame);
  return performance.now();
});
tell(`the second visit shows messages after ${shown_ms.toFixed(0)} ms`);
await browser.close();
await server.stop();
process.exit(0);
