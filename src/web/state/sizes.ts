// Numbers and sizes in words.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export const numberOf = (value: number) => whole.format(value);

export function sizeOf(bytes: number): string {
  const step = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${short.format(bytes / 2 ** (10 * step))} ${UNITS[step]}`;
}

export const durationOf = (ms: number) => `${short.format(ms)} ms`;
