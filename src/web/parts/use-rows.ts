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

export function useRows(
  box: { current: HTMLElement | null },
  count: number,
  row_px: number,
): { items: VirtualItem[]; total: number } {
  const [, draw] = useState(0);
  const rows = useRef<Virtualizer<HTMLElement, Element> | null>(null);
  rows.current ??= new Virtualizer<HTMLElement, Element>({
    ...{ count, getScrollElement: () => box.current, estimateSize: () => row_px, overscan: MORE },
    ...{ scrollToFn: elementScroll, observeElementRect, observeElementOffset },
    onChange: () => draw((times) => times + 1),
  });
  rows.current.setOptions({ ...rows.current.options, count });
  useLayoutEffect(() => rows.current?._didMount(), []);
  useLayoutEffect(() => rows.current?._willUpdate());
  return { items: rows.current.getVirtualItems(), total: rows.current.getTotalSize() };
}
