// How the server is, as figures that are looked at every few seconds, each with how it went since the page was opened.

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { durationOf, numberOf, sizeOf } from "../state/sizes.ts";
import { words } from "../words.ts";
import { useFigures } from "./use-figures.ts";

type Name = keyof typeof words.admin.stats;
type Figures = Readonly<Record<Name, number | null>>;

const MOST = 120;
const names = Object.keys(words.admin.stats) as Name[];

const shownAs: Partial<Record<Name, (value: number) => string>> = {
  upload_bytes: sizeOf,
  database_bytes: sizeOf,
  commit_mean_ms: durationOf,
  loop_lag_p99_ms: durationOf,
};

export function Stats() {
  const history = useFigures<{ stats: Figures }, readonly Figures[]>("/admin/stats", [], (known, { stats }) => [
    ...known.slice(1 - MOST),
    stats,
  ]);
  const now = history.at(-1);
  return (
    <dl class="figures">
      {names.map((name) => {
        const value = now?.[name];
        return (
          <div key={name}>
            <dt>{words.admin.stats[name]}</dt>
            <dd>{value == null ? "–" : (shownAs[name] ?? numberOf)(value)}</dd>
            <Spark values={history.map((figures) => figures[name] ?? 0)} />
          </div>
        );
      })}
    </dl>
  );
}

const HEIGHT_PX = 36;
/** Above what is most. */
const ROOM = 1.25;

/** The line and what is under it alone: the figure above it says what it comes to now. */
function Spark({ values }: { values: readonly number[] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    if (!box.current) return;
    const style = getComputedStyle(box.current);
    const { color } = style;
    const fill = style.getPropertyValue("--leaf-soft");
    const made = new uPlot(
      {
        ...{ width: box.current.clientWidth || 160, height: HEIGHT_PX, padding: [4, 0, 4, 0] },
        ...{
          legend: { show: false },
          cursor: { show: false },
          select: { show: false, left: 0, top: 0, width: 0, height: 0 },
        },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(low, 0), Math.max(high, 1) * ROOM] } },
        series: [{}, { stroke: color, fill, width: 1.5, points: { show: false } }],
      },
      [[], []],
      box.current,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: box.current?.clientWidth || 160, height: HEIGHT_PX }),
    );
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, []);
  // One figure alone is a line as well.
  const line = values.length === 1 ? [...values, ...values] : [...values];
  useEffect(() => plot.current?.setData([line.map((_, at) => at), line]), [values]);
  return <div class="spark" ref={box} aria-hidden="true" />;
}
