// Where one reads stays where it is, whatever comes above and below, and also where one scrolls at that moment: the
// class alone, in a browser, since only so it is known that the event of a scroll comes after what changed.

import { expect } from "bun:test";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { ReadingPlace } from "../../src/web/talk/reading-place.ts";
import { describeInBrowser } from "./browser.ts";
import { scrolledTo } from "./talking.ts";

const SOURCE = resolve(import.meta.dir, "../../src/web/talk/reading-place.ts");
const ROW_PX = 100;
const ROWS = 30;
const BOX_PX = 400;
const END_PX = ROWS * ROW_PX - BOX_PX;

declare global {
  var box: HTMLElement;
  var place: ReadingPlace;
  /** Adds rows above or below, as a render does: in one go, and the place is restored before anything is painted. */
  var add: (where: "prepend" | "append", count: number) => void;
  var remove: (from: number, count: number) => void;
  var topOf: (id: number) => number;
}

/** Rows 100 to 129 of the same height, at their end. */
async function opened(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.setContent(`<style>.row { height: ${ROW_PX}px } * { margin: 0 }</style>
    <div id="box" style="height: ${BOX_PX}px; overflow-y: scroll; overflow-anchor: none"></div>`);
  const script = new Bun.Transpiler({ loader: "ts" }).transformSync(await Bun.file(SOURCE).text());
  await page.addScriptTag({ type: "module", content: `${script}\nglobalThis.ReadingPlace = ReadingPlace;` });
  await page.waitForFunction("globalThis.ReadingPlace");
  await page.evaluate((count) => {
    const { ReadingPlace: Place } = globalThis as unknown as { ReadingPlace: typeof ReadingPlace };
    globalThis.box = document.querySelector("#box") as HTMLElement;
    globalThis.place = new Place(box);
    let [first, next] = [100, 100];
    globalThis.add = (where, count) => {
      for (let at = 0; at < count; at += 1) {
        const row = document.createElement("div");
        row.className = "row";
        row.dataset["id"] = String(where === "append" ? next++ : --first);
        box[where](row);
      }
      place.restore();
    };
    globalThis.remove = (from, count) => {
      for (let at = 0; at < count; at += 1) box.children[from]?.remove();
      place.restore();
    };
    globalThis.topOf = (id) => (box.querySelector(`[data-id="${id}"]`) as HTMLElement).getBoundingClientRect().top;
    box.addEventListener("scroll", () => place.note());
    add("append", count);
  }, ROWS);
  return page;
}

const boxOf = (page: Page) => page.locator("#box");

/** After the events of what was done have come. */
const settled = (page: Page) =>
  page.evaluate(() => new Promise((settle) => requestAnimationFrame(() => requestAnimationFrame(settle))));

const top = (page: Page) => page.evaluate(() => box.scrollTop);

describeInBrowser("where one reads", (inBrowser) => {
  inBrowser("is the end, and goes with it", async ({ browser }) => {
    const page = await opened(browser);
    expect(await top(page)).toBe(END_PX);
    await page.evaluate(() => add("append", 3));
    await settled(page);
    expect(await top(page)).toBe(END_PX + 3 * ROW_PX);
    await page.evaluate(() => remove(0, 10));
    await settled(page);
    expect(await top(page)).toBe(END_PX - 7 * ROW_PX);
    expect(await page.evaluate(() => place.isAtEnd)).toBe(true);
  });

  inBrowser("stays when something comes above and below, and when some goes", async ({ browser }) => {
    const page = await opened(browser);
    await scrolledTo(boxOf(page), 1_030);
    for (const change of [
      () => add("prepend", 20),
      () => add("append", 5),
      () => remove(0, 15),
      () => remove(20, 15),
    ]) {
      await page.evaluate(change);
      await settled(page);
      expect(await page.evaluate(() => [place.first, topOf(110)])).toEqual([110, -30]);
    }
  });

  inBrowser("moves by as much as one scrolls while something comes above", async ({ browser }) => {
    const page = await opened(browser);
    await scrolledTo(boxOf(page), 1_000);
    for (const [by, first] of [
      [-250, 107],
      [500, 112],
      [-400, 108],
    ] as const) {
      await page.evaluate((by) => {
        box.scrollTop += by;
        add("prepend", 10);
      }, by);
      await settled(page);
      expect(await page.evaluate(() => [place.first, place.isAtEnd])).toEqual([first, false]);
    }
  });

  inBrowser("is the start of what was there when one scrolls up as far as it goes", async ({ browser }) => {
    const page = await opened(browser);
    await scrolledTo(boxOf(page), 1_000);
    await page.evaluate(() => {
      box.scrollTop = 0;
      add("prepend", 10);
    });
    await settled(page);
    expect(await page.evaluate(() => [place.first, topOf(100)])).toEqual([100, 0]);
  });

  inBrowser("is left by who scrolls up from the end while something comes", async ({ browser }) => {
    const page = await opened(browser);
    await page.evaluate(() => {
      box.scrollTop -= 1_000;
      add("append", 4);
    });
    await settled(page);
    expect(await top(page)).toBe(END_PX - 1_000);
    expect(await page.evaluate(() => place.isAtEnd)).toBe(false);
  });

  inBrowser("is the end for who scrolls there while something comes above", async ({ browser }) => {
    const page = await opened(browser);
    await scrolledTo(boxOf(page), 1_000);
    await page.evaluate(() => {
      box.scrollTop = box.scrollHeight;
      add("prepend", 5);
      add("prepend", 5);
    });
    await settled(page);
    expect(await page.evaluate(() => place.isAtEnd)).toBe(true);
    expect(await top(page)).toBe(END_PX + 10 * ROW_PX);
  });

  inBrowser("is led to the end by a button, whatever was scrolled just before", async ({ browser }) => {
    const page = await opened(browser);
    await scrolledTo(boxOf(page), 1_000);
    await page.evaluate(() => {
      box.scrollTop = 0;
      place.toEnd();
      add("append", 2);
    });
    await settled(page);
    expect(await top(page)).toBe(END_PX + 2 * ROW_PX);
  });

  inBrowser("is where it was after a time in which the box wasn't shown", async ({ browser }) => {
    const page = await opened(browser);
    for (const [from, wanted] of [
      [END_PX, END_PX + 2 * ROW_PX],
      [1_000, 1_000],
    ] as const) {
      if (from !== END_PX) await scrolledTo(boxOf(page), from);
      await page.evaluate(() => {
        box.style.display = "none";
        add("append", 1);
      });
      await settled(page);
      await page.evaluate(() => {
        box.style.display = "";
        add("append", 1);
      });
      await settled(page);
      expect(await top(page)).toBe(wanted);
    }
  });
});
