// Of a long list of rows, those that are in sight.

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const MORE = 8;

/** What one `rem` is, which on a large screen is more. */
let rem_px = 0;
addEventListener("resize", () => {
  rem_px = 0;
});
function remPx(): number {
  rem_px ||= Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return rem_px;
}

export function useRows(
  box: { current: HTMLElement | null },
  count: number,
  row_rem: number,
): { items: VirtualItem[]; total: number } {
  const [, draw] = useState(0);
  const rows = useRef<Virtualizer<HTMLElement, Element> | null>(null);
  const row_px = row_rem * remPx();
  rows.current ??= new Virtualizer<HTMLElement, Element>({
    ...{ count, getScrollElement: () => box.current, estimateSize: () => row_px, overscan: MORE },
    ...{ scrollToFn: elementScroll, observeElementRect, observeElementOffset },
    onChange: () => draw((times) => times + 1),
  });
  rows.current.setOptions({ ...rows.current.options, count, estimateSize: () => row_px });
  useLayoutEffect(() => rows.current?.measure(), [row_px]);
  useLayoutEffect(() => rows.current?._didMount(), []);
  useLayoutEffect(() => rows.current?._willUpdate());
  return { items: rows.current.getVirtualItems(), total: rows.current.getTotalSize() };
}
