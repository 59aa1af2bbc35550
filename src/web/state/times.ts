// Times in words, as people where one is write them.

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const day_of_year = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const date_only = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

export const timeOf = (iso: string) => time.format(new Date(iso));
export const fullTime = (iso: string) => full.format(new Date(iso));
export const shortTime = (iso: string) => short.format(new Date(iso));
export const dateOf = (iso: string) => date_only.format(new Date(iso));

/** Equal for times of one day here. */
export const dayKey = (iso: string) => new Date(iso).toDateString();

export function dayOf(iso: string): string {
  const date = new Date(iso);
  return (date.getFullYear() === new Date().getFullYear() ? day : day_of_year).format(date);
}

const units = [
  [24 * 60 * 60, "day"],
  [60 * 60, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** In the largest unit of which it is a whole number. */
export function durationOf(seconds: number): string {
  const [length, unit] = units.find(([length]) => seconds % length === 0) ?? [1, "second"];
  return new Intl.NumberFormat(undefined, { style: "unit", unit, unitDisplay: "long" }).format(seconds / length);
}
