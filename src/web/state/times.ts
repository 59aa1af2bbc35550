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
