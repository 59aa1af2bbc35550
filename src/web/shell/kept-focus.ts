// Whoever uses the keys never loses the focus: as what has it leaves the page, something next to that takes it. What a
// pointer was last at is left alone, so that nothing is taken from where somebody is, and no touch opens a keyboard.

const CONTROLS = "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled";
const TEXTS = "textarea, input:not([type=checkbox], [type=radio], [type=file])";
const ROWS = "li, article, tr";
const LANDMARKS = "main, aside, dialog, nav";
/** What is scrolled by keyboard, such as the log; it also drops rows that are far from where one reads. */
const SCROLLED = '[tabindex="0"]';

/** What had the focus last. */
let held: HTMLElement | null = null;
let is_by_key = true;
/** By dialog, what had the focus before it first came there. */
const came_from = new WeakMap<Element, HTMLElement>();

export function keepFocus(): void {
  const onKey = () => {
    is_by_key = true;
    // Where it is at nothing a pointer took it away, and it isn't called back.
    held = focused();
  };
  const onPointer = () => {
    is_by_key = false;
  };
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("pointerdown", onPointer, { capture: true });
  document.addEventListener("focusin", noteFocus);
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}

const focused = () =>
  document.activeElement === document.body ? null : (document.activeElement as HTMLElement | null);

function noteFocus(): void {
  const now = focused();
  const dialog = now?.closest("dialog");
  if (dialog && held && !dialog.contains(held) && !came_from.has(dialog)) came_from.set(dialog, held);
  held = now;
}

/** While something has the focus, and while nothing that had it went, this is all that a change of the page costs. */
function look(records: MutationRecord[]): void {
  if (!is_by_key || !held || focused()) return;
  const lost = held;
  const gap = gapOf(records, lost);
  // What was put elsewhere in the page loses the focus, too.
  const target = lost.isConnected ? gap && lost : around(gap ?? NOWHERE, lost);
  if (!target) return;
  if (!target.matches(`${CONTROLS}, [tabindex]`)) target.tabIndex = -1;
  target.focus({ preventScroll: target.closest(SCROLLED) !== null });
}

/** Where something was: what went, with what was lost in it, and what it stood in and between. */
interface Gap {
  gone: Element | null;
  parent: Element;
  before: Node | null;
  after: Node | null;
}

/** Where it was isn't there any more either, or what is to come there is still being loaded. */
const NOWHERE: Gap = { gone: null, parent: document.body, before: null, after: null };

function gapOf(records: MutationRecord[], lost: Node): Gap | null {
  for (const { removedNodes, target, previousSibling, nextSibling } of records) {
    for (const gone of removedNodes) {
      if (!gone.contains(lost)) continue;
      if (!target.isConnected) return gapOf(records, target);
      return { gone: gone as Element, parent: target as Element, before: previousSibling, after: nextSibling };
    }
  }
  return null;
}

function around(gap: Gap, lost: HTMLElement): HTMLElement | null {
  return opener(gap, lost) ?? inNeighbour(gap, lost) ?? near(gap.parent, lost) ?? last(lost);
}

/** In what is like that which went and comes next, or before it. */
function inNeighbour({ gone, parent, before, after }: Gap, lost: HTMLElement): HTMLElement | null {
  if (!gone) return null;
  const is_row = gone.matches(ROWS);
  const alike = [...parent.children].filter(
    ({ tagName, className }) => tagName === gone.tagName && (is_row || className === gone.className),
  );
  const follows = (one: Element) => {
    if (before?.isConnected) return isBefore(before, one);
    return after?.isConnected ? after === one || isBefore(after, one) : false;
  };
  const box = parent.closest(SCROLLED);
  const following = alike.filter(follows);
  const preceding = alike.slice(0, alike.length - following.length).reverse();
  // Who scrolled away from where it was stays where they read.
  const two = box ? [...following.slice(0, 1), ...preceding.slice(0, 1)].filter((one) => isInSight(one, box)) : null;
  for (const one of two ?? [...following, ...preceding]) {
    const control = controlIn(one as HTMLElement, lost, is_row);
    if (control) return control;
  }
  return null;
}

const isBefore = (one: Node, other: Node) =>
  (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;

function isInSight(one: Element, box: Element): boolean {
  const [inner, outer] = [one.getBoundingClientRect(), box.getBoundingClientRect()];
  return inner.bottom > outer.top && inner.top < outer.bottom;
}

/** The one that does the same; where there is none, a row that takes the focus itself, or what looks the same. */
function controlIn(item: HTMLElement, lost: HTMLElement, is_row: boolean): HTMLElement | null {
  if (item.matches(CONTROLS)) return item;
  const all = [...item.querySelectorAll<HTMLElement>(CONTROLS)].filter((one) => isFit(one, lost));
  const same = all.find((one) => nameOf(one) !== "" && nameOf(one) === nameOf(lost));
  if (same || item.matches("[tabindex]")) return same ?? item;
  return all.find((one) => kindOf(one) === kindOf(lost)) ?? (is_row ? (all[0] ?? null) : null);
}

const nameOf = (one: Element) => one.getAttribute("aria-label") ?? one.textContent;
const kindOf = (one: Element) => [one.tagName, one.className, one.getAttribute("aria-haspopup")].join();

/** A text would open a keyboard where there is none to be seen yet. */
const isFit = (one: HTMLElement, lost: HTMLElement) =>
  one.checkVisibility() && (!one.matches(TEXTS) || lost.matches(TEXTS) || matchMedia("(hover: hover)").matches);

/** What a dialog or a panel that was closed had been opened from. */
function opener({ gone }: Gap, lost: HTMLElement): HTMLElement | null {
  let from: HTMLElement | undefined = lost;
  while (from && !from.isConnected) from = came_from.get(from.closest("dialog") ?? from);
  if (from && isFit(from, lost)) return from;
  const openers = gone?.id ? document.querySelectorAll<HTMLElement>(`[data-opens="${gone.id}"]`) : [];
  return [...openers].find((one) => isFit(one, lost)) ?? null;
}

/** What was lost stood in a message, in the log, in a form, or under a heading. */
function near(parent: Element, lost: HTMLElement): HTMLElement | null {
  const holder = parent.closest<HTMLElement>("[tabindex]:not(main)");
  if (holder) return holder;
  const landmark = parent.closest(LANDMARKS);
  const fields = parent.closest("form")?.querySelectorAll<HTMLElement>(TEXTS) ?? [];
  const field = [...fields].find((one) => isFit(one, lost));
  if (field) return field;
  for (let at = landmark && parent; at; at = at === landmark ? null : at.parentElement) {
    const heads = at.querySelectorAll<HTMLElement>(`:scope > ${SCROLLED}, h1, h2, h3`);
    const head = [...heads].find((one) => isFit(one, lost));
    if (head) return head;
  }
  return null;
}

function last(lost: HTMLElement): HTMLElement | null {
  const composer = document.querySelector<HTMLElement>(".composer textarea");
  if (composer && isFit(composer, lost)) return composer;
  return document.querySelector<HTMLElement>("main h1") ?? document.querySelector<HTMLElement>("main");
}
