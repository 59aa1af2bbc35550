// A hand at the pages, which counts what it does. It presses only what somebody sees: in sight, over nothing else, and
// with a name that says what it is. How long a practised one takes follows from what it does, by the keystroke-level
// model of Card, Moran and Newell, so that it is the same on every machine.

import type { Locator, Page } from "playwright-core";
import { log, messageBox } from "./talking.ts";

const KEY_S = 0.2;
const POINT_S = 1.1;
const CLICK_S = 0.2;
/** From the mouse to the keys and back. */
const REACH_S = 0.4;
/** To think of what comes next. */
const THINK_S = 1.35;

interface Dropped {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export class Hand {
  readonly #page: Page;
  #presses = 0;
  #texts = 0;
  #seconds = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  get seconds(): number {
    return Math.ceil(this.#seconds);
  }

  tells(): string {
    const presses = this.#presses === 1 ? "1 press" : `${this.#presses} presses`;
    return `${presses} and ${this.#texts} texts in ${this.seconds} s`;
  }

  async press(role: "button" | "link", name: string, within: Locator | Page = this.#page): Promise<void> {
    const target = within.getByRole(role, { name, exact: true }).first();
    await inSight(target);
    await target.click();
    this.#presses += 1;
    this.#seconds += THINK_S + POINT_S + CLICK_S;
  }

  async pointAt(target: Locator): Promise<void> {
    await target.hover();
    this.#seconds += POINT_S;
  }

  /** What is written where one is already, or comes to by the key that leads on. */
  async fill(name: string, text: string): Promise<void> {
    const field = this.#page.getByRole("textbox", { name, exact: true });
    await inSight(field);
    const is_there = await field.evaluate((element) => element === document.activeElement);
    if (!is_there) await this.#page.keyboard.press("Tab");
    await field.and(this.#page.locator(":focus")).waitFor();
    await this.#type(text);
    this.#seconds += THINK_S + (is_there ? REACH_S : KEY_S);
  }

  /** In the message box, which has the focus by itself unless something else was used. */
  async write(text: string): Promise<void> {
    const box = messageBox(this.#page);
    await inSight(box);
    if (!(await box.evaluate((element) => element === document.activeElement))) {
      await box.click();
      this.#presses += 1;
      this.#seconds += POINT_S + CLICK_S;
    }
    await this.#type(text);
    this.#seconds += THINK_S + REACH_S;
  }

  async #type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
    this.#texts += 1;
    this.#seconds += text.length * KEY_S;
  }

  async enter(): Promise<void> {
    await this.#page.keyboard.press("Enter");
    this.#seconds += KEY_S;
  }

  /** A file from the desk, onto what is said. */
  async drop({ name, type, bytes }: Dropped): Promise<void> {
    await inSight(log(this.#page));
    const held = await this.#page.evaluateHandle(
      ({ name, type, bytes }) => {
        const held = new DataTransfer();
        held.items.add(new File([Uint8Array.from(bytes)], name, { type }));
        return held;
      },
      { name, type, bytes: [...bytes] },
    );
    await log(this.#page).dispatchEvent("dragover", { dataTransfer: held });
    await this.sees("Drop files to attach them");
    await log(this.#page).dispatchEvent("drop", { dataTransfer: held });
    await this.#page.getByRole("button", { name: `Remove ${name}` }).waitFor();
    this.#presses += 1;
    this.#seconds += THINK_S + 2 * (POINT_S + CLICK_S);
  }

  sees(text: string): Promise<void> {
    return inSight(this.#page.getByText(text, { exact: true }).filter({ visible: true }).first());
  }
}

/** All of it lies in the window, and can be seen there. */
async function inSight(target: Locator): Promise<void> {
  await target.waitFor();
  await target.evaluate(async (element) => {
    const isInWindow = () => {
      const { top, left, bottom, right } = element.getBoundingClientRect();
      return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
    };
    const isSeen = () => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    while (!isInWindow() || !isSeen()) await new Promise(requestAnimationFrame);
  });
}
