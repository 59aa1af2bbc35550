// Times as a person gives them: a date with or without a time of day, in UTC unless it says otherwise, or a span from
// now, in minutes, hours, days or weeks. Pure.

const SPAN = /^(\d{1,6})([mhdw])$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;
const MINUTE_MS = 60_000;

/** The last that can be told as a date, Unix milliseconds: when ends what doesn't. */
export const LAST_MOMENT_MS = 8_640_000_000_000_000;

export const DAY_MS = 24 * 60 * MINUTE_MS;
const SPANS_MS: Readonly<Record<string, number>> = {
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/** Unix milliseconds; a span lies after `now_ms`, or before it. Null where the text is no time. */
export function momentOf(text: string, now_ms: number, span_lies: "after" | "before"): number | null {
  const [, count, unit = ""] = SPAN.exec(text) ?? [];
  if (count !== undefined) return now_ms + Number(count) * (SPANS_MS[unit] ?? 0) * (span_lies === "after" ? 1 : -1);
  if (!DATE.test(text)) return null;
  const has_zone = text.length === 10 || /(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const at_ms = Date.parse(has_zone ? text : `${text}Z`);
  return Number.isNaN(at_ms) ? null : at_ms;
}
