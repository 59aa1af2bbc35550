// How smooth a channel of a hundred thousand messages is on this machine, by Chromium's own tracing, for people to read:
// `bun tests/web/trace.ts`.

import { openBrowser } from "../harness/browser.ts";
import { present } from "./browser.ts";
import { foundLongChannel, MESSAGES, readBack } from "./long-channel.ts";
import { articles } from "./talking.ts";
import { heldBy, traced } from "./watching.ts";

const tell = (text: string) => void process.stdout.write(`${text}\n`);
const rounded = (figures: object) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(Number(value) * 10) / 10]));

const { server, town, channel_id } = await foundLongChannel();
const browser = await openBrowser();
const { page, context } = await present(browser, server, town.alice, { viewport: { width: 1280, height: 800 } });
await page.goto(`/servers/${town.server_id}/${channel_id}`);
await articles(page, `number ${MESSAGES} `).waitFor();
const session = await context.newCDPSession(page);
for (const messages of [1_000, 1_000, 1_000]) {
  const began = performance.now();
  let frames = 0;
  const work = await traced(browser, page, async () => {
    ({ frames } = await readBack(page, messages, 60));
  });
  const frames_a_second = (frames / (performance.now() - began)) * 1_000;
  const figures = { frames_a_second, ...work, ...(await heldBy(session)) };
  tell(`${messages} messages back: ${JSON.stringify(rounded(figures))}`);
}
await page.getByRole("link", { name: "general", exact: true }).click();
await articles(page, "projector").first().waitFor();
for (const name of ["long", "general", "long"]) {
  const took_ms = await page.evaluate(async (name) => {
    const link = [...document.querySelectorAll<HTMLElement>(".side-list a")].find((one) => one.textContent === name);
    const began = performance.now();
    link?.click();
    do await new Promise(requestAnimationFrame);
    while (!document.querySelector("article"));
    return performance.now() - began;
  }, name);
  tell(`to #${name}, which is loaded: ${took_ms.toFixed(1)} ms to the next frame`);
}
await browser.close();
await server.stop();
process.exit(0);
