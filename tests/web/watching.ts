// What a page does while it is used, as Chromium's own tracing tells it: how much it lays out and styles, in counts that
// don't depend on the machine, and for how long, which is for people to read and for no test to assert.

import type { Browser, CDPSession, Page } from "playwright-core";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds that it took, and those in which its thread ran. */
  dur?: number;
  tdur?: number;
  args: {
    name?: string;
    elementCount?: number;
    beginData?: { totalObjects?: number; dirtyObjects?: number };
  };
}

export interface Work {
  layouts: number;
  /** In the layout that laid out most: how many boxes were there, and how many had to be. */
  most_boxes: number;
  most_dirty_boxes: number;
  /** In the restyling that restyled most. */
  most_styled: number;
  /** Of the time in which the thread ran: a machine that does much else makes it no longer. */
  longest_task_ms: number;
  /** How many were longer than 50 ms. */
  long_tasks: number;
}

const CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "blink.user_timing"];

/** Runs it under tracing. */
export async function traced(browser: Browser, page: Page, run: () => Promise<unknown>): Promise<Work> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await run();
  const bytes = await browser.stopTracing();
  const { traceEvents } = JSON.parse(bytes.toString()) as { traceEvents: TraceEvent[] };
  return workOf(traceEvents);
}

/** Of the thread on which the page runs: the one that lays out most. */
function workOf(events: TraceEvent[]): Work {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  const layouts_of = new Map<string, number>();
  for (const event of events) {
    if (event.name === "Layout") layouts_of.set(threadOf(event), (layouts_of.get(threadOf(event)) ?? 0) + 1);
  }
  const [main = ""] = [...layouts_of].sort(([, one], [, other]) => other - one)[0] ?? [];
  const own = events.filter((event) => threadOf(event) === main);
  const named = (name: string) => own.filter((event) => event.name === name);
  const most = (values: (number | undefined)[]) => values.reduce<number>((top, value = 0) => Math.max(top, value), 0);
  const task_ms = own.filter(({ name }) => /(^|::)RunTask$/.test(name)).map(({ dur = 0, tdur = dur }) => tdur / 1_000);
  return {
    layouts: named("Layout").length,
    most_boxes: most(named("Layout").map(({ args }) => args.beginData?.totalObjects)),
    most_dirty_boxes: most(named("Layout").map(({ args }) => args.beginData?.dirtyObjects)),
    most_styled: most(named("UpdateLayoutTree").map(({ args }) => args.elementCount)),
    longest_task_ms: most(task_ms),
    long_tasks: task_ms.filter((ms) => ms > 50).length,
  };
}

async function measured(session: CDPSession) {
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return (await session.send("Performance.getMetrics")).metrics;
}

/** What the page's own thread has spent, in its own time: of other programs, and of drawing, nothing is in it. */
export interface Spent {
  task_ms: number;
  script_ms: number;
  style_ms: number;
  layout_ms: number;
}

/** From the first call on, for the page of this session. */
export async function spentBy(session: CDPSession): Promise<Spent> {
  const metrics = await measured(session);
  const ms = (name: string) => (metrics.find((metric) => metric.name === name)?.value ?? 0) * 1_000;
  return {
    task_ms: ms("TaskDuration"),
    script_ms: ms("ScriptDuration"),
    style_ms: ms("RecalcStyleDuration"),
    layout_ms: ms("LayoutDuration"),
  };
}

/** What is between two looks, for each of so many. */
export const spentBetween = (before: Spent, after: Spent, times: number): Spent => ({
  task_ms: (after.task_ms - before.task_ms) / times,
  script_ms: (after.script_ms - before.script_ms) / times,
  style_ms: (after.style_ms - before.style_ms) / times,
  layout_ms: (after.layout_ms - before.layout_ms) / times,
});

export interface Held {
  nodes: number;
  listeners: number;
  heap_mib: number;
}

/** What the page holds on to, once all is gone that nothing needs. */
export async function heldBy(session: CDPSession): Promise<Held> {
  await session.send("HeapProfiler.collectGarbage");
  const metrics = await measured(session);
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return {
    nodes: value("Nodes"),
    listeners: value("JSEventListeners"),
    heap_mib: value("JSHeapUsedSize") / 2 ** 20,
  };
}

/** Counts the requests of this type that the page sends from now on. */
export function countingRequests(page: Page): Map<string, number> {
  const sent = new Map<string, number>();
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => {
      const type = /"type":"([\w-]+)"/.exec(String(payload))?.[1] ?? "";
      sent.set(type, (sent.get(type) ?? 0) + 1);
    });
  });
  return sent;
}
