// Keeps what one reads where it is while messages come and go above and below it: at the end one stays at the end, and
// elsewhere the first message in sight stays where it was. Browsers that do so themselves are kept from it by style.

const AT_END_PX = 48;

export class ReadingPlace {
  readonly #box: HTMLElement;
  #is_at_end = true;
  #anchor: { id: string; top: number } | null = null;
  #written_top = -1;
  /** Where the box was last seen; where it is elsewhere now, the person scrolled, and the event of it is to come. */
  #known_top: number | null = null;
  /** The event of a scroll is to come, and says whether this is the end. */
  #is_awaited = false;

  constructor(box: HTMLElement) {
    this.#box = box;
  }

  get isAtEnd(): boolean {
    return this.#is_at_end;
  }

  /** The id of the first message in sight. */
  get first(): number | null {
    return this.#anchor ? Number(this.#anchor.id) : null;
  }

  /** After a scroll by the person. */
  note(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    if (Math.abs(scrollTop - this.#written_top) > 1) {
      this.#is_at_end = scrollHeight - scrollTop - clientHeight <= AT_END_PX;
    }
    this.#written_top = -1;
    this.#is_awaited = false;
    this.#takeAnchor();
  }

  /** After what is in the box has changed, before it is painted. */
  restore(): void {
    const scrolled_px = this.#scrolledUnheard();
    if (scrolled_px !== 0) this.#follow(scrolled_px);
    if (this.#is_at_end) return this.#scrollTo(this.#box.scrollHeight);
    const anchor = this.#anchor && this.#find(this.#anchor.id);
    if (anchor && this.#anchor) this.#scrollTo(this.#box.scrollTop + this.#topOf(anchor) - this.#anchor.top);
    if (this.#is_awaited) this.#written_top = -1;
  }

  toEnd(): void {
    this.#is_at_end = true;
    this.#scrollTo(this.#box.scrollHeight);
  }

  /** Brings a message into the middle; false where it isn't in the box. */
  toMessage(id: number): boolean {
    const message = this.#find(String(id));
    if (!message) return false;
    this.#is_at_end = false;
    this.#scrollTo(this.#box.scrollTop + this.#topOf(message) - (this.#box.clientHeight - message.offsetHeight) / 2);
    this.#anchor = { id: String(id), top: this.#topOf(message) };
    return true;
  }

  #scrollTo(top: number): void {
    this.#box.scrollTop = top;
    this.#written_top = this.#box.scrollTop;
    this.#noteTop();
  }

  #takeAnchor(): void {
    const first = this.#firstInSight();
    const id = first?.dataset["id"];
    this.#anchor = first && id ? { id, top: this.#topOf(first) } : null;
    this.#noteTop();
  }

  /** A box that isn't shown stands nowhere. */
  #noteTop(): void {
    this.#known_top = this.#box.clientHeight === 0 ? null : this.#box.scrollTop;
  }

  /** What became too short for where it stood is moved by the browser, not by the person. */
  #scrolledUnheard(): number {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    if (this.#known_top === null || clientHeight === 0) return 0;
    const scrolled_px = scrollTop - this.#known_top;
    const is_moved_by_browser = scrolled_px < 0 && scrollTop >= scrollHeight - clientHeight - 1;
    return is_moved_by_browser || Math.abs(scrolled_px) <= 1 ? 0 : scrolled_px;
  }

  #follow(scrolled_px: number): void {
    if (this.#anchor && !this.#is_at_end) this.#anchor.top -= scrolled_px;
    else this.#takeAnchor();
    this.#is_at_end = false;
    this.#is_awaited = true;
  }

  #topOf = (element: HTMLElement) => element.getBoundingClientRect().top - this.#box.getBoundingClientRect().top;

  #find = (id: string) => this.#box.querySelector<HTMLElement>(`[data-id="${id}"]`);

  #firstInSight(): HTMLElement | null {
    const messages = this.#box.querySelectorAll<HTMLElement>("[data-id]");
    let [low, high] = [0, messages.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const message = messages[middle] as HTMLElement;
      if (this.#topOf(message) + message.offsetHeight <= 0) low = middle + 1;
      else high = middle;
    }
    return messages[low] ?? null;
  }
}
